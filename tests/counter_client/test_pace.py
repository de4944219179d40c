"""How pages give way to what is spoken."""

import pytest

from counter_client.pace import (
    FIRST_CHUNK,
    LARGEST,
    LARGEST_ORIGINAL,
    LEAST_CHUNK,
    MOST_PATIENCE,
    Pace,
    level_of,
)
from protocol.states import Leg, Level
from protocol.views import LineView, SessionView
from signaling.views import session_view, ticket_view, with_lines
from tests.builders import a_visit


def a_session(**lines: Level) -> SessionView:
    visit = a_visit()
    ticket = ticket_view(visit, 0, "Counter 1")
    session = session_view(ticket, visit, set(), None, [])
    found = {Leg(name): LineView(level=level) for name, level in lines.items()}
    return with_lines(session, found)


def test_the_worse_of_the_terminals_own_lines_counts() -> None:
    assert level_of(a_session()) is Level.GOOD
    assert level_of(a_session(applicant=Level.WEAK)) is Level.WEAK
    both = a_session(applicant=Level.WEAK, document=Level.BAD)
    assert level_of(both) is Level.BAD
    assert level_of(a_session(clerk=Level.BAD)) is Level.GOOD


@pytest.mark.parametrize(
    ("level", "rest"), [(Level.GOOD, 0.0), (Level.WEAK, 0.2), (Level.BAD, 1.8)]
)
def test_a_chunk_is_followed_by_its_share_of_silence(level: Level, rest: float) -> None:
    pace = Pace()
    pace.level = level
    pace.passed(4096, 10.0, 10.2)

    assert pace.rest(10.2) == pytest.approx(rest)
    assert pace.rest(10.2 + rest) == pytest.approx(0.0)


def test_a_silence_that_has_begun_ends_when_the_line_is_good_again() -> None:
    pace = Pace()
    pace.level = Level.BAD
    pace.passed(4096, 10.0, 10.2)
    pace.level = Level.GOOD

    assert pace.rest(10.3) == 0.0


def test_chunks_are_small_beside_a_weak_call_and_for_what_nobody_waits_for() -> None:
    pace = Pace()
    assert pace.chunk(original=False) == FIRST_CHUNK
    assert pace.chunk(original=True) == LARGEST_ORIGINAL
    for level in (Level.WEAK, Level.BAD):
        pace.level = level
        assert pace.chunk(original=False) == LARGEST[level]


def test_a_line_that_loses_chunks_gets_smaller_ones_and_more_patience() -> None:
    pace = Pace()
    pace.passed(FIRST_CHUNK, 0.0, 1.0)
    before = pace.patience(FIRST_CHUNK)
    pace.lost(1.0, 2.0)
    assert pace.patience(FIRST_CHUNK) > before
    for _ in range(20):
        pace.lost(1.0, 2.0)

    assert pace.chunk(original=False) == LEAST_CHUNK
    assert pace.patience(LARGEST[Level.GOOD]) == MOST_PATIENCE


def test_chunks_grow_again_with_every_one_that_passes() -> None:
    pace = Pace()
    for _ in range(20):
        pace.lost(0.0, 1.0)
    for _ in range(20):
        size = pace.chunk(original=False)
        pace.passed(size, 0.0, 0.1)

    assert pace.chunk(original=False) == LARGEST[Level.GOOD]
