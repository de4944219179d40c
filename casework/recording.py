"""The life of a recording, and what is kept about it.

A recording has sources (a camera and its sound), a source has films (a new one
begins when the codec changes), and a film is stored in segments. The row in the
database names everything but the segments; those are in the manifest, which is
sealed like them and whose digest is in the evidence log.
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.machine import following
from protocol.ids import CallId, CaseId
from protocol.states import GapReason
from protocol.states import RecordingState as State


class Step(enum.StrEnum):
    """What can happen to a recording."""

    SOURCES_STORED = "sources-stored"
    NOTHING_READABLE = "nothing-readable"
    TIME_IS_UP = "time-is-up"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.JOURNALED: {
        Step.SOURCES_STORED: State.STORED,
        Step.NOTHING_READABLE: State.LOST,
    },
    State.STORED: {Step.TIME_IS_UP: State.DELETED},
    State.LOST: {Step.TIME_IS_UP: State.DELETED},
    State.DELETED: {},
}


class Gap(msgspec.Struct, frozen=True):
    """Seconds of the session's clock between which nothing was written.

    ``kind`` says of what: ``audio`` or ``video``.
    """

    begins: float
    ends: float
    kind: str
    reason: GapReason


class Film(msgspec.Struct, frozen=True):
    """One file that plays; ``offset`` and ``seconds`` place it in the session."""

    name: str
    media_type: str
    codecs: tuple[str, ...]
    offset: float
    seconds: float
    frames: int
    size: int


class Source(msgspec.Struct, frozen=True):
    """One camera and its sound. ``coverage`` is the written part, in percent."""

    name: str
    coverage: float
    films: tuple[Film, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Deletion(msgspec.Struct, frozen=True):
    """When a recording was deleted, and by which rule: so many days for an item."""

    at: float
    item: str
    days: int


class Recording(msgspec.Struct, frozen=True):
    """All sources of one call. ``began`` is in seconds since 1970, UTC."""

    call: CallId
    case: CaseId
    began: float
    seconds: float
    state: State
    coverage: float = 0.0
    sources: tuple[Source, ...] = ()
    manifest: str = ""
    """The object that holds the manifest; empty if nothing was readable."""
    manifest_sha256: str = ""
    deletion: Deletion | None = None

    @property
    def ended(self) -> float:
        """Return when the session was over, in seconds since 1970."""
        return self.began + self.seconds

    def deleted(self, deletion: Deletion) -> "Recording":
        """Return what is left to know of this recording once its time is up."""
        return msgspec.structs.replace(self.after(Step.TIME_IS_UP), deletion=deletion)

    def after(self, step: Step) -> "Recording":
        """Return this recording as it stands once ``step`` has happened."""
        return msgspec.structs.replace(self, state=following(MOVES, self.state, step))

    def film(self, name: str) -> Film | None:
        """Return the film of that name."""
        films = (film for source in self.sources for film in source.films)
        return next((film for film in films if film.name == name), None)


class Segment(msgspec.Struct, frozen=True):
    """Consecutive bytes of a film, sealed as one object.

    ``offset`` is the first byte's place in the film, ``sha256`` is of the plain
    bytes, and ``begins`` and ``ends`` are seconds of the session's clock.
    """

    key: str
    sha256: str
    size: int
    offset: int
    begins: float
    ends: float


class Manifest(msgspec.Struct, frozen=True):
    """What a recording is made of, so that an auditor can check every byte.

    The segments of a film, one after the other, are the film.
    """

    call: CallId
    case: CaseId
    began: float
    seconds: float
    coverage: float
    sources: tuple[Source, ...]
    segments: Mapping[str, tuple[Segment, ...]]
    """Film name -> its segments, the head first."""
    version: int = 1

    def span(self, film: str, start: int, end: int) -> list[Segment]:
        """Return the segments that hold bytes ``start`` to ``end`` (exclusive)."""
        return [
            one
            for one in self.segments.get(film, ())
            if one.offset < end and start < one.offset + one.size
        ]
