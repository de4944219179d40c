"""Supervisors account for sheets; nobody else does, and nothing without a photo."""

import base64

import pytest

from casework.errors import ReleaseLocked, WrongReleaseCode
from casework.print_job import Step
from tests.signaling.print_desk import CODE, NUMBER, Desk, a_desk, a_photo
from tests.signaling.site import Site


@pytest.fixture
async def desk(site: Site) -> Desk:
    return await a_desk(site)


async def test_a_supervisor_settles_what_nobody_knows(desk: Desk) -> None:
    await desk.end(Step.NOBODY_KNOWS)
    [waiting] = (await desk.get("/api/printing"))["jobs"]
    assert (waiting["number"], waiting["settleable"]) == (NUMBER, True)

    status, said = await desk.verdict("no-sheet")

    assert (status, said["state"]) == (200, "not-printed")
    assert (await desk.get("/api/printing"))["jobs"] == []
    assert (await desk.verdict("sheet-out"))[0] == 409


@pytest.mark.parametrize("account", ["clerk", "approver", "administrator", "expert"])
async def test_nobody_else_accounts_for_sheets(desk: Desk, account: str) -> None:
    await desk.end(Step.NOBODY_KNOWS)
    await desk.site.sign_in(account)

    assert (await desk.verdict("no-sheet"))[0] == 403
    assert (await desk.receive("A0001", "A0009"))[0] == 403
    url = f"{desk.site.base}/api/printing"
    async with desk.site.session.get(url) as answer:
        assert answer.status == 403


async def test_a_reprint_needs_a_reason_and_a_picture_and_gives_a_new_code(
    desk: Desk,
) -> None:
    await desk.end(Step.SHEET_OUT)
    [printed] = (await desk.get(f"/api/print-jobs?number={NUMBER}"))["jobs"]
    assert printed["state"] == "printed"

    assert (await desk.verdict("spoiled"))[1] == {"code": "reason-missing"}
    bare = {"reason": "torn"}
    assert (await desk.verdict("spoiled", **bare))[1] == {"code": "photo-missing"}
    forged = bare | {"photo": base64.b64encode(b"GIF89a").decode()}
    assert (await desk.verdict("spoiled", **forged))[1] == {"code": "photo-missing"}
    status, said = await desk.verdict("spoiled", **bare, photo=a_photo())

    assert (status, said["state"]) == (200, "spoiled")
    assert len(said["release_code"]) == 8
    assert said["release_code"] != CODE
    url = f"{desk.site.base}/api/print-jobs/{desk.job}/photo"
    async with desk.site.session.get(url) as answer:
        assert (await answer.read())[:2] == b"\xff\xd8"


async def test_a_shift_is_closed_on_a_right_count_only(desk: Desk) -> None:
    assert await desk.receive("gd0001", "GD0005") == (200, {"count": 5})
    assert (await desk.receive("GD0005", "GD0006"))[1] == {"code": "bad-batch"}
    await desk.end(Step.SHEET_OUT)
    close = f"/api/stock/trays/{desk.tray}/close"

    assert (await desk.post(close, step="1", counted=5))[1] == {"code": "books-differ"}
    status, books = await desk.post(close, step="2", counted=4)

    assert (status, books["printed"], books["in_tray"]) == (200, 1, 4)
    [tray] = (await desk.get("/api/printing"))["trays"]
    assert (tray["next"], tray["books"]["received"]) == ("GD0002", 5)


async def test_a_torn_blank_sheet_is_kept_with_its_picture_and_a_lost_one_without(
    desk: Desk,
) -> None:
    await desk.receive("GD0001", "GD0003")
    torn = "/api/stock/sheets/gd0002/spoiled"

    assert (await desk.post(torn, reason="torn"))[1] == {"code": "photo-missing"}
    assert (await desk.post(torn, reason="torn", photo=a_photo()))[0] == 200
    lost = "/api/stock/sheets/GD0003/lost"
    assert (await desk.post(lost, reason="not-found"))[0] == 200

    [tray] = (await desk.get("/api/printing"))["trays"]
    books = tray["books"]
    assert (books["in_tray"], books["spoiled"], books["lost"]) == (1, 1, 1)
    url = f"{desk.site.base}/api/stock/sheets/GD0002/photo"
    async with desk.site.session.get(url) as answer:
        assert (await answer.read())[:2] == b"\xff\xd8"


async def test_a_supervisor_unlocks_what_five_wrong_codes_locked(desk: Desk) -> None:
    releases = desk.site.services.printing.releases
    for _ in range(5):
        with pytest.raises(WrongReleaseCode):
            await releases.release(NUMBER, "87654321", desk.tray)
    with pytest.raises(ReleaseLocked):
        await releases.release(NUMBER, CODE, desk.tray)
    assert (await desk.get(f"/api/print-jobs?number={NUMBER}"))["locked"]

    assert (await desk.post(f"/api/releases/{NUMBER}/unlock"))[0] == 200
    assert (await desk.post(f"/api/releases/{NUMBER}/unlock"))[0] == 409

    assert (await releases.release(NUMBER, CODE, desk.tray)).terminal == desk.tray
