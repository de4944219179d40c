"""Of two papers that cross, the one whose sides are seen all along lies on top."""

import numpy as np
import pytest

from document_capture.layers import hidden, shown
from document_capture.views import View, view
from tests.document_capture.test_page import PAGE, Points, a_desk, with_paper

BELOW: Points = [(200, 200), (620, 120), (700, 700), (260, 800)]
ASIDE: Points = [(950, 150), (1250, 150), (1250, 600), (950, 600)]
PRINTED: Points = [(480, 300), (800, 300), (800, 600), (480, 600)]


def two_papers() -> View:
    return view(with_paper(with_paper(a_desk(), BELOW, (205, 214, 222)), PAGE))


def quads(seen: View, *papers: Points) -> np.ndarray:
    return np.array(papers, np.float64) * seen.scale


def test_only_the_upper_paper_shows_its_sides_over_the_other() -> None:
    seen = two_papers()
    upper, lower = quads(seen, PAGE, BELOW)

    assert shown(seen, upper[None], lower)[0] > 0.8
    assert shown(seen, lower[None], upper)[0] < 0.4


def test_papers_that_do_not_cross_say_nothing_of_each_other() -> None:
    seen = two_papers()

    assert np.isnan(shown(seen, quads(seen, PAGE), quads(seen, ASIDE)[0])[0])


def test_the_lower_paper_loses_to_the_upper_however_often_it_was_fitted() -> None:
    seen = two_papers()
    both = quads(seen, BELOW, BELOW, PAGE)
    power = np.array([3.0, 2.9, 2.0])

    left = power - hidden(seen, both, power)

    assert left.argmax() == 2
    assert left[2] == 2.0
    assert left[1] < left[2]


def test_a_paper_loses_nothing_to_what_is_printed_on_it() -> None:
    frame = with_paper(a_desk(), PAGE)
    frame[300:600, 480:800] = 120
    seen = view(frame)

    lost = hidden(seen, quads(seen, PAGE, PRINTED), np.array([2.0, 1.9]))

    assert lost.tolist() == [0, 0]


def test_a_bent_paper_is_not_hidden_by_a_worse_fit_of_itself() -> None:
    askew: Points = [(420, 110), (920, 133), (880, 848), (380, 830)]
    seen = two_papers()

    lost = hidden(seen, quads(seen, askew, PAGE), np.array([2.0, 1.9]))

    assert lost.tolist() == [0, 0]


@pytest.mark.parametrize("many", [0, 1])
def test_where_nothing_crosses_nothing_is_lost(many: int) -> None:
    seen = two_papers()

    lost = hidden(seen, quads(seen, PAGE)[:many], np.ones(many))

    assert lost.tolist() == [0.0] * many
