"""A page is followed while it moves, and given up when it is gone."""

import cv2
import numpy as np
import pytest

from document_capture.images import Image
from document_capture.page import find_page
from document_capture.quads import overlap
from document_capture.tracking import FORGET, Followed, Tracker, find_followed
from tests.document_capture.drawn import grainy
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper

FRAME = with_paper(a_desk(), PAGE)
BESIDE: Points = [(60, 240), (310, 240), (310, 600), (60, 600)]


def followed(frame: Image) -> Followed:
    """Return what following tells of the one page in ``frame``."""
    tracker = Tracker()
    tracker.look(frame)
    told = tracker.followed(frame)
    assert told is not None
    return told


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


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_that_was_followed_is_found_in_the_picture_that_is_taken(
    times: int,
) -> None:
    picture = cv2.resize(grainy(FRAME, seed=7), None, fx=times, fy=times)

    found = find_followed(picture, followed(FRAME))

    assert found is not None
    everywhere = find_page(picture)
    assert np.abs(found.corners - everywhere.corners).max() < 0.5 * times


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(a_desk(), id="taken away"),
        pytest.param(with_paper(a_desk(), moved(60)), id="moved"),
        pytest.param(with_paper(FRAME, BESIDE), id="another beside it"),
        pytest.param(np.ascontiguousarray(FRAME[:, ::-1]), id="turned over"),
        pytest.param(np.ascontiguousarray(FRAME[:, :960]), id="another shape"),
    ],
)
def test_where_anything_has_changed_everything_is_looked_at(picture: Image) -> None:
    assert find_followed(picture, followed(FRAME)) is None


def test_a_faint_paper_that_comes_beside_it_is_a_change() -> None:
    white = with_paper(a_desk((226, 230, 232)), PAGE)
    two = with_paper(white, BESIDE, (234, 237, 238))

    assert find_followed(two, followed(white)) is None
    assert find_followed(grainy(white, seed=7), followed(white)) is not None


def test_a_page_beside_another_is_not_told() -> None:
    two, tracker = with_paper(FRAME, BESIDE), Tracker()
    tracker.look(two)

    assert tracker.followed(two) is None


def test_what_is_forgotten_is_not_told() -> None:
    tracker = Tracker()
    tracker.look(FRAME)

    tracker.forget()

    assert tracker.followed(FRAME) is None
