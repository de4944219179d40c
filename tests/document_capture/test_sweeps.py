"""Where three sides of a page were found, the fourth is."""

import numpy as np
import pytest

from document_capture.quads import convex, overlap
from document_capture.sweeps import PEAKS, swept
from document_capture.views import View, view
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper


def on_paper(*shares: tuple[float, float]) -> Points:
    """Return places at shares of the width and height of ``PAGE``."""
    one, two, three, four = np.array(PAGE)
    points = []
    for across, down in shares:
        upper, lower = one + across * (two - one), four + across * (three - four)
        points.append(tuple(upper + down * (lower - upper)))
    return points


SHORTENED = {
    "without its upper part": on_paper((0, 0.4), (1, 0.4), (1, 1), (0, 1)),
    "without its lower part": on_paper((0, 0), (1, 0), (1, 0.6), (0, 0.6)),
    "without its left part": on_paper((0.35, 0), (1, 0), (1, 1), (0.35, 1)),
    "without its right part": on_paper((0, 0), (0.7, 0), (0.7, 1), (0, 1)),
    "and desk above it": on_paper((0, -0.3), (1, -0.3), (1, 1), (0, 1)),
    "and its side leaning": on_paper((0, 0.3), (1, 0.36), (1, 1), (0, 1)),
}


def a_page() -> View:
    return view(with_paper(a_desk(), PAGE))


@pytest.mark.parametrize("points", SHORTENED.values(), ids=SHORTENED)
def test_the_side_that_was_missed_is_proposed(points: Points) -> None:
    seen = a_page()
    quad = np.array([points]) * seen.scale

    found = swept(seen, quad)

    assert 0 < len(found) <= 4 * PEAKS
    assert convex(found).all()
    truth = np.array(PAGE) * seen.scale
    assert max(overlap(one, truth) for one in found) > 0.93 > overlap(quad[0], truth)


def test_on_an_even_desk_there_is_no_other_side() -> None:
    seen = view(a_desk())

    assert swept(seen, np.array([PAGE]) * seen.scale).shape == (0, 4, 2)


def test_from_nothing_nothing_is_proposed() -> None:
    assert swept(a_page(), np.zeros((0, 4, 2))).shape == (0, 4, 2)


def test_a_quad_far_outside_or_turned_over_harms_nothing() -> None:
    seen = a_page()
    strange = np.array([[[-9e4, 3], [5e5, 9], [8, 7e5], [2, -3]], PAGE[::-1]])

    assert np.isfinite(swept(seen, strange)).all()
