"""What is folded is one paper."""

import cv2
import numpy as np
import pytest

from document_capture.folds import unfolded
from document_capture.images import Array, Image
from document_capture.page import find_pages
from document_capture.quads import overlap
from document_capture.views import view
from tests.document_capture.test_page import PAGE, SIZE, Points, a_desk, with_paper

BOOKLET: Points = [(190, 240), (1090, 230), (1110, 760), (170, 770)]


def within(corners: Points, begin: float, end: float) -> Array:
    """Return the part of a paper from its upper side down, in shares of its height."""
    one, two, three, four = np.array(corners, np.float64)
    left, right = four - one, three - two
    upper = [one + begin * left, two + begin * right]
    return np.stack([*upper, two + end * right, one + end * left])


def shaded(frame: Image, part: Array, light: float) -> Image:
    """Return ``frame`` with a part of the paper that lies otherwise to the lamp."""
    shade = np.ones((SIZE[1], SIZE[0]), np.float32)
    cv2.fillConvexPoly(shade, np.round(part).astype(np.int32), light)
    soft = cv2.GaussianBlur(shade, (0, 0), 1.0)[..., None]
    return np.asarray(np.clip(frame * soft, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("fold", [0.33, 0.5, 0.66])
def test_a_folded_letter_is_one_page(fold: float) -> None:
    frame = shaded(with_paper(a_desk(), PAGE), within(PAGE, fold, 1), 0.62)

    found = find_pages(frame)

    assert overlap(found[0].corners, np.array(PAGE, np.float32)) > 0.97
    assert len(found) == 1


def test_an_open_booklet_is_one_page() -> None:
    frame = with_paper(a_desk((90, 90, 90)), BOOKLET, (190, 190, 190))
    gutter = np.ones((SIZE[1], SIZE[0]), np.float32)
    cv2.line(gutter, (640, 234), (640, 766), 0.2, 20)
    seen = frame * cv2.GaussianBlur(gutter, (0, 0), 6)[..., None]

    found = find_pages(seen.astype(np.uint8))

    assert overlap(found[0].corners, np.array(BOOKLET, np.float32)) > 0.97
    assert len(found) == 1


@pytest.mark.parametrize(
    ("colour", "whole"), [((245, 247, 248), 1), ((120, 235, 245), 0)]
)
def test_a_paper_of_another_colour_is_not_the_rest_of_one(
    colour: tuple[int, int, int], whole: int
) -> None:
    frame = with_paper(a_desk(), PAGE)
    lower: Points = [tuple(one) for one in within(PAGE, 0.5, 1).tolist()]
    seen = view(with_paper(frame, lower, colour))
    quads = np.stack([within(PAGE, 0, 0.5), within(PAGE, 0, 1)]) * seen.scale

    assert unfolded(seen, quads, np.array([2.0, 1.0]), 0) == whole


def test_a_desk_is_not_the_rest_of_a_paper() -> None:
    seen = view(with_paper(a_desk((230, 232, 233)), PAGE))
    quads = np.stack([within(PAGE, 0, 1), within(PAGE, 0, 1.6)]) * seen.scale

    assert unfolded(seen, quads, np.array([2.0, 1.0]), 0) == 0


def test_what_is_far_behind_is_no_whole() -> None:
    seen = view(with_paper(a_desk(), PAGE))
    quads = np.stack([within(PAGE, 0, 0.5), within(PAGE, 0, 1)]) * seen.scale

    assert unfolded(seen, quads, np.array([2.0, -1.0]), 0) == 0
