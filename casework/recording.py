"""The life of a recording, and what is kept about it."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from protocol.ids import CallId, CaseId
from protocol.states import RecordingState as State


class Step(enum.StrEnum):
    """What can happen to a recording."""

    SOURCES_STORED = "sources-stored"
    NOTHING_READABLE = "nothing-readable"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.JOURNALED: {
        Step.SOURCES_STORED: State.STORED,
        Step.NOTHING_READABLE: State.LOST,
    },
    State.STORED: {},
    State.LOST: {},
}


class Gap(msgspec.Struct, frozen=True):
    """Seconds from the session's start between which nothing was written."""

    begins: float
    ends: float


class Source(msgspec.Struct, frozen=True):
    """One camera and its sound, as one WebM file.

    ``offset`` and ``seconds`` place it on the session's clock.
    """

    name: str
    key: str
    sha256: str
    size: int
    offset: float
    seconds: float
    frames: int
    gaps: tuple[Gap, ...] = ()


class Recording(msgspec.Struct, frozen=True):
    """All sources of one call. ``began`` is in seconds since 1970, UTC."""

    call: CallId
    case: CaseId
    began: float
    seconds: float
    state: State
    sources: tuple[Source, ...] = ()

    def after(self, earlier: "Recording") -> "Recording":
        """Return this recording together with an earlier part of the same call."""
        began = min(self.began, earlier.began)
        ended = max(self.began + self.seconds, earlier.began + earlier.seconds)
        known = {one.key for one in self.sources}
        sources = [
            msgspec.structs.replace(one, offset=one.offset + part.began - began)
            for part in (earlier, self)
            for one in part.sources
            if part is self or one.key not in known
        ]
        state = State.STORED if sources else State.LOST
        return msgspec.structs.replace(
            self,
            began=began,
            seconds=ended - began,
            state=state,
            sources=tuple(sources),
        )
