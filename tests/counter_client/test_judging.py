"""Bands, the gate before them, and that a median of good pictures is what counts."""

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_client.face.engine import (
    LIKELY_SAME,
    RULE,
    UNCLEAR,
    Sighted,
    band_of,
)
from counter_client.face.judging import (
    FaceCut,
    FaceFar,
    FaceLight,
    FaceTurned,
    NoFace,
    SeveralFaces,
    gated,
    judge,
    turned,
)
from counter_client.face.none import NoEngine
from document_capture.faces import FaceBox, NoPortrait
from document_capture.images import Image, Refused
from protocol.faces import Band
from tests.counter_client.faces import (
    GREEN,
    GREY,
    NOBODY,
    RED,
    ColourEngine,
    ToldEngine,
    somebody,
)

EYES = np.array([[270, 200], [370, 200], [320, 250], [285, 300], [355, 300]], float)


class Staged(ColourEngine):
    """Finds the faces that a test puts on the stage."""

    def __init__(self, *points: np.ndarray) -> None:
        self._points = points

    def detect(self, picture: Image) -> list[Sighted]:
        return [
            Sighted(
                FaceBox(0, 0, float(2 * one[1, 0]), float(2 * one[1, 1])),
                one.astype(np.float32),
            )
            for one in self._points
        ]


def test_the_same_person_is_likely_the_same() -> None:
    told = judge(ColourEngine(), somebody(GREEN), [somebody(GREEN)] * 5)

    assert (told.band, told.pictures, told.rule) == (Band.LIKELY_SAME, 5, RULE)
    assert (told.engine, told.models) == ("colour", "c" * 64)


def test_somebody_else_is_likely_different() -> None:
    told = judge(ColourEngine(), somebody(GREEN), [somebody(RED)] * 3)

    assert told.band is Band.LIKELY_DIFFERENT


@pytest.mark.parametrize(
    ("similar", "band"),
    [
        (1.0, Band.LIKELY_SAME),
        (LIKELY_SAME, Band.LIKELY_SAME),
        (LIKELY_SAME - 1e-6, Band.UNCLEAR),
        (UNCLEAR, Band.UNCLEAR),
        (UNCLEAR - 1e-6, Band.LIKELY_DIFFERENT),
        (-1.0, Band.LIKELY_DIFFERENT),
    ],
)
def test_a_similarity_advises(similar: float, band: Band) -> None:
    assert band_of(similar) is band


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_one_lucky_picture_is_not_enough(similar: list[float]) -> None:
    small = somebody(GREEN, (256, 256))

    told = judge(ToldEngine(similar), small, [small] * 5)

    assert told.band is band_of(statistics.median(similar))
    if sum(one >= LIKELY_SAME for one in similar) < 3:
        assert told.band is not Band.LIKELY_SAME


def test_too_few_good_pictures_say_what_is_wrong_with_most_of_the_others() -> None:
    pictures = [somebody(GREEN)] * 2 + [somebody(NOBODY)] * 3

    with pytest.raises(NoFace):
        judge(ColourEngine(), somebody(GREEN), pictures)


def test_three_good_pictures_of_five_do() -> None:
    pictures = [somebody(GREEN)] * 3 + [somebody(NOBODY)] * 2

    assert judge(ColourEngine(), somebody(GREEN), pictures).pictures == 3


@pytest.mark.parametrize("portrait", [somebody(NOBODY), somebody(GREEN, (20, 20))])
def test_a_document_without_a_good_portrait_is_compared_with_nobody(
    portrait: Image,
) -> None:
    with pytest.raises(NoPortrait):
        judge(ColourEngine(), portrait, [somebody(GREEN)] * 5)


def test_an_engine_without_networks_never_lets_anybody_through() -> None:
    with pytest.raises(NoPortrait):
        judge(NoEngine(), somebody(GREEN), [somebody(GREEN)] * 5)


@pytest.mark.parametrize(
    ("points", "wrong"),
    [
        pytest.param([], NoFace, id="nobody"),
        pytest.param([EYES, EYES + 5], SeveralFaces, id="two"),
        pytest.param([EYES * 0.5], FaceFar, id="far"),
        pytest.param([EYES - [265, 0]], FaceCut, id="at the edge"),
        pytest.param([EYES + np.eye(5)[2][:, None] * [30, 0]], FaceTurned, id="aside"),
    ],
)
def test_the_gate_says_what_is_to_be_done(
    points: list[np.ndarray], wrong: type[Refused]
) -> None:
    with pytest.raises(wrong):
        gated(Staged(*points), somebody(GREY))


@pytest.mark.parametrize("grey", [(20, 20, 20), (250, 250, 250)])
def test_a_face_in_bad_light_is_not_compared(grey: tuple[int, int, int]) -> None:
    with pytest.raises(FaceLight):
        gated(Staged(EYES), somebody(grey))


def test_somebody_far_behind_does_not_count() -> None:
    behind = EYES * 0.4

    seen = gated(Staged(EYES, behind), somebody(GREY))

    assert seen.points[0, 0] == EYES[0, 0]


def test_how_far_a_face_is_turned_is_measured_in_distances_of_the_eyes() -> None:
    face = Staged(EYES + np.eye(5)[2][:, None] * [20, 0]).detect(somebody(GREY))[0]

    assert turned(face) == pytest.approx(0.2)
