"""What happened in a session besides its films, on one clock: the server's."""

import unicodedata
from collections.abc import Mapping

import msgspec

from casework.allowance import Allowance
from casework.errors import ChatTooFast
from casework.ports import Clock
from casework.session_ports import SessionEvent, SessionEventStore
from protocol.ids import CallId, StepId
from protocol.messages import (
    SendChat,
)
from protocol.parts import Point, ScreenMark
from protocol.states import EventKind, Leg, Phrase
from protocol.views import ChatLine

LINES_SHOWN = 20
"""Lines of the chat in the view; the recording has all of them."""


class Timeline:
    """Notes what happens; the films and the evidence log are the rest of it."""

    def __init__(self, store: SessionEventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # A hand touches a screen about once a second, and writes a line in five.
        self._marks = Allowance(burst=60, per_second=4.0)
        self._lines = Allowance(burst=15, per_second=0.5)

    def now(self) -> float:
        """Return seconds since 1970, UTC: the clock of the timeline."""
        return self._clock.now()

    async def note(
        self,
        call: CallId,
        kind: EventKind,
        by: str,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """Keep that something happened just now; ``facts`` may be personal."""
        event = SessionEvent(at=self.now(), kind=kind, by=by, facts=facts or {})
        await self._store.add(call, [event])

    async def note_screen(
        self, call: CallId, by: str, marks: list[ScreenMark], step: StepId
    ) -> None:
        """Keep what a terminal's screen showed; too much of it is counted only."""
        now = self.now()
        allowed = self._marks.take(call, len(marks), now)
        events = [
            SessionEvent(
                at=now - mark.ago,
                kind=EventKind(mark.kind.value),
                by=by,
                facts={"name": mark.name},
            )
            for mark in marks[:allowed]
        ]
        if allowed < len(marks):
            dropped = {"count": str(len(marks) - allowed)}
            kind = EventKind.MARKS_DROPPED
            events.append(SessionEvent(at=now, kind=kind, by=by, facts=dropped))
        await self._store.add(call, events, step)

    async def note_signature(
        self,
        call: CallId,
        strokes: list[list[Point]],
        began_ago: float,
        step: StepId,
    ) -> None:
        """Keep how the name was written: strokes with their times."""
        lasted = max((point.t for stroke in strokes for point in stroke), default=0.0)
        event = SessionEvent(
            at=self.now() - max(began_ago, lasted / 1000),
            kind=EventKind.SIGNATURE,
            by=Leg.APPLICANT,
            facts={"strokes": msgspec.json.encode(strokes).decode()},
        )
        await self._store.add(call, [event], StepId(f"{step} strokes"))

    async def say(self, call: CallId, by: Leg, said: SendChat) -> None:
        """Keep one line of the chat.

        Raises:
            ChatTooFast: more lines than a person writes.
            AlreadyDone: this very line has been kept before.
        """
        if not self._lines.take(f"{call} {by}", 1, self.now()):
            raise ChatTooFast(by)
        text = harmless(said.text)
        facts = {"phrase": said.phrase.value} if said.phrase else {"text": text}
        event = SessionEvent(at=self.now(), kind=EventKind.CHAT, by=by, facts=facts)
        await self._store.add(call, [event], said.step)

    async def chat(self, call: CallId) -> list[ChatLine]:
        """Return the last lines of the chat, oldest first."""
        events = await self._store.latest(call, EventKind.CHAT, LINES_SHOWN)
        return [_line(event) for event in events]

    async def events(self, call: CallId) -> list[SessionEvent]:
        """Return everything that was noted, in order of time."""
        return await self._store.of_call(call)


def harmless(text: str) -> str:
    """Return ``text`` without what only commands a screen.

    Control characters, and those that turn the direction of the text around
    them; line breaks stay.
    """
    kept = (
        one
        for one in text
        if one == "\n" or unicodedata.category(one) not in {"Cc", "Cs"}
    )
    return "".join(one for one in kept if unicodedata.bidirectional(one) not in TURNS)


TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Classes of characters that change the direction of others (Unicode UAX #9)."""


def _line(event: SessionEvent) -> ChatLine:
    phrase = event.facts.get("phrase")
    return ChatLine(
        at=event.at,
        by=Leg(event.by),
        text=event.facts.get("text", ""),
        phrase=Phrase(phrase) if phrase else None,
    )
