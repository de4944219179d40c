"""Things with the sides of a page and nothing written on them."""

import cv2
import numpy as np
import pytest

from document_capture.blanks import blank
from document_capture.images import Array, Image
from document_capture.page import SURE, find_pages
from document_capture.quads import overlap
from document_capture.views import view
from tests.document_capture.test_page import (
    BROWN,
    PAGE,
    SIZE,
    Points,
    a_desk,
    with_paper,
)

PHONE: Points = [(80, 300), (290, 290), (300, 720), (90, 730)]
GREYISH = (95, 115, 135)


def with_a_thing(frame: Image, colour: tuple[int, int, int] = (240, 240, 240)) -> Image:
    """Return ``frame`` with something of one colour on it, its sides clear."""
    laid = frame.copy()
    cv2.fillConvexPoly(laid, np.array(PHONE, np.int32), colour)
    soft: Image = cv2.GaussianBlur(laid, (0, 0), 1.0)
    return soft


@pytest.mark.parametrize("colour", [(240, 240, 240), (8, 8, 8), (40, 30, 160)])
def test_a_phone_beside_a_pale_paper_is_neither_the_page_nor_another(
    colour: tuple[int, int, int],
) -> None:
    frame = with_a_thing(with_paper(a_desk(), PAGE, GREYISH), colour)

    found = find_pages(frame)

    assert len(found) == 1
    assert overlap(found[0].corners, np.array(PAGE, np.float32)) > 0.97


def test_an_empty_sheet_alone_is_a_page() -> None:
    [found] = find_pages(with_a_thing(a_desk()))

    assert overlap(found.corners, np.array(PHONE, np.float32)) > 0.95
    assert found.score >= SURE


@pytest.mark.parametrize("cover", [(95, 28, 24), (46, 70, 28), (64, 60, 60)])
def test_gold_on_a_dark_cover_is_writing(cover: tuple[int, int, int]) -> None:
    frame = a_desk((180, 190, 200))
    cv2.fillConvexPoly(frame, np.array(PAGE, np.int32), cover)
    cv2.putText(frame, "SPECIMEN", (460, 500), 0, 2.2, (90, 168, 196), 5)
    cv2.circle(frame, (650, 340), 70, (90, 168, 196), 6)

    assert not blank(view(frame), _seen(frame, [PAGE])).any()


def test_the_noise_of_a_camera_is_no_writing() -> None:
    frame = with_a_thing(a_desk(BROWN)).astype(np.float32)
    frame += np.random.default_rng(2).normal(0, 8, frame.shape)
    noisy = np.clip(frame, 0, 255).astype(np.uint8)

    assert blank(view(noisy), _seen(noisy, [PHONE])).all()


def test_of_no_quads_none_is_blank() -> None:
    assert blank(view(a_desk()), np.zeros((0, 4, 2))).shape == (0,)


def _seen(frame: Image, quads: list[Points]) -> Array:
    assert frame.shape[1::-1] == SIZE
    return np.array(quads, np.float64) * view(frame).scale
