"""A network may have an opinion on what is a page, and never the last word."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from document_capture import page_model
from document_capture.candidates import OUT
from document_capture.images import Array, NoPage
from document_capture.page import asked, find_page, worth_asking
from document_capture.page_model import (
    BLACK,
    MIDDLE,
    PLACE,
    REACH,
    SIDE,
    PageModel,
    PageModelUnusable,
    squares,
)
from document_capture.quads import overlap
from document_capture.score import MOST_RIVALS, share
from document_capture.tracking import Tracker
from document_capture.views import View, view
from tests.document_capture.onnx_maker import averaging
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper

LEFT: Points = [(150, 200), (550, 210), (560, 760), (140, 750)]
RIGHT: Points = [(720, 210), (1120, 200), (1130, 750), (710, 770)]


class Believer:
    """Says that papers lie where it was told, in pixels of the picture."""

    def __init__(self, *papers: Points) -> None:
        self.papers = papers
        self.asked = 0

    def opinions(self, seen: View, quads: Array) -> Array:
        """Return 6 for those papers, -6 for all else."""
        self.asked += 1
        papers = [np.array(one, np.float32) * seen.scale for one in self.papers]
        shared = [max((overlap(q, one) for one in papers), default=0) for q in quads]
        return np.where(np.array(shared) > 0.9, 6.0, -6.0)


@pytest.fixture(autouse=True)
def nobody_is_asked_afterwards() -> Iterator[None]:
    yield
    page_model.use(None)


@pytest.fixture
def averages(tmp_path: Path) -> Path:
    path = tmp_path / "averages.onnx"
    path.write_bytes(averaging(SIDE))
    return path


@pytest.mark.parametrize(("one", "other"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_of_two_papers_that_look_alike_the_one_the_network_sees_is_surer(
    one: Points, other: Points
) -> None:
    frame = with_paper(with_paper(a_desk(), one), other)

    page_model.use(Believer(one))
    found = find_page(frame)

    assert overlap(found.corners, np.array(one, np.float32)) > 0.97


def test_what_the_network_takes_for_a_page_has_sides_all_the_same() -> None:
    everywhere: Points = [(40, 60), (640, 50), (650, 500), (30, 520)]

    page_model.use(Believer(everywhere))

    with pytest.raises(NoPage):
        find_page(a_desk())


@pytest.mark.parametrize("many", [0, 3])
def test_where_nothing_may_be_a_page_the_network_is_not_asked(many: int) -> None:
    believer = Believer(LEFT)
    quads = np.ones((many, 4, 2))

    power = asked(believer, view(a_desk()), quads, np.full(many, OUT))

    assert power.tolist() == [OUT] * many
    assert believer.asked == 0


def test_of_a_quad_that_was_fitted_twice_the_network_is_asked_once() -> None:
    one, other = np.array(LEFT), np.array(RIGHT)
    quads = np.stack([other, one, one + 1])

    ask, answer = worth_asking(quads, np.array([1.0, 3.0, 2.0]))

    assert ask.tolist() == [1, 0]
    assert answer.tolist() == [1, 0, 0]


def test_a_page_is_followed_without_asking_again() -> None:
    frame = with_paper(a_desk(), PAGE)
    believer, tracker = Believer(PAGE), Tracker()

    page_model.use(believer)
    for _ in range(5):
        found = tracker.look(frame)
        assert found is not None

    assert believer.asked == 1


@pytest.mark.parametrize("size", [40, 110, 400])
def test_a_quad_of_any_size_is_shown_straight_with_what_is_around_it(size: int) -> None:
    quad = np.array([[0, 0], [1, 0.1], [0.9, 1], [-0.1, 0.9]]) * size + 60
    coarse = np.zeros((480, 640, 3), np.uint8)
    cv2.fillConvexPoly(coarse, quad.round().astype(np.int32), (200, 130, 120))

    [square] = squares(coarse, quad[None])

    low, high = int(PLACE.min()), int(PLACE.max())
    assert square.shape == (SIDE, SIDE, 3)
    assert (square[low + 3 : high - 3, low + 3 : high - 3, 0] > 190).mean() > 0.98
    assert square[: low - 2, :, 0].max() < 60


def test_what_lies_outside_the_picture_is_black() -> None:
    coarse = np.full((400, 640, 3), 255, np.uint8)
    whole = np.array([[[0, 0], [640, 0], [640, 400], [0, 400]]], np.float64) - 0.5

    [square] = squares(coarse, whole)

    assert tuple(square[2, 2]) == BLACK
    assert tuple(square[SIDE // 2, SIDE // 2]) == (255, 255, 255)


def test_every_quad_gets_an_opinion_of_its_own(averages: Path) -> None:
    seen = view(with_paper(np.zeros((960, 1280, 3), np.uint8), LEFT))
    on, off = np.array(LEFT) * seen.scale, np.array(RIGHT) * seen.scale

    said = PageModel(averages).opinions(seen, np.stack([on, off]))

    expected = (squares(seen.coarse, np.stack([on, off])) - MIDDLE) / REACH
    assert said == pytest.approx(expected.mean(axis=(1, 2, 3)), abs=1e-4)
    assert said[0] > said[1]


@pytest.mark.parametrize(("side", "channels"), [(SIDE + 2, 3), (SIDE, 1)])
def test_another_network_is_refused(tmp_path: Path, side: int, channels: int) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(averaging(side, channels))

    with pytest.raises(PageModelUnusable):
        PageModel(path)


@pytest.mark.parametrize("data", [b"", b"not a network", averaging(SIDE)[:-9]])
def test_what_is_no_network_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(data)

    with pytest.raises(PageModelUnusable):
        PageModel(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PageModelUnusable):
        PageModel(tmp_path / "none.onnx")


def test_a_page_that_only_the_network_sees_has_a_score_by_what_was_measured() -> None:
    seen, other = np.array(LEFT, np.float64), np.array(RIGHT, np.float64)
    quads = np.stack([seen + step for step in range(MOST_RIVALS)] + [other])
    power = np.array([5.0] * MOST_RIVALS + [-4.0])

    assert share(quads, power, MOST_RIVALS) == 1.0, "nothing else is there"


def test_a_line_is_no_page_however_strong_it_is() -> None:
    line = np.array([[[0, 0], [9, 0], [9, 0], [0, 0]]], np.float64)

    assert share(line, np.zeros(1), 0) == 0.0
