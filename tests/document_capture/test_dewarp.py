"""A bent page is flattened if that helps, and a flat one is not touched."""

import numpy as np
import pytest

from document_capture.dewarp import bend_of, flattened, helpful
from document_capture.images import Image
from tests.document_capture.drawn import a_page, bent


@pytest.mark.parametrize("pixels", [-70.0, 45.0, 90.0])
def test_a_bent_page_becomes_straighter_by_more_than_half(pixels: float) -> None:
    page = bent(a_page(), pixels)
    before = bend_of(page)

    sheet = helpful(page, before)

    assert before is not None
    assert sheet is not None
    after = bend_of(flattened(page, sheet))
    assert after is not None
    assert after.bend < 0.5 * before.bend


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(a_page(), id="flat"),
        pytest.param(a_page(lines=0), id="empty"),
        pytest.param(bent(a_page(lines=2), 60), id="two lines"),
        pytest.param(np.zeros((64, 64, 3), np.uint8), id="tiny"),
    ],
)
def test_a_page_that_would_not_gain_is_left_alone(page: Image) -> None:
    assert helpful(page, bend_of(page)) is None
