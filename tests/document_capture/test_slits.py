"""Desk that shows between two papers tells that they are two."""

import numpy as np
import pytest

from document_capture.page import find_page, find_pages
from document_capture.slits import slit
from document_capture.views import view
from tests.document_capture.test_page import (
    PAGE,
    PALE,
    Points,
    a_desk,
    near,
    with_paper,
)

LEFT: Points = [(150, 160), (590, 150), (595, 810), (140, 800)]


def right(gap: float) -> Points:
    """Return a paper that lies ``gap`` pixels to the right of ``LEFT``."""
    return [(590 + gap, 150), (1040 + gap, 155), (1050 + gap, 815), (595 + gap, 810)]


def around(gap: float) -> Points:
    return [LEFT[0], right(gap)[1], right(gap)[2], LEFT[3]]


@pytest.mark.parametrize("gap", [14, 30, 70, 160])
@pytest.mark.parametrize("desk", [a_desk(), a_desk(PALE)], ids=["brown", "pale"])
def test_two_papers_are_never_one_page(gap: float, desk: np.ndarray) -> None:
    frame = with_paper(with_paper(desk, LEFT), right(gap))

    found = find_pages(frame)

    assert all(near(one, around(gap)) < 0.9 for one in found)
    assert max(near(one, LEFT) for one in found) > 0.95


def test_a_strip_of_desk_is_seen_and_writing_is_none() -> None:
    frame = with_paper(with_paper(a_desk(), LEFT), right(40))
    seen = view(frame)
    quads = np.array([around(40), LEFT, right(40)], np.float64) * seen.scale

    both, one, other = slit(seen, quads)

    assert both > 0.8
    assert max(one, other) < 0.2


def test_a_folded_page_is_still_one_page() -> None:
    frame = with_paper(a_desk(), PAGE).astype(np.float32)
    frame[470:476, 390:900] *= 0.7

    assert near(find_page(frame.astype(np.uint8)), PAGE) > 0.97
