"""Under a calibrated camera the size of a paper is measured, not guessed."""

import datetime as dt
import io

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image as Picture

from document_capture.capture import capture
from document_capture.command import encode_page
from document_capture.findings import Finding
from document_capture.gate import framing
from document_capture.images import Corners, TooFar
from document_capture.papers import Paper, measured_paper
from document_capture.pdfa import PdfAbout, make_pdf
from document_capture.straighten import to_jpeg
from tests.document_capture.drawn import a_page, lying

ABOUT = PdfAbout(title="page", made=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
FRAME = np.zeros((1440, 1920, 3), np.uint8)


def flat(width_mm: float, height_mm: float, dpi: float) -> Corners:
    """Return the corners of a paper that lies straight, 100 pixels from the frame."""
    width, height = width_mm / 25.4 * dpi, height_mm / 25.4 * dpi
    square = [[0, 0], [width, 0], [width, height], [0, height]]
    return np.array(square, np.float32) + 100


@pytest.mark.parametrize(
    ("size", "paper"),
    [
        ((210, 297), Paper.A4),
        ((297, 210), Paper.A4),
        ((125, 88), Paper.BOOKLET),
        ((85.6, 54), Paper.CARD),
        ((79, 210), Paper.RECEIPT),
        ((176, 250), Paper.OTHER),
    ],
)
def test_papers_of_one_shape_are_told_apart_by_size(
    size: tuple[float, float], paper: Paper
) -> None:
    assert measured_paper(flat(*size, dpi=130), 130) is paper


def findings(corners: Corners, dpi: float = 0.0) -> list[Finding]:
    return [*framing(FRAME, corners, dpi=dpi)]


def test_a_passport_needs_the_dots_of_a_passport_where_they_are_measured() -> None:
    [coarse] = findings(flat(125, 88, 150), 150)

    assert (coarse.code, coarse.measured, coarse.limit) == (TooFar.code, 150, 200)
    assert coarse.refuses
    assert findings(flat(125, 88, 210), 210) == []


def test_a_small_paper_with_enough_dots_is_not_too_far() -> None:
    note = flat(74, 105, 110)

    assert [one.code for one in findings(note)] == [TooFar.code]
    assert findings(note, 110) == []


def test_a_page_says_how_large_it_is_and_its_pdf_is_as_large() -> None:
    frame, _ = lying(a_page(size=(860, 1216)))  # 148 by 210 mm, A5

    page = capture(frame, dpi=147).whole().page

    with Picture.open(io.BytesIO(page)) as picture:
        dpi = picture.info["dpi"][0]
        assert picture.height / dpi * 25.4 == pytest.approx(210, abs=2)
    image = cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    pdf = make_pdf([encode_page(image, bitonal=False, dpi=float(dpi))], ABOUT)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        box = [float(side) for side in opened.pages[0].MediaBox]
    millimetres = [points / 72 * 25.4 for points in box[2:]]
    assert millimetres == pytest.approx([148, 210], abs=2)


def test_without_a_calibration_a_page_says_nothing_of_its_size() -> None:
    with Picture.open(io.BytesIO(to_jpeg(a_page(), 80))) as picture:
        assert picture.info["jfif_unit"] == 0
