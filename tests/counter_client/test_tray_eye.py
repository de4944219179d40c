"""What a camera over the tray settles, and what it never does."""

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from PIL import Image as Picture

from counter_client.cameras import CameraGone
from counter_client.printing.journal import Journal
from counter_client.printing.patience import Patience
from counter_client.printing.station import Station
from counter_client.printing.tray_eye import CameraEye, code_of, codes_in
from counter_client.settings import Settings
from document_capture.images import Image
from document_capture.pdf_pages import draw_page
from protocol.settings import BadSetting
from tests.counter_client.papers import JOB, FakeOffice
from tests.counter_client.test_station import FakePrinter

HASTY = Patience(
    for_a_sheet=0.3,
    for_the_document=0.2,
    for_cancelling=0.3,
    for_an_answer=0.3,
    looks_at_the_tray=2,
    between_looks=0.01,
)
EMPTY: Image = np.full((1200, 900, 3), 40, np.uint8)


def a_licence(
    words: str = "LIC1:the holder's own code, longer than an address",
) -> bytes:
    """A sheet with the licence's code and a shorter one, as a PDF."""
    sheet = Picture.new("RGB", (900, 1200), "white")
    for place, text in ((80, words), (600, "https://x.example")):
        code = io.BytesIO()
        segno.make(text, error="m").save(code, kind="png", scale=6)
        sheet.paste(Picture.open(code), (80, place))
    out = io.BytesIO()
    sheet.save(out, "PDF", resolution=100)
    return out.getvalue()


LICENCE = a_licence()


def in_the_tray(pdf: bytes) -> Image:
    """What the camera sees of a sheet: smaller, and a little askew."""
    page = cv2.imdecode(np.frombuffer(draw_page(pdf, 0, 120), np.uint8), 1)
    assert page is not None
    high, wide = page.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), 4, 0.9)
    seen: Image = cv2.warpAffine(page, turn, (wide, high), borderValue=(40, 40, 40))
    return seen


class TrayCamera:
    """Sees a sheet in the tray as soon as the printer laid one there."""

    def __init__(self, printer: FakePrinter, before: Image | None = EMPTY) -> None:
        self.printer, self.before = printer, before
        self.after: Image | None = in_the_tray(LICENCE)

    def frame(self) -> Image:
        there = any(self.printer.tray.glob("*.pdf"))
        seen = self.after if there else self.before
        if seen is None:
            raise CameraGone
        return seen

    def lay(self, paper: str) -> None:
        raise NotImplementedError(paper)

    def close(self) -> None:
        pass


class Window:
    """A window with a printer that forgets its jobs, and a camera over its tray."""

    def __init__(self, folder: Path) -> None:
        self.office, self.printer = FakeOffice(LICENCE), ForgetfulPrinter(folder)
        self.camera = TrayCamera(self.printer)
        self.folder = folder
        self.started_again()

    def started_again(self) -> None:
        journal = Journal(self.folder / "journal")
        eye = CameraEye(self.camera)
        self.station = Station(journal, self.office, self.printer, HASTY, eye)

    async def print(self) -> str:
        """Print, and return what the office was told in the end."""
        digest = hashlib.sha256(LICENCE).hexdigest()
        await self.station.print(JOB, digest, len(LICENCE))
        return self.office.told[-1]


class ForgetfulPrinter(FakePrinter):
    """Says nothing of use about any job: nobody knows from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.counts = False
        self.cuts = True


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


async def test_a_sheet_that_lies_there_and_did_not_before_has_come_out(
    window: Window,
) -> None:
    assert await window.print() == "sheet-seen"

    record = window.station.record(JOB)
    assert record is not None
    assert (record.state, record.seen) == ("sheet-out", True)


async def test_without_a_camera_a_person_settles_it(window: Window) -> None:
    window.station = Station(
        Journal(window.folder / "j"), window.office, window.printer, HASTY
    )

    assert await window.print() == "nobody-knows"


async def test_a_tray_without_the_sheet_never_says_that_none_came(
    window: Window,
) -> None:
    window.camera.after = EMPTY

    assert await window.print() == "nobody-knows"


async def test_a_sheet_that_lay_there_before_says_nothing(window: Window) -> None:
    window.camera.before = in_the_tray(LICENCE)

    assert await window.print() == "nobody-knows"


async def test_another_licence_is_not_taken_for_ours(window: Window) -> None:
    window.camera.after = in_the_tray(a_licence("LIC1:somebody else's, and as long"))

    assert await window.print() == "nobody-knows"


async def test_a_camera_that_saw_nothing_before_or_after_settles_nothing(
    window: Window,
) -> None:
    window.camera.after = None

    assert await window.print() == "nobody-knows"


async def test_a_camera_that_was_away_before_settles_nothing(window: Window) -> None:
    window.camera.before = None

    assert await window.print() == "nobody-knows"


async def test_what_was_seen_is_told_again_after_a_crash(window: Window) -> None:
    await window.print()
    record = window.station.record(JOB)
    assert record is not None
    record.told = False
    Journal(window.folder / "journal").save(record)

    window.started_again()
    await window.station.resume()

    assert window.office.told == ["sheet-seen", "sheet-seen"]


def test_the_code_of_a_sheet_is_its_longest_and_only_its_digest_is_kept() -> None:
    words = "LIC1:the holder's own code, longer than an address"

    assert code_of(LICENCE) == hashlib.sha256(words.encode()).hexdigest()
    assert code_of(LICENCE) in codes_in(in_the_tray(LICENCE))
    assert codes_in(EMPTY) == []


@pytest.mark.parametrize("name", ["simulated", "camera", "/dev/video0"])
def test_the_tray_has_a_camera_of_its_own(name: str) -> None:
    with pytest.raises(BadSetting, match="TERMINAL_TRAY_CAMERA"):
        Settings(camera="/dev/video0", tray_camera=name).check()
