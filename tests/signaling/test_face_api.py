"""A window that may not print before somebody looked at the face."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from document_capture.faces import FaceBox, FaceFinder
from document_capture.files import open_pages
from document_capture.images import Image
from protocol.faces import Unmatched
from protocol.ids import StaffId
from signaling.portraits import Portraits
from tests.builders import CLERK
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


async def test_a_supervisor_sees_who_waits_at_a_window_until_it_is_decided(
    desk: FaceDesk,
) -> None:
    assert await desk.waiting() == []
    await desk.types_the_code()
    assert await desk.waiting() == []
    await desk.leaves_it(Unmatched.DECLINED)

    [one] = await desk.waiting()
    assert (one["number"], one["terminal_name"]) == (NUMBER, "T")

    await desk.decides(same=True)
    assert await desk.waiting() == []


async def test_somebody_else_is_locked_out(desk: FaceDesk) -> None:
    await desk.types_the_code()
    await desk.leaves_it(Unmatched.DECLINED)

    assert await desk.decides(same=False) == 200

    assert await desk.window("/face/answer") == (423, {"code": "release-locked"})
    assert await desk.types_the_code() == (423, {"code": "release-locked"})


async def test_the_clerk_of_the_case_may_look_as_well_and_no_other_clerk(
    desk: FaceDesk,
) -> None:
    await desk.types_the_code()
    await desk.leaves_it(Unmatched.NO_ENGINE)
    await desk.site.sign_in("clerk")
    url = f"{desk.site.base}/api/releases/{NUMBER}/face"
    async with desk.site.session.get(url) as answer:
        assert (await answer.json())["face"]["outcome"] == "no-engine"

    await desk.is_of(StaffId("another"))
    assert await desk.decides(same=True) == 403
    async with desk.site.session.get(url) as answer:
        assert answer.status == 403
    await desk.is_of(CLERK)
    assert await desk.decides(same=True) == 200

    assert (await desk.window("/face/answer"))[0] == 200


@pytest.mark.parametrize("account", ["approver", "administrator", "expert"])
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


class BrightFinder(FaceFinder):
    """Finds a face in the upper left of every page; needs no network."""

    def __init__(self) -> None:
        pass

    def find(self, image: Image) -> list[FaceBox]:
        return [FaceBox(100, 100, 200, 220)]


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Portraits, "finder", lambda _: BrightFinder())


@pytest.mark.usefixtures("finds")
async def test_the_portrait_goes_to_the_window_and_nothing_else_of_the_document(
    desk: FaceDesk,
) -> None:
    card = np.full((600, 900, 3), 250, np.uint8)
    card[100:220, 100:200] = 40
    await desk.lay(card)
    await desk.types_the_code()

    status, jpeg = await desk.agrees()

    assert status == 200
    [portrait] = open_pages(jpeg)
    assert portrait.shape[0] < 300
    assert portrait.shape[1] < 300
    assert portrait.mean() < 230


@pytest.mark.usefixtures("finds")
async def test_nobody_gets_the_portrait_before_the_code_or_after_the_look(
    desk: FaceDesk,
) -> None:
    await desk.lay(np.full((600, 900, 3), 250, np.uint8))
    assert (await desk.agrees())[0] == 404

    await desk.types_the_code()
    assert (await desk.agrees())[0] == 200
    await desk.leaves_it(Unmatched.DECLINED)

    assert (await desk.agrees())[0] == 409


@pytest.mark.usefixtures("finds")
async def test_a_window_asks_for_few_portraits(desk: FaceDesk) -> None:
    await desk.lay(np.full((600, 900, 3), 250, np.uint8))
    await desk.types_the_code()

    said = [(await desk.agrees())[0] for _ in range(11)]

    assert said == [200] * 10 + [400]


async def test_without_networks_there_is_no_portrait_and_a_person_looks(
    tmp_path: Path,
) -> None:
    async with a_face_desk(tmp_path, tmp_path / "nothing") as desk:
        await desk.lay(np.full((600, 900, 3), 250, np.uint8))
        await desk.types_the_code()

        assert await desk.agrees() == (400, b'{"code": "face-no-portrait"}')
        said = await desk.leaves_it(Unmatched.NO_PORTRAIT)
        assert said == (200, {"waiting": True})


@pytest.mark.usefixtures("finds")
async def test_likely_the_same_prints_and_nothing_of_the_face_is_kept(
    desk: FaceDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("signaling", "casework", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger=name)
    await desk.lay(np.full((600, 900, 3), 250, np.uint8))
    before = {path for path in (tmp_path / "data").rglob("*") if path.is_file()}
    await desk.types_the_code()
    _, jpeg = await desk.agrees()

    status, said = await desk.window("/face", compared=COMPARED)

    assert (status, sorted(said)) == (200, ["job", "sha256", "size"])
    after = {path for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert after == before
    middle = jpeg[len(jpeg) // 2 :][:40]
    assert not any(middle in path.read_bytes() for path in after)
    store = desk.site.services.cases.ledger.store
    entries = [one.said for one in await store.entries()]
    kinds = [one.kind for one in entries[-3:]]
    assert kinds == ["face-agreed", "face-compared", "licence-released"]
    assert entries[-1].facts["face"] == "matched"
    assert all(len(value) <= 64 for one in entries for value in one.facts.values())
    assert NUMBER not in caplog.text


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
