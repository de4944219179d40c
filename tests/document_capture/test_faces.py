"""Portraits of identity documents, found by the real network where it is."""

import numpy as np
import pytest

from counter_client.specimens import Specimens
from document_capture.face_models import FINDS, read_model
from document_capture.faces import (
    PORTRAIT_SIDE,
    FaceBox,
    FaceFinder,
    NoPortrait,
    cut_portrait,
)
from document_capture.images import Image
from tests.builders import FONTS
from tests.counter_client.faces import MODELS, WITHOUT_MODELS

needs_models = pytest.mark.skipif(not (MODELS / FINDS).exists(), reason=WITHOUT_MODELS)


class Finder(FaceFinder):
    """Finds a face where a picture has its brightest pixels, if it is upright."""

    def __init__(self, *boxes: FaceBox) -> None:
        self.boxes = list(boxes)
        self.looked = 0

    def find(self, image: Image) -> list[FaceBox]:
        self.looked += 1
        return self.boxes if image.shape[0] < image.shape[1] else []


def a_card(size: tuple[int, int] = (1200, 800)) -> Image:
    return np.full((size[1], size[0], 3), 180, np.uint8)


def test_the_portrait_is_cut_out_with_little_round_it() -> None:
    portrait = cut_portrait(a_card(), Finder(FaceBox(100, 200, 200, 340)))

    assert portrait.shape == (140 + 2 * 84 + 1, 100 + 2 * 60 + 1, 3)


def test_a_large_portrait_is_given_away_no_larger_than_needed() -> None:
    portrait = cut_portrait(a_card(), Finder(FaceBox(300, 100, 900, 700)))

    assert max(portrait.shape[:2]) == PORTRAIT_SIDE


def test_a_document_on_its_side_is_turned() -> None:
    finder = Finder(FaceBox(100, 200, 200, 340))

    cut_portrait(a_card((800, 1200)), finder)

    assert finder.looked == 2


@pytest.mark.parametrize("boxes", [[], [FaceBox(10, 10, 30, 40)]])
def test_no_face_and_a_tiny_face_are_no_portrait(boxes: list[FaceBox]) -> None:
    with pytest.raises(NoPortrait):
        cut_portrait(a_card(), Finder(*boxes))


def test_a_face_that_reaches_over_the_edge_is_cut_at_it() -> None:
    portrait = cut_portrait(a_card(), Finder(FaceBox(-20, -30, 80, 110)))

    assert portrait.shape[0] == 110 + 84 + 1


@needs_models
@pytest.mark.parametrize("turns", range(4))
def test_the_network_finds_the_portrait_however_the_document_lies(turns: int) -> None:
    finder = FaceFinder(read_model(MODELS, FINDS))
    card = np.ascontiguousarray(np.rot90(Specimens(FONTS).paper("identity"), turns))

    portrait = cut_portrait(card, finder)

    assert max(portrait.shape[:2]) < 0.5 * max(card.shape[:2])
    [face, *_] = finder.find(portrait)
    assert face.width > 0.3 * portrait.shape[1]


@needs_models
def test_the_network_finds_nobody_on_paper_without_a_portrait() -> None:
    finder = FaceFinder(read_model(MODELS, FINDS))

    with pytest.raises(NoPortrait):
        cut_portrait(Specimens(FONTS).paper("articles"), finder)
