"""What is plugged in reaches the clerk, and only while its owner is here."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from PIL import Image as Picture

from counter_client import scanner as scanner_module
from counter_client.calibration import load
from counter_client.local_devices import LocalDevices
from counter_client.sticks import Listing, Sticks
from protocol.ids import CaseId
from tests.counter_client.kiosk import Kiosk, open_kiosk
from tests.counter_client.test_calibration import photograph, view
from tests.counter_client.test_scanner import needs_sane, only_glass, sane


@pytest.fixture
async def kiosk(tmp_path: Path) -> AsyncIterator[Kiosk]:
    async for one in open_kiosk(tmp_path):
        yield one


def a_picture() -> bytes:
    out = io.BytesIO()
    page = Picture.new("RGB", (400, 600), (250, 250, 245))
    page.paste((20, 20, 40), (60, 80, 340, 120))  # a line of writing in a flat margin
    page.save(out, "JPEG")
    return out.getvalue()


async def test_a_file_of_a_stick_is_sent_as_a_page(kiosk: Kiosk) -> None:
    kiosk.plug_in("STICK", passport_jpg=a_picture())
    kiosk.sit_down()

    [file] = (await kiosk.get("/local/stick"))["files"]
    answer = await kiosk.post(kiosk.paper("stick"), {"file": file["id"]})
    await kiosk.office.arrived.wait()

    assert answer == (200, {})
    assert (file["name"], file["kind"]) == ("passport.jpg", "JPEG")
    with Picture.open(io.BytesIO(kiosk.office.uploads["page"])) as page:
        assert page.size == (400, 600)


async def test_a_file_that_cannot_be_opened_is_refused_with_its_reason(
    kiosk: Kiosk,
) -> None:
    kiosk.plug_in("STICK", lease_pdf=b"%PDF-1.7 not really")
    kiosk.sit_down()

    [file] = (await kiosk.get("/local/stick"))["files"]
    answer = await kiosk.post(kiosk.paper("stick"), {"file": file["id"]})

    assert answer == (422, {"code": "file-unreadable"})
    assert await kiosk.complaint() == "file-unreadable"
    assert kiosk.office.uploads == {}


async def test_nothing_of_a_stick_is_shown_before_or_after_a_visit(
    kiosk: Kiosk,
) -> None:
    kiosk.plug_in("STICK", lease_pdf=b"%PDF-1.7")
    nothing = {"sticks": 0, "files": [], "more": False, "left": False}
    assert await kiosk.get("/local/stick") == nothing

    kiosk.sit_down()
    [file] = (await kiosk.get("/local/stick"))["files"]
    kiosk.leave()
    assert await kiosk.get("/local/stick") == nothing

    kiosk.sit_down()
    assert await kiosk.get("/local/stick") == nothing | {"left": True}
    answer = await kiosk.post(kiosk.paper("stick"), {"file": file["id"]})
    assert answer == (422, {"code": "stick-gone"})


async def test_the_clerk_hears_that_a_stick_was_pulled_out(kiosk: Kiosk) -> None:
    kiosk.plug_in("STICK", lease_pdf=b"%PDF-1.7")
    kiosk.sit_down()
    [file] = (await kiosk.get("/local/stick"))["files"]
    (kiosk.media / "STICK" / file["name"]).unlink()

    answer = await kiosk.post(kiosk.paper("stick"), {"file": file["id"]})

    assert answer == (422, {"code": "stick-gone"})
    assert await kiosk.complaint() == "stick-gone"


@pytest.mark.parametrize("body", [{}, {"file": 7}, {"path": "/etc/passwd"}])
async def test_a_request_without_an_id_is_refused(
    kiosk: Kiosk, body: dict[str, object]
) -> None:
    kiosk.sit_down()

    assert (await kiosk.post(kiosk.paper("stick"), body))[0] == 400


async def test_nothing_is_taken_for_the_case_of_somebody_else(kiosk: Kiosk) -> None:
    kiosk.plug_in("STICK", lease_pdf=b"%PDF-1.7")
    kiosk.sit_down()
    [file] = (await kiosk.get("/local/stick"))["files"]
    kiosk.case = msgspec.structs.replace(kiosk.case, id=CaseId("d" * 32))

    for way in ("stick", "scanner"):
        answer = await kiosk.post(kiosk.paper(way), {"file": file["id"]})
        assert answer == (422, {"code": "not-allowed-now"})


async def test_names_of_files_are_in_no_log(
    kiosk: Kiosk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kiosk.plug_in("STICK", chan_pdf=b"%PDF-1.7", siu_jpg=a_picture())
    kiosk.sit_down()

    for file in (await kiosk.get("/local/stick"))["files"]:
        (kiosk.media / "STICK" / file["name"]).unlink()
        answer = await kiosk.post(kiosk.paper("stick"), {"file": file["id"]})
        assert answer == (422, {"code": "stick-gone"})

    assert "chan" not in caplog.text
    assert "siu" not in caplog.text


@needs_sane
async def test_a_scanned_sheet_is_sent_as_a_page(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)
    only_glass(monkeypatch)
    kiosk.sit_down()

    there = await kiosk.get("/local/scanner")
    answer = await kiosk.post(kiosk.paper("scanner"), {})
    await kiosk.office.arrived.wait()

    assert there == {"there": True, "reason": ""}
    assert answer == (200, {})
    with Picture.open(io.BytesIO(kiosk.office.uploads["page"])) as page:
        assert page.size == pytest.approx((1654, 2339), abs=2)
        assert page.info["dpi"] == (200, 200)


@needs_sane
async def test_a_scanner_that_cannot_says_why(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch, **{"read-status-code": '"SANE_STATUS_COVER_OPEN"'})
    kiosk.sit_down()

    answer = await kiosk.post(kiosk.paper("scanner"), {})

    assert answer == (422, {"code": "scanner-cover-open"})
    assert await kiosk.complaint() == "scanner-cover-open"


@needs_sane
async def test_an_applicant_who_leaves_stops_the_scanner(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"read-delay": "true", "read-delay-duration": "200000"}
    sane(tmp_path, monkeypatch, **slow)
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(scanner_module, "MEMORY", memory)
    kiosk.sit_down()

    scanning = asyncio.create_task(kiosk.post(kiosk.paper("scanner"), {}))
    while not list(memory.iterdir()):  # noqa: ASYNC110  # another program makes it
        await asyncio.sleep(0)
    kiosk.leave()
    answer = await scanning

    assert list(memory.iterdir()) == []
    assert answer == (422, {"code": "not-allowed-now"})
    assert kiosk.office.uploads == {}


async def test_an_installer_measures_and_saves(kiosk: Kiosk) -> None:
    kiosk.camera.picture = photograph(view((120.0, 120.0)))

    assert (await kiosk.get("/local/calibration"))["found"] is None
    assert await kiosk.post("/local/calibration", {}) == (
        422,
        {"code": "not-allowed-now"},
    )
    status, measured = await kiosk.post("/local/calibration/measure", {})
    assert (await kiosk.post("/local/calibration", {}))[0] == 200

    saved = load(kiosk.settings.data)
    assert status == 200
    assert saved is not None
    assert saved.dpi == pytest.approx(120, rel=0.01)
    assert measured == await kiosk.get("/local/calibration")
    # From now on pages are measured with it, without a restart.
    assert kiosk.agent.tray.calibration == saved
    kiosk.camera.picture = kiosk.camera.picture[:-8]
    assert (await kiosk.get("/local/calibration"))["other_size"]


@pytest.mark.parametrize("seen", [True, False])
async def test_a_measurement_that_fails_saves_nothing(kiosk: Kiosk, seen: bool) -> None:
    kiosk.camera.picture = photograph(view((120.0, 120.0)))
    await kiosk.post("/local/calibration/measure", {})
    kiosk.camera.picture = kiosk.camera.picture[:40] if seen else None

    status, answer = await kiosk.post("/local/calibration/measure", {})

    code = "calibrate-no-target" if seen else "camera-gone"
    assert (status, answer) == (422, {"code": code})
    assert (await kiosk.post("/local/calibration", {}))[0] == 422
    assert load(kiosk.settings.data) is None


async def test_nobody_calibrates_while_an_applicant_is_served(kiosk: Kiosk) -> None:
    kiosk.camera.picture = photograph(view())
    kiosk.sit_down()

    answer = await kiosk.post("/local/calibration/measure", {})

    assert answer == (422, {"code": "not-allowed-now"})


async def test_the_sheet_can_be_fetched_to_be_printed(kiosk: Kiosk) -> None:
    url = f"{kiosk.url}/local/calibration/target.pdf"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert (await answer.read()).startswith(b"%PDF-")
        assert answer.content_type == "application/pdf"


async def test_a_stick_that_was_here_when_the_terminal_started_is_nobodys(
    kiosk: Kiosk,
) -> None:
    kiosk.plug_in("STICK", passport_pdf=b"%PDF-1.7")
    sticks = Sticks(kiosk.media, lambda one: one.name == "STICK")

    started = LocalDevices(kiosk.settings, kiosk.agent, sticks)
    await started._forgotten()
    kiosk.sit_down()

    assert sticks.listing() == Listing(left=True)
