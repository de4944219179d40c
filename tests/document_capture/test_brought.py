"""A file becomes pages: photographs are straightened, scans are left whole."""

import io
import tracemalloc

import cv2
import numpy as np
import PIL.Image
import pytest

from counter_client.specimens import Specimens, desk, on_desk, photographed
from document_capture.brought import brought, flat_margin
from document_capture.files import MOST_AT_ONCE
from document_capture.images import Blurred, Image, NoPage, NotTaken, TooFar
from document_capture.straighten import to_jpeg
from tests.builders import FONTS
from tests.document_capture.drawn import a_page, lying
from tests.document_capture.strange_pdfs import a_pdf

SPECIMENS = Specimens(FONTS)


def size_of(jpeg: bytes) -> tuple[int, int]:
    with PIL.Image.open(io.BytesIO(jpeg)) as picture:
        return picture.size


def a_photograph(tilt: float, seed: int) -> Image:
    return on_desk(SPECIMENS.paper("articles"), (1600, 1200), tilt, seed=seed)[0]


def a_form() -> Image:
    """A scanned form whose box is the best quadrilateral to be seen."""
    page = np.full((1754, 1240, 3), 252, np.uint8)
    cv2.rectangle(page, (200, 300), (1040, 1400), (90, 60, 40), -1)
    cv2.putText(page, "OUTSIDE THE BOX", (200, 1600), 0, 2, (20, 20, 20), 4)
    return page


def test_a_photograph_is_cut_to_its_page() -> None:
    (page,) = brought(to_jpeg(a_photograph(6.0, 3), 90))

    wide, high = size_of(page.page)
    assert high / wide == pytest.approx(1754 / 1240, rel=0.05)


@pytest.mark.parametrize("scan", [SPECIMENS.paper("articles"), a_form()])
def test_a_scan_stays_whole(scan: Image) -> None:
    (page,) = brought(to_jpeg(scan, 85))

    assert size_of(page.page) == (1240, 1754)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tilt", [-12.0, 0.0, 8.0])
def test_no_photograph_is_taken_for_a_scan(tilt: float, seed: int) -> None:
    assert flat_margin(a_photograph(tilt, seed)) is None


def test_a_page_on_a_desk_of_one_dark_colour_is_found() -> None:
    frame, _ = lying(a_page(), border=100)

    (page,) = brought(to_jpeg(frame, 95))

    assert size_of(page.page)[1] < frame.shape[0] - 100


def test_a_dark_screenshot_is_taken_whole() -> None:
    screen = np.full((2340, 1080, 3), 18, np.uint8)
    for line in range(20):
        at = 60, 200 + 100 * line
        cv2.putText(screen, "Receipt number 1234567", at, 0, 1.5, (220, 220, 220), 3)

    (page,) = brought(to_jpeg(screen, 90))

    assert size_of(page.page) == (1080, 2340)


def test_an_empty_sheet_and_an_empty_desk_are_no_pages() -> None:
    for picture in (
        np.full((1754, 1240, 3), 255, np.uint8),
        photographed(desk((1280, 960), 5), 5),
    ):
        with pytest.raises(NoPage):
            brought(to_jpeg(picture, 90))


def test_a_blurred_photograph_is_refused() -> None:
    blurred = cv2.GaussianBlur(a_photograph(4.0, 3), (0, 0), 7)

    with pytest.raises(Blurred):
        brought(to_jpeg(blurred, 90))


def test_a_screenshot_that_is_too_small_to_read_is_refused() -> None:
    with pytest.raises(TooFar):
        brought(to_jpeg(cv2.resize(SPECIMENS.paper("articles"), (248, 350)), 95))


def test_each_page_of_a_pdf_is_a_page() -> None:
    pages = [
        PIL.Image.fromarray(SPECIMENS.paper(name)[..., ::-1])
        for name in ("articles", "premises")
    ]
    made = io.BytesIO()
    pages[0].save(made, "PDF", save_all=True, append_images=pages[1:])

    assert len(brought(made.getvalue())) == 2


def test_a_file_that_is_refused_keeps_no_other_waiting() -> None:
    empty = to_jpeg(photographed(desk((1280, 960), 5), 5), 90)
    refusals = []
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(NoPage) as refused:
            brought(empty)
        refusals.append(refused)  # somebody may keep what was raised

    assert len(brought(a_pdf())) == 1


def test_of_a_large_pdf_one_page_is_in_memory_at_a_time() -> None:
    pages, bytes_of_a_page = 8, 3 * 3505 * 3505
    pdf = a_pdf(pages, size=(1262, 1262))

    tracemalloc.start()
    made = brought(pdf)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(made) == pages
    assert peak < 3 * bytes_of_a_page


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(NotTaken):
        brought(b"MZ")
