"""Papers come out of SANE's own test scanner, and every trouble has its word."""

import asyncio
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from counter_client import scanner as scanner_module
from counter_client.scanner import Scanner
from counter_client.scanning import (
    CoverOpen,
    FeederEmpty,
    PaperJam,
    ScannerBusy,
    ScannerGone,
    ScannerNotInstalled,
    ScannerSaysNo,
    ScannerSlow,
    first_scanner,
    read_abilities,
    why_not,
)
from document_capture.images import TooLarge
from tests.builders import has

needs_sane = pytest.mark.skipif(
    not has("scanimage"), reason="scanimage (sane-utils) is not here"
)
ESCL = """
  Scan mode:
    --resolution 75|100|200|600dpi [75]
        Sets the resolution of the scanned image.
    --mode Lineart|Gray|Color [Color]
    --source ADF Duplex|ADF|Flatbed [Flatbed]
        Selects the scan source (such as a document-feeder).
  Geometry:
    -x 0..215.9mm (in steps of 0.01) [215.9]
    -y 0..355.6mm [297.011]
    --three-pass[=(yes|no)] [inactive]
"""


def sane(
    folder: Path, monkeypatch: pytest.MonkeyPatch, drivers: str = "test", **more: str
) -> None:
    """Let SANE know the drivers named, and its test scanner behave as ``more`` says."""
    given = {
        "number_of_devices": "1",
        "mode": "Gray",
        "test-picture": '"Color pattern"',
        "geometry_max": "300.0",
    }
    lines = [f"{name} {value}\n" for name, value in (given | more).items()]
    (folder / "dll.conf").write_text(drivers)
    (folder / "test.conf").write_text("".join(lines))
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))


def only_glass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the feeder of the test scanner, which is never empty."""

    def without(listing: str) -> object:
        return read_abilities(listing.replace("|Automatic Document Feeder", ""))

    monkeypatch.setattr(scanner_module, "read_abilities", without)


@needs_sane
async def test_a_sheet_on_the_glass_is_a4_at_300_dpi_in_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)
    only_glass(monkeypatch)
    scanner = Scanner("auto")

    found = await scanner.there()
    [sheet] = await scanner.scan()

    assert found
    with Picture.open(io.BytesIO(sheet.original)) as original:
        assert (original.format, original.mode) == ("JPEG", "RGB")
        assert original.size == pytest.approx((2480, 3508), abs=2)
        assert original.info["dpi"] == (300, 300)
        assert len(original.getcolors(1 << 24) or ()) > 100


@needs_sane
async def test_a_scanned_sheet_is_as_large_in_a_document_as_on_the_glass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)
    only_glass(monkeypatch)

    [sheet] = await Scanner("auto").scan()

    with Picture.open(io.BytesIO(sheet.page)) as page:
        assert page.info["dpi"] == (200, 200)
        assert page.size == pytest.approx((1654, 2339), abs=2)


@needs_sane
async def test_every_sheet_of_a_feeder_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch, geometry_max="50.0")

    pages = await Scanner("test:0").scan()

    assert len(pages) == 10
    with Picture.open(io.BytesIO(pages[0].original)) as first:
        assert first.size == pytest.approx((591, 591), abs=2)


@needs_sane
async def test_more_sheets_than_a_paper_has_are_refused_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch, geometry_max="20.0")
    monkeypatch.setattr(scanner_module, "MOST_PAGES", 9)

    with pytest.raises(TooLarge):
        await Scanner("auto").scan()


@needs_sane
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("JAMMED", PaperJam),
        ("NO_DOCS", FeederEmpty),
        ("COVER_OPEN", CoverOpen),
        ("DEVICE_BUSY", ScannerBusy),
        ("IO_ERROR", ScannerGone),
        ("NO_MEM", ScannerSaysNo),
        ("ACCESS_DENIED", ScannerSaysNo),
    ],
)
async def test_every_trouble_of_a_scanner_has_its_word(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    reason: type[ScannerSaysNo],
) -> None:
    sane(tmp_path, monkeypatch, **{"read-status-code": f'"SANE_STATUS_{status}"'})

    with pytest.raises(ScannerSaysNo) as said:
        await Scanner("auto").scan()

    assert type(said.value) is reason


@needs_sane
async def test_a_scanner_that_went_is_not_there_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch, number_of_devices="2")
    scanner = Scanner("test:1")
    assert await scanner.there()

    sane(tmp_path, monkeypatch, number_of_devices="1")
    with pytest.raises(ScannerGone):
        await scanner.scan()

    assert (await scanner.there(), scanner.reason) == (False, "scanner-gone")


@needs_sane
@pytest.mark.parametrize("setting", ["auto", "test:7", "nobody:here"])
async def test_a_scanner_that_is_not_there_is_not_offered_and_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
) -> None:
    sane(tmp_path, monkeypatch, drivers="test" if ":7" in setting else "")
    scanner = Scanner(setting)

    assert not await scanner.there()
    with pytest.raises(ScannerGone):
        await scanner.scan()
    assert caplog.messages == [f"no scanner '{setting}': scanner-gone"]


@needs_sane
async def test_auto_may_be_written_with_a_capital(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)

    assert await Scanner("Auto").there()


async def test_a_driver_that_talks_without_end_takes_neither_memory_nor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talker = tmp_path / "scanimage"
    talker.write_text("#!/bin/sh\nexec yes 'no end' >&2\n")
    talker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(ScannerSlow):
        await scanner_module._child([], 0.5)


@needs_sane
async def test_a_sheet_that_is_too_large_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)
    only_glass(monkeypatch)
    monkeypatch.setattr(scanner_module, "LARGEST_SHEET", 64 * 1024)

    with pytest.raises(TooLarge):
        await Scanner("auto").scan()


@needs_sane
async def test_a_scan_that_takes_too_long_is_stopped_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"read-delay": "true", "read-delay-duration": "200000"}
    sane(tmp_path, monkeypatch, **slow)
    monkeypatch.setattr(scanner_module, "MEMORY", tmp_path / "memory")
    (tmp_path / "memory").mkdir()
    scanner = Scanner("auto", longest_scan=0.5)

    with pytest.raises(ScannerSlow):
        await scanner.scan()

    assert list((tmp_path / "memory").iterdir()) == []


@needs_sane
async def test_a_scan_ends_with_the_visit_and_one_at_a_time_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"read-delay": "true", "read-delay-duration": "200000"}
    sane(tmp_path, monkeypatch, **slow)
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(scanner_module, "MEMORY", memory)
    scanner = Scanner("auto")

    scanning = asyncio.create_task(scanner.scan())
    async with asyncio.timeout(20):
        while not list(memory.iterdir()):  # noqa: ASYNC110  # another program makes it
            await asyncio.sleep(0)
    with pytest.raises(ScannerBusy):
        await scanner.scan()
    scanning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scanning

    assert list(memory.iterdir()) == []


async def test_a_terminal_without_a_scanner_asks_for_none() -> None:
    assert not await Scanner("").there()


async def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    scanner = Scanner("auto")

    assert not await scanner.there()
    assert scanner.reason == "scanner-not-installed"
    with pytest.raises(ScannerNotInstalled):
        await scanner.scan()


def test_the_options_of_a_network_scanner_are_understood() -> None:
    can = read_abilities(ESCL)

    assert (can.mode, can.resolution) == ("Color", 200)
    assert (can.flatbed, can.feeder) == ("Flatbed", "ADF")
    assert (can.width, can.height) == (210.0, 297.0)
    assert "--source=ADF" in can.words("ADF")


def test_a_device_without_choices_is_asked_for_nothing() -> None:
    assert read_abilities("").words("") == []


@given(st.text(max_size=300))
def test_whatever_a_driver_says_is_no_surprise(listing: str) -> None:
    can = read_abilities(f"    --resolution {listing} [75]\n    -x {listing} [1]")

    assert can.resolution >= 0
    assert 0 <= can.width <= 210
    assert isinstance(why_not(listing), ScannerSaysNo)


def test_neither_a_video_camera_nor_a_driver_that_loses_sheets_is_a_scanner() -> None:
    assert first_scanner("v4l:/dev/video0\nescl:http://x:80\n") is None
    assert first_scanner("escl:http://x:80\nairscan:e0:X\n") == "airscan:e0:X"
