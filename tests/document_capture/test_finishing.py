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
