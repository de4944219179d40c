"""Who lays nothing on the desk is not told to move it."""

import numpy as np
import pytest

from counter_client.specimens import desk, photographed
from document_capture.cut_off import is_cut_off
from document_capture.images import Image
from tests.document_capture.test_guidance import at_the_edge, half_outside


@pytest.mark.parametrize("seed", range(6))
def test_an_empty_desk_in_light_from_one_side_is_an_empty_desk(seed: int) -> None:
    assert not is_cut_off(photographed(desk((1920, 1440), seed), seed))


def test_a_desk_of_which_half_is_dim_is_empty_too() -> None:
    light = np.clip(np.linspace(2.2, -0.8, 1280), 0.6, 1.0)[None, :, None]
    plain = np.full((960, 1280, 3), 150.0)

    assert not is_cut_off((plain * light).astype(np.uint8))


@pytest.mark.parametrize("seen", [at_the_edge(), half_outside()])
def test_a_paper_that_is_partly_outside_is_said_to_be(seen: Image) -> None:
    assert is_cut_off(seen)
