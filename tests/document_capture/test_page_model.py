"""A network may have an opinion on where papers lie, and never the last word."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from document_capture import page_model
from document_capture.images import Array
from document_capture.page import find_page, find_pages
from document_capture.page_model import (
    INPUT,
    Hints,
    PageModel,
    PageModelUnusable,
    opinions,
    quads_of_hints,
)
from document_capture.quads import overlap
from document_capture.score import MOST_RIVALS, share
from document_capture.tracking import Tracker
from document_capture.views import WORK_SIZE, View, view
from tests.document_capture.onnx_maker import averaging
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper

LEFT: Points = [(150, 200), (550, 210), (560, 760), (140, 750)]
RIGHT: Points = [(720, 210), (1120, 200), (1130, 750), (710, 770)]
SHARE = 0.25
"""Pixels of these maps per pixel of the view."""


class Believer:
    """Says that papers lie where it was told, in pixels of the picture."""

    def __init__(self, *papers: Points) -> None:
        self.papers = papers
        self.asked = 0

    def hints(self, seen: View) -> Hints:
        """Return maps with those papers."""
        self.asked += 1
        papers = [np.array(one) * seen.scale for one in self.papers]
        return drawn(seen, papers)


def drawn(seen: View, papers: list[Array]) -> Hints:
    """Return what a perfect network says of ``papers``, in pixels of the view."""
    wide, tall = (round(side * SHARE) for side in seen.size)
    maps = np.zeros((tall, wide, 3), np.float32)
    for paper in papers:
        at = (paper + 0.5) * SHARE - 0.5
        places = [np.round(at).astype(np.int32)]
        # OpenCV draws into one channel at a time.
        for channel, draw in enumerate((_field, _sides, _corners)):
            one = np.ascontiguousarray(maps[..., channel])
            draw(one, places)
            maps[..., channel] = one
    return Hints(maps, SHARE)


def _field(map_: Array, places: list[Array]) -> None:
    cv2.fillPoly(map_, places, 1.0)


def _sides(map_: Array, places: list[Array]) -> None:
    cv2.polylines(map_, places, True, 1.0, 2)


def _corners(map_: Array, places: list[Array]) -> None:
    for x, y in places[0]:
        cv2.circle(map_, (int(x), int(y)), 1, 1.0, -1)


@pytest.fixture(autouse=True)
def nobody_is_asked_afterwards() -> Iterator[None]:
    yield
    page_model.use(None)


@pytest.fixture
def averages(tmp_path: Path) -> Path:
    path = tmp_path / "averages.onnx"
    path.write_bytes(averaging(INPUT[1], INPUT[0]))
    return path


@pytest.mark.parametrize(("one", "other"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_of_two_papers_that_look_alike_the_one_the_network_sees_is_surer(
    one: Points, other: Points
) -> None:
    frame = with_paper(with_paper(a_desk(), one), other)

    page_model.use(Believer(one))
    found = find_page(frame)

    assert overlap(found.corners, np.array(one, np.float32)) > 0.97


def test_what_the_network_sees_where_nothing_is_is_no_page() -> None:
    frame = with_paper(a_desk(), LEFT)

    page_model.use(Believer(LEFT, RIGHT))
    found = find_pages(frame)

    assert [
        overlap(one.corners, np.array(LEFT, np.float32)) > 0.9 for one in found
    ] == [True]


def test_a_page_is_followed_without_asking_again() -> None:
    frame = with_paper(a_desk(), PAGE)
    believer, tracker = Believer(PAGE), Tracker()

    page_model.use(believer)
    for _ in range(5):
        found = tracker.look(frame)
        assert found is not None

    assert believer.asked == 1


def test_papers_that_touch_are_parted_by_their_sides() -> None:
    seen = view(a_desk())
    papers = [
        np.array([[100, 100], [300, 100], [300, 380], [100, 380]], np.float64),
        np.array([[303, 100], [500, 100], [500, 380], [303, 380]], np.float64),
    ]

    quads = quads_of_hints(drawn(seen, papers), 1000)

    for paper in papers:
        assert max(overlap(quad, paper) for quad in quads) > 0.9


def test_the_network_agrees_most_with_the_paper_itself() -> None:
    seen = view(a_desk())
    paper = np.array([[100, 100], [300, 100], [300, 380], [100, 380]], np.float64)
    shifted, half = paper + 30, paper * [1, 0.5]

    said = opinions(drawn(seen, [paper]), np.stack([paper, shifted, half]))

    assert ((said >= 0) & (said <= 1 + 1e-6)).all()
    filled, beside = said[:, 0], said[:, 3]
    assert filled[0] > 0.95 > filled[1]
    assert beside[0] < 0.1 < beside[2]


@pytest.mark.parametrize("size", [(1280, 960), (960, 1280), (1920, 1080), (700, 700)])
def test_maps_lie_on_the_picture_whatever_its_shape(
    averages: Path, size: tuple[int, int]
) -> None:
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    x, y = round(size[0] * 0.75), round(size[1] * 0.3)
    frame[y - 40 : y + 40, x - 40 : x + 40] = 255
    seen = view(frame)

    hints = PageModel(averages).hints(seen)

    lightness = hints.at(np.array([[x, y], [y, x], [10, 10]]) * seen.scale)[:, 0]
    assert lightness[0] > 0.95
    assert lightness[1:].max() < 0.05
    wide, tall = hints.maps.shape[1], hints.maps.shape[0]
    assert max(seen.size) == WORK_SIZE
    assert (wide, tall) == pytest.approx(np.array(seen.size) * hints.scale, abs=1)


@pytest.mark.parametrize("size", [(INPUT[1], 2 * INPUT[0]), (32, 32)])
def test_another_network_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(averaging(*size))

    with pytest.raises(PageModelUnusable):
        PageModel(path)


@pytest.mark.parametrize("data", [b"", b"not a network", averaging(240, 320)[:-9]])
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
