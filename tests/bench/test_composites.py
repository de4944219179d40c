"""What the benchmark draws is what it says it drew."""

from pathlib import Path

import numpy as np
import pytest

from bench.composites import APART, PAIRS, Composer, visible
from document_capture.quads import areas, convex, overlap

SIZE = 960, 540


def seeds_with_a_pair(most: int) -> list[int]:
    """Return the first seeds for which two papers are drawn."""
    drawn = (n for n in range(400_000, 400_200))
    pairs = [n for n in drawn if np.random.default_rng((n, APART)).random() < PAIRS]
    return pairs[:most]


@pytest.mark.parametrize("seed", seeds_with_a_pair(3))
def test_papers_side_by_side_have_corners_of_their_own(seed: int) -> None:
    made = Composer(Path("var/fonts")).compose(seed, SIZE)

    if made.corners is None:
        pytest.skip("an empty desk")
    one, other = made.papers
    assert "beside" in made.traits
    assert overlap(one, other) == 0
    assert convex(np.array([one, other])).all()
    assert areas(np.array([one, other])).min() > 0.01 * SIZE[0] * SIZE[1]
    assert visible(made.image, one)
    assert visible(made.image, other)


def test_a_plain_picture_has_one_flat_paper_in_light_and_shadow() -> None:
    composer = Composer(Path("var/fonts"), plain=True)

    drawn = [composer.compose(seed, SIZE) for seed in seeds_with_a_pair(8)]

    assert {trait for one in drawn for trait in one.traits} == {"shadow"}
    assert all(len(one.papers) == 1 for one in drawn)


def test_a_seed_gives_one_picture_for_ever() -> None:
    [seed] = seeds_with_a_pair(1)
    composer = Composer(Path("var/fonts"))

    first, again = composer.compose(seed, SIZE), composer.compose(seed, SIZE)

    assert np.array_equal(first.image, again.image)
    assert np.array_equal(np.array(first.papers), np.array(again.papers))
