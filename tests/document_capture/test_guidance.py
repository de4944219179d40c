"""The person is told what to do, and the picture takes itself once."""

import cv2
import numpy as np
import pytest

from document_capture.guidance import STILL_FOR, Guide, Hint, Sight
from document_capture.images import Image
from protocol.texts import texts
from tests.document_capture.test_page import PAGE, SIZE, Points, a_desk, with_paper

FRAME = with_paper(a_desk(), PAGE)
TENTH = 0.1


def watched(guide: Guide, frame: Image, begin: float, seconds: float) -> list[Sight]:
    """Return what ``guide`` says of an unchanged frame, ten times a second."""
    count = round(seconds / TENTH)
    return [guide.look(frame, begin + TENTH * step) for step in range(count)]


def moved(by: float) -> Points:
    return [(x + by, y) for x, y in PAGE]


def test_a_still_page_is_photographed_once() -> None:
    sights = watched(Guide(), FRAME, 0.0, 2.0)

    [shot] = [sight for sight in sights if sight.shoot]
    assert shot.hint is Hint.READY
    assert sights[-1].hint is Hint.TAKEN
    assert sights[-1].steady


def test_where_no_picture_is_wanted_nobody_is_told_that_one_is_taken() -> None:
    guide = Guide()

    for step in range(10):
        last = guide.look(FRAME, TENTH * step, may_shoot=False)

    assert (last.hint, last.shoot) == (Hint.TOUCH_BUTTON, False)
    assert guide.look(FRAME, 1.1).shoot


def test_a_refused_paper_is_photographed_again_once_it_lies_otherwise() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, 1.0)
    guide.refused()

    same = watched(guide, FRAME, 1.0, 1.0)
    smoothed = watched(guide, with_paper(a_desk(), moved(20)), 2.0, 1.0)

    assert {sight.hint for sight in same} == {Hint.LAY_AGAIN}
    assert sum(sight.shoot for sight in smoothed) == 1


def left_behind() -> Guide:
    guide = Guide()
    guide.left_behind()
    return guide


@pytest.mark.parametrize("hidden", [0, 1, 8], ids=["at once", "a frame", "0.8 s"])
def test_a_paper_that_was_left_behind_is_not_photographed(hidden: int) -> None:
    guide = left_behind()
    for step in range(hidden):
        guide.look(a_desk(), TENTH * step)

    sights = watched(guide, FRAME, TENTH * hidden, 1.5)

    assert {sight.hint for sight in sights[6:]} == {Hint.LAY_AGAIN}
    assert not any(sight.shoot for sight in sights)


def test_a_paper_that_comes_after_the_desk_was_empty_was_not_left_behind() -> None:
    guide = left_behind()
    watched(guide, a_desk(), 0.0, 1.3)

    assert guide.knows
    assert sum(sight.shoot for sight in watched(guide, FRAME, 1.3, 1.0)) == 1


def test_time_without_a_look_is_not_time_without_a_page() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, 1.0)
    guide.rest()

    guide.look(a_desk(), 60.0)

    assert not any(sight.shoot for sight in watched(guide, FRAME, 60.1, 1.0))


def test_who_looks_again_waits_until_the_paper_lies_still() -> None:
    guide = Guide()
    guide.look(FRAME, 0.0)
    guide.rest()

    assert not guide.look(FRAME, 60.0).steady


def test_a_camera_that_goes_dark_does_not_make_a_new_paper_of_the_old() -> None:
    guide = Guide()
    assert sum(sight.shoot for sight in watched(guide, FRAME, 0.0, 1.0)) == 1
    watched(guide, np.zeros_like(FRAME), 1.0, 0.6)

    assert not any(sight.shoot for sight in watched(guide, FRAME, 1.6, 1.0))


def test_a_taken_paper_that_is_nudged_is_not_photographed_again() -> None:
    guide = Guide()
    assert sum(sight.shoot for sight in watched(guide, FRAME, 0.0, 1.0)) == 1

    nudged = with_paper(a_desk(), moved(25))

    assert not any(sight.shoot for sight in watched(guide, nudged, 1.0, 1.0))


def test_nothing_is_photographed_before_the_page_lies_still() -> None:
    sights = watched(Guide(), FRAME, 0.0, STILL_FOR)

    assert {sight.hint for sight in sights} == {Hint.HOLD_STILL}
    assert not any(sight.shoot for sight in sights)


BESIDE: Points = [(60, 240), (310, 240), (310, 600), (60, 600)]
TWO = with_paper(FRAME, BESIDE)


def test_two_papers_are_not_photographed_and_both_are_outlined() -> None:
    sights = watched(Guide(), TWO, 0.0, 1.5)

    assert not any(sight.shoot for sight in sights)
    assert {sight.hint for sight in sights} == {Hint.SEVERAL_PAPERS}
    assert {(len(one.corners), len(one.others)) for one in sights} == {(4, 1)}


def test_once_the_other_paper_is_taken_away_the_first_is_photographed() -> None:
    guide = Guide()
    watched(guide, TWO, 0.0, 1.0)

    sights = watched(guide, FRAME, 1.0, 1.5)

    assert sum(sight.shoot for sight in sights) == 1
    assert sights[-1].others == []


def test_a_second_paper_that_comes_late_stops_the_picture() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, STILL_FOR)

    sights = watched(guide, TWO, STILL_FOR, 1.0)

    assert not any(sight.shoot for sight in sights)


def test_a_moving_page_is_not_photographed() -> None:
    guide = Guide()

    sights = [
        guide.look(with_paper(a_desk(), moved(9.0 * step)), TENTH * step)
        for step in range(10)
    ]

    assert not any(sight.shoot or sight.steady for sight in sights)


def test_a_page_that_was_moved_is_photographed_again() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, 1.0)

    again = watched(guide, with_paper(a_desk(), moved(120)), 1.0, 1.0)

    assert sum(sight.shoot for sight in again) == 1


def test_the_next_paper_is_photographed_after_the_desk_was_empty() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, 1.0)
    empty = watched(guide, a_desk(), 1.0, 0.6)

    again = watched(guide, FRAME, 1.6, 1.0)

    assert {sight.hint for sight in empty} == {Hint.NO_PAGE}
    assert sum(sight.shoot for sight in again) == 1


def test_a_page_lost_for_one_frame_is_not_photographed_again() -> None:
    guide = Guide()
    watched(guide, FRAME, 0.0, 1.0)
    guide.look(a_desk(), 1.0)

    again = watched(guide, FRAME, 1.1, 1.0)

    assert not any(sight.shoot for sight in again)


def test_corners_are_shares_of_the_frame() -> None:
    sight = Guide().look(FRAME, 0.0)

    assert np.allclose(sight.corners, np.array(PAGE) / SIZE, atol=0.003)


def small() -> Image:
    return with_paper(a_desk(), [(500, 350), (700, 350), (700, 620), (500, 620)])


def at_the_edge() -> Image:
    return with_paper(a_desk(), [(300, 5), (900, 5), (900, 800), (300, 800)])


def half_outside() -> Image:
    return with_paper(a_desk(), [(300, -300), (900, -300), (900, 600), (300, 600)])


def bent() -> Image:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    bow = 18 * np.sin(np.clip((y - 110) / 740, 0, 1) * np.pi)
    frame: Image = cv2.remap(FRAME, x + bow.astype(np.float32), y, cv2.INTER_LINEAR)
    return frame


def shining() -> Image:
    dim = (FRAME * 0.75).astype(np.uint8)
    cv2.circle(dim, (640, 400), 60, (255, 255, 255), -1)
    return dim


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        pytest.param(a_desk(), Hint.NO_PAGE, id="empty desk"),
        pytest.param(small(), Hint.MOVE_CLOSER, id="small"),
        pytest.param(at_the_edge(), Hint.CUT_OFF, id="at the edge"),
        pytest.param(half_outside(), Hint.CUT_OFF, id="half outside"),
        pytest.param((FRAME * 0.2).astype(np.uint8), Hint.TOO_DARK, id="dark"),
        pytest.param(shining(), Hint.GLARE, id="glare"),
        pytest.param(bent(), Hint.FLATTEN, id="bent"),
        pytest.param(cv2.GaussianBlur(FRAME, (0, 0), 4), Hint.BLURRED, id="blurred"),
    ],
)
def test_what_is_wrong_is_said_and_not_photographed(frame: Image, hint: Hint) -> None:
    sights = watched(Guide(), frame, 0.0, 0.8)

    assert sights[-1].hint is hint
    assert not any(sight.shoot for sight in sights)


def test_every_hint_has_a_text() -> None:
    assert {f"hint-{hint}" for hint in Hint} <= set(texts())
