"""A page is followed while it moves, and given up when it is gone."""

import numpy as np

from document_capture.page import find_page
from document_capture.quads import overlap
from document_capture.tracking import FORGET, Tracker
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper


def moved(by: float) -> Points:
    return [(x + by, y + by / 2) for x, y in PAGE]


def test_a_page_that_moves_slowly_is_followed() -> None:
    tracker = Tracker()

    for step in range(6):
        corners = moved(8.0 * step)
        found = tracker.look(with_paper(a_desk(), corners))

        assert found is not None
        assert overlap(found.corners, np.array(corners)) > 0.98


def test_following_gives_the_corners_that_searching_gives() -> None:
    frame, tracker = with_paper(a_desk(), PAGE), Tracker()

    tracker.look(frame)
    followed = tracker.look(frame)

    assert followed is not None
    assert np.abs(followed.corners - find_page(frame).corners).max() < 0.5


def test_a_page_that_jumps_is_found_again() -> None:
    tracker = Tracker()
    tracker.look(with_paper(a_desk(), PAGE))

    found = tracker.look(with_paper(a_desk(), moved(-220)))

    assert found is not None
    assert overlap(found.corners, np.array(moved(-220))) > 0.97


def test_a_page_that_is_taken_away_is_gone() -> None:
    tracker = Tracker()
    tracker.look(with_paper(a_desk(), PAGE))

    assert tracker.look(a_desk()) is None


def test_a_page_that_lies_there_for_long_is_still_there() -> None:
    frame, tracker = with_paper(a_desk(), PAGE), Tracker()

    assert all(tracker.look(frame) is not None for _ in range(FORGET + 3))


def test_a_forgotten_page_is_looked_for_everywhere() -> None:
    frame, tracker = with_paper(a_desk(), PAGE), Tracker()
    tracker.look(frame)

    tracker.forget()

    assert tracker.look(frame) is not None
