"""A page gets the shape of its paper, and its lines run level."""

import cv2
import numpy as np
import pytest

from document_capture.images import Corners, Image
from document_capture.straighten import (
    LONGEST_SIDE,
    level,
    preview,
    skew_of,
    straighten,
)
from tests.document_capture.drawn import a_page


def seen_askew(page: Image, far: float) -> tuple[Image, Corners]:
    """Return a frame in which the page's upper side is ``far`` as long as its lower."""
    height, width = page.shape[:2]
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    square -= 0.5
    inward = width * (1 - far) / 2
    corners = square + 100
    corners[0, 0] += inward
    corners[1, 0] -= inward
    corners = corners.astype(np.float32)
    matrix = cv2.getPerspectiveTransform(square, corners)
    frame: Image = cv2.warpPerspective(page, matrix, (width + 200, height + 200))
    return frame, corners


def turned(page: Image, angle: float) -> Image:
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    border = cv2.BORDER_REPLICATE
    sloping: Image = cv2.warpAffine(page, matrix, (width, height), borderMode=border)
    return sloping


def test_a_page_that_lies_straight_comes_back_pixel_by_pixel() -> None:
    page = cv2.resize(a_page(), (1000, 1414))
    frame = np.full((1600, 1200, 3), 60, np.uint8)
    frame[90:1504, 80:1080] = page
    edges = [[79.5, 89.5], [1079.5, 89.5], [1079.5, 1503.5], [79.5, 1503.5]]

    straight = straighten(frame, np.array(edges, np.float32))

    assert straight.shape == page.shape
    assert cv2.absdiff(straight, page).max() <= 2


def test_a_page_has_the_shape_of_a4() -> None:
    frame, corners = seen_askew(a_page(), 0.97)

    height, width = straighten(frame, corners).shape[:2]

    assert height / width == pytest.approx(297 / 210, abs=0.002)


def test_a_page_is_never_larger_than_can_be_used() -> None:
    page = cv2.resize(a_page(), None, fx=2, fy=2)
    frame, corners = seen_askew(page, 1.0)

    assert max(straighten(frame, corners).shape) == LONGEST_SIDE
    assert max(straighten(frame, corners, longest=3508).shape) == 3508


def test_a_page_that_is_shrunk_keeps_its_thin_lines() -> None:
    page = np.full((3400, 2404, 3), 230, np.uint8)
    page[::20] = 0
    frame, corners = seen_askew(page, 1.0)

    small = straighten(frame, corners, longest=850)

    rows = small[20:-20, 100:-100].mean(axis=(1, 2))
    assert rows.min() > 60, "a thin line is grey everywhere"
    assert rows.std() < 80, "and nowhere lost"


@pytest.mark.parametrize("angle", [-2.5, -0.8, 1.4, 3.0])
def test_lines_that_slope_are_made_level(angle: float) -> None:
    page = turned(a_page(), angle)

    by = skew_of(page)

    assert by == pytest.approx(-angle, abs=0.25)
    assert skew_of(level(page, by)) == 0.0


@pytest.mark.parametrize("lines", [0, 20])
def test_a_level_or_empty_page_is_left_alone(lines: int) -> None:
    page = a_page(lines=lines)

    assert skew_of(page) == 0.0
    assert level(page, 0.0) is page


def test_a_level_page_of_single_words_is_left_alone() -> None:
    chance, page = np.random.default_rng(4), a_page(lines=0)
    for row in range(12):
        for column in (100, 500, 850):
            at = column + int(chance.integers(0, 60)), 150 + row * 120
            word = "W" * int(chance.integers(1, 4))
            cv2.putText(page, word, at, 0, 1.0, (40, 35, 35), 2, cv2.LINE_AA)

    assert skew_of(page) == 0.0


def test_a_preview_is_small() -> None:
    assert max(preview(a_page()).shape) == 1000
