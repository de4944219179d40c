import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.allowance import Allowance
from casework.errors import AlreadyDone, ChatTooFast
from casework.session_ports import SessionEvent
from casework.timeline import LINES_SHOWN, Timeline, harmless
from protocol.ids import CallId, StepId
from protocol.messages import (
    SendChat,
)
from protocol.parts import ScreenMark
from protocol.states import EventKind, Leg, Phrase, ScreenMarkKind
from tests.builders import NOON, FixedClock, a_signature, a_step

CALL = CallId("a" * 32)


class Notebook:
    """A ``SessionEventStore`` that a test can read."""

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        self._steps: set[StepId] = set()

    async def add(
        self, _call: CallId, events: list[SessionEvent], step: StepId | None = None
    ) -> None:
        if step in self._steps:
            raise AlreadyDone(step)
        if step is not None:
            self._steps.add(step)
        self.events += events

    async def of_call(self, _call: CallId) -> list[SessionEvent]:
        return sorted(self.events, key=lambda event: event.at)

    async def latest(
        self, _call: CallId, kind: EventKind, most: int
    ) -> list[SessionEvent]:
        return [event for event in self.events if event.kind is kind][-most:]

    async def erase(self, _call: CallId) -> None:
        self.events.clear()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def timeline(notebook: Notebook, clock: FixedClock) -> Timeline:
    return Timeline(notebook, clock)


def a_line(number: int, text: str = "hello", phrase: Phrase | None = None) -> SendChat:
    step = a_step(f"line-{number}")
    return SendChat(step=step, call=CALL, text=text, phrase=phrase)


def a_mark(ago: float = 0.0) -> ScreenMark:
    return ScreenMark(kind=ScreenMarkKind.TOUCHED, name="shoot", ago=ago)


async def test_a_touch_is_noted_at_the_moment_it_happened(
    timeline: Timeline, notebook: Notebook
) -> None:
    await timeline.note_screen(CALL, "t", [a_mark(ago=1.5)], a_step("marks"))

    [event] = notebook.events
    assert (event.at, event.kind) == (NOON - 1.5, EventKind.TOUCHED)
    assert event.facts == {"name": "shoot"}


async def test_a_page_that_tells_too_much_is_cut_short_and_that_is_told(
    timeline: Timeline, notebook: Notebook
) -> None:
    for number in range(10):
        await timeline.note_screen(CALL, "t", [a_mark()] * 20, a_step(f"{number}"))

    kept = [event for event in notebook.events if event.kind is EventKind.TOUCHED]
    dropped = [e for e in notebook.events if e.kind is EventKind.MARKS_DROPPED]
    assert len(kept) + sum(int(e.facts["count"]) for e in dropped) == 200
    assert len(kept) == 60


async def test_both_see_the_last_lines_of_the_chat(
    timeline: Timeline, clock: FixedClock
) -> None:
    for number in range(LINES_SHOWN + 5):
        clock.time += 10
        await timeline.say(CALL, Leg.CLERK, a_line(number, str(number)))
    clock.time += 1
    await timeline.say(CALL, Leg.APPLICANT, a_line(99, "", Phrase.REPEAT))

    lines = await timeline.chat(CALL)
    assert len(lines) == LINES_SHOWN
    assert [line.text for line in lines[-3:]] == ["23", "24", ""]
    assert (lines[-1].by, lines[-1].phrase) == (Leg.APPLICANT, Phrase.REPEAT)


async def test_a_line_said_again_is_there_once(timeline: Timeline) -> None:
    await timeline.say(CALL, Leg.CLERK, a_line(1))

    with pytest.raises(AlreadyDone):
        await timeline.say(CALL, Leg.CLERK, a_line(1))

    assert len(await timeline.chat(CALL)) == 1


async def test_nobody_floods_the_other_side(
    timeline: Timeline, clock: FixedClock
) -> None:
    for number in range(15):
        await timeline.say(CALL, Leg.CLERK, a_line(number))
    with pytest.raises(ChatTooFast):
        await timeline.say(CALL, Leg.CLERK, a_line(15))

    await timeline.say(CALL, Leg.APPLICANT, a_line(16))
    clock.time += 2
    await timeline.say(CALL, Leg.CLERK, a_line(15))


async def test_a_signature_lies_where_the_pen_first_touched(
    timeline: Timeline, notebook: Notebook
) -> None:
    await timeline.note_signature(CALL, a_signature(), 7.0, a_step("sign"))
    await timeline.note_signature(CALL, a_signature(126), 0.0, a_step("slow"))

    first, second = notebook.events
    assert (first.at, second.at) == (NOON - 7.0, NOON - 1.0)
    assert len(msgspec.json.decode(first.facts["strokes"])[0]) == 30


def test_text_keeps_its_words_and_lines_and_loses_what_commands_a_screen() -> None:
    said = "請 <b>看</b>\n\x00\x1b[2Jpassaporte\u202etropassap\u2069 👍🏽"

    assert harmless(said) == "請 <b>看</b>\n[2Jpassaportetropassap 👍🏽"


@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0, 20)), max_size=40),
)
def test_an_allowance_never_gives_more_than_time_has_filled(
    asks: list[tuple[int, float]],
) -> None:
    allowance, now, given_out = Allowance(burst=10, per_second=2.0), NOON, 0
    for wanted, pause in asks:
        now += pause
        got = allowance.take("x", wanted, now)
        given_out += got
        assert 0 <= got <= wanted
        assert given_out <= 10 + 2.0 * (now - NOON) + 0.001
