"""A clerk's preview shows the page that is kept, though it is made before it."""

import cv2
import numpy as np
import pytest

from document_capture.finishing import finished, finished_preview, needed
from document_capture.images import Image
from document_capture.measured import measured
from document_capture.straighten import preview
from tests.document_capture.drawn import a_page, bent
from tests.document_capture.test_straighten import turned

IN_SHADOW = np.linspace(1.0, 0.55, a_page().shape[1])[None, :, None]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(a_page(), id="level"),
        pytest.param((a_page() * IN_SHADOW).astype(np.uint8), id="in a shadow"),
        pytest.param(turned(a_page(), 1.4), id="askew"),
        pytest.param(bent(a_page(), 60), id="bent"),
        pytest.param(a_page()[:900, :700], id="a small card"),
        pytest.param(np.vstack([a_page()[:, :420]] * 2), id="a long receipt"),
        pytest.param(a_page(lines=0), id="empty"),
    ],
)
@pytest.mark.parametrize("keep_colours", [False, True])
def test_the_preview_shows_what_is_kept(page: Image, *, keep_colours: bool) -> None:
    straight = measured(page)
    finish = needed(straight, keep_colours=keep_colours)

    seen = finished_preview(straight, finish)

    kept = preview(finished(page, finish))
    assert np.abs(np.subtract(seen.shape, kept.shape)).max() <= 1
    same_size = cv2.resize(seen, kept.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert cv2.absdiff(_softly(same_size), _softly(kept)).mean() < 1.5


def test_a_page_that_needs_nothing_is_the_very_same() -> None:
    page = a_page()

    finish = needed(measured(page), keep_colours=True)

    assert finished(page, finish) is page


def _softly(image: Image) -> Image:
    soft: Image = cv2.GaussianBlur(image, (0, 0), 2)
    return soft


def with_a_stamp(page: Image, at: tuple[int, int]) -> Image:
    """Return ``page`` with something printed straight, whatever its lines do."""
    stamped = page.copy()
    cv2.putText(stamped, "No. 58213", at, 0, 1.0, (40, 40, 160), 3)
    return stamped


def test_a_stamp_in_the_corner_is_not_turned_out_of_the_page() -> None:
    page = turned(a_page(), 3.0)

    assert needed(measured(page)).skew != 0.0
    stamped = with_a_stamp(page, (20, 40))
    assert needed(measured(stamped)).skew == 0.0


def test_the_curves_of_a_chart_stay_curves() -> None:
    page = a_page(lines=0)
    x = np.arange(120, page.shape[1] - 120)
    for row in range(8):
        y = 300 + 90 * row - 160 * np.sin((x - 120) / (page.shape[1] - 240) * np.pi)
        line = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(page, [line], isClosed=False, color=(40, 40, 40), thickness=3)

    assert needed(measured(page)).sheet is None


def test_columns_of_words_do_not_bend_a_page() -> None:
    bent_up = bent(a_page(), 60)
    assert needed(measured(bent_up)).sheet is not None

    on_its_side = np.ascontiguousarray(np.rot90(bent_up))

    assert needed(measured(on_its_side)).sheet is None


@pytest.mark.parametrize("times", [10, 21, 30])
def test_a_strip_needs_nothing(times: int) -> None:
    strip = np.full((80 * times, 80, 3), 220, np.uint8)

    finish = needed(measured(strip))

    assert (finish.sheet, finish.skew) == (None, 0.0)
    assert finished_preview(measured(strip), finish).size
