"""A window that may not print before somebody looked at the face."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from protocol.faces import Unmatched
from tests.signaling.face_desk import COMPARED, FaceDesk, a_face_desk
from tests.signaling.print_desk import NUMBER


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FaceDesk]:
    async with a_face_desk(tmp_path) as desk:
        yield desk


async def test_a_release_without_the_face_is_refused(desk: FaceDesk) -> None:
    assert await desk.types_the_code() == (400, {"code": "release-needs-face"})

    assert await desk.window("/face/answer") == (400, {"code": "face-too-late"})
    assert await desk.window("/face", compared=COMPARED) == (
        409,
        {"code": "not-allowed-now"},
    )


async def test_a_face_before_the_code_is_none(desk: FaceDesk) -> None:
    for path in ("/face/answer", "/face"):
        more = {"why": "declined"} if path == "/face" else {}
        assert await desk.window(path, **more) == (404, {"code": "not-found"})


async def test_a_supervisor_who_saw_the_person_lets_the_window_print(
    desk: FaceDesk,
) -> None:
    await desk.types_the_code()
    assert await desk.leaves_it(Unmatched.NO_ENGINE) == (200, {"waiting": True})
    assert await desk.window("/face/answer") == (200, {"waiting": True})
    await desk.lay(np.full((300, 400, 3), 200, np.uint8))
    url = f"{desk.site.base}/api/print-jobs?number={NUMBER}"
    async with desk.site.session.get(url) as answer:
        face = (await answer.json())["face"]
    assert (face["state"], face["outcome"]) == ("asked", "no-engine")
    assert face["terminal_name"] == "T"
    assert face["pages"] == [["e" * 32, 0]]

    assert await desk.decides(same=True) == 200

    status, said = await desk.window("/face/answer")
    assert (status, sorted(said)) == (200, ["job", "sha256", "size"])
    assert await desk.decides(same=False) == 409


async def test_somebody_else_is_locked_out(desk: FaceDesk) -> None:
    await desk.types_the_code()
    await desk.leaves_it(Unmatched.DECLINED)

    assert await desk.decides(same=False) == 200

    assert await desk.window("/face/answer") == (423, {"code": "release-locked"})
    assert await desk.types_the_code() == (423, {"code": "release-locked"})


@pytest.mark.parametrize("account", ["clerk", "approver", "administrator", "expert"])
async def test_nobody_else_says_whose_face_it_is(desk: FaceDesk, account: str) -> None:
    await desk.types_the_code()
    await desk.leaves_it(Unmatched.NO_ENGINE)
    await desk.site.sign_in(account)

    assert await desk.decides(same=True) == 403
    assert await desk.window("/face/answer") == (200, {"waiting": True})


async def test_a_decision_says_how_the_person_was_seen(desk: FaceDesk) -> None:
    await desk.types_the_code()
    await desk.leaves_it(Unmatched.NO_ENGINE)

    assert await desk.decides(same=True, how="") == 400


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"why": "tired"},
        {"why": "declined", "compared": COMPARED},
        {"compared": COMPARED | {"score": 0.61}},
        {"compared": COMPARED | {"engine": "somebody's name"}},
    ],
)
async def test_what_is_no_outcome_is_refused(
    desk: FaceDesk, more: dict[str, object]
) -> None:
    await desk.types_the_code()

    assert await desk.window("/face", **more) == (400, {"code": "bad-request"})
