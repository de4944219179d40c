"""A lamp that is mirrored on a page refuses it for the words that it hides, no more."""

import cv2
import numpy as np
import pytest

from document_capture.images import Image
from tests.document_capture.drawn import WORDS, a_page
from tests.document_capture.test_gate import judged, refused


def lit(
    page: Image,
    middle: tuple[float, float],
    size: float,
    light: float,
    soft: float = 0.005,
) -> Image:
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width] / height
    away = np.hypot(x - middle[0], y - middle[1])
    spot = 1 / (1 + np.exp(np.clip((away - size) / soft, -30, 30)))
    mirrored: Image = np.clip(page + light * spot[..., None], 0, 255).astype(np.uint8)
    return mirrored


def test_a_lamp_mirrored_on_the_writing_is_refused() -> None:
    page = lit(a_page(), (0.35, 0.4), 0.1, 400)

    found = [one for one in judged(page) if one.refuses]

    assert [one.code for one in found] == ["page-glare"]
    x, y, width, height = found[0].place
    assert x < 0.5 < x + width
    assert y < 0.4 < y + height


def test_a_lamp_whose_light_ends_where_short_lines_end_is_no_reason() -> None:
    page = a_page()
    cv2.putText(page, WORDS, (780, 219), 0, 0.6, (40, 35, 35), 2, cv2.LINE_AA)

    assert refused(lit(page, (0.5, 0.5), 0.1, 300, soft=0.02)) == set()
    assert refused(lit(page, (0.40, 0.5), 0.1, 300, soft=0.02)) == {"page-glare"}


def test_a_lamp_that_leaves_traces_of_the_words_beneath_is_refused() -> None:
    page = lit(a_page(), (0.25, 0.4), 0.07, 215, soft=0.01)

    assert refused(page) == {"page-glare"}


def test_a_lamp_mirrored_beside_the_writing_is_no_reason() -> None:
    page = a_page(lines=6)
    page[page.shape[0] // 3 :] = page[-300:, :1].mean(axis=(0, 1)).astype(np.uint8)

    assert refused(lit(page, (0.35, 0.8), 0.1, 400)) == set()


@pytest.mark.parametrize("y", [0.02, 0.96], ids=["top", "bottom"])
def test_a_lamp_mirrored_in_a_margin_is_no_reason(y: float) -> None:
    assert refused(lit(a_page(), (0.2, y), 0.08, 400)) == set()


def test_white_paper_is_no_glare() -> None:
    page = a_page().astype(np.int16) + 40

    assert refused(np.clip(page, 0, 255).astype(np.uint8)) == set()
