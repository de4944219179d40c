"""What the server and a media worker say to each other.

One JSON object a line over a unix socket that only this user can open. The
server asks, the worker answers under the same ``id``; the worker also tells, on
its own, when a leg comes up or goes down.
"""

import msgspec

from protocol.ids import CallId
from protocol.states import GapReason, Leg, Level

LONGEST_LINE = 1024 * 1024


class AddLeg(msgspec.Struct, frozen=True, tag="add-leg"):
    """Connect one leg. ``journal_key`` (hex) seals what is recorded of it."""

    id: int
    call: CallId
    leg: Leg
    sdp: str
    journal_key: str


class SetVoice(msgspec.Struct, frozen=True, tag="set-voice"):
    """Who hears ``leg`` from now on. A supervisor is heard by nobody at first."""

    call: CallId
    leg: Leg
    to: list[Leg]


class DropLeg(msgspec.Struct, frozen=True, tag="drop-leg"):
    """Close one leg of a call: who was there may no longer be."""

    call: CallId
    leg: Leg


class EndCall(msgspec.Struct, frozen=True, tag="end-call"):
    """Close all legs of a call and its journal."""

    call: CallId


class LegAnswer(msgspec.Struct, frozen=True, tag="leg-answer"):
    """The SDP answer to ``AddLeg``."""

    id: int
    sdp: str


class LegRefused(msgspec.Struct, frozen=True, tag="leg-refused"):
    """The offer cannot be used; ``code`` is a key of ``texts.json``."""

    id: int
    code: str


class RecordingGap(msgspec.Struct, frozen=True, tag="recording-gap"):
    """A stream is not being recorded; ``kind`` is ``audio`` or ``video``."""

    call: CallId
    leg: Leg
    kind: str
    reason: GapReason


class RecordingResumed(msgspec.Struct, frozen=True, tag="recording-resumed"):
    """The stream is being recorded again."""

    call: CallId
    leg: Leg
    kind: str


class LegUp(msgspec.Struct, frozen=True, tag="leg-up"):
    """Media can flow on this leg."""

    call: CallId
    leg: Leg


class LegDown(msgspec.Struct, frozen=True, tag="leg-down"):
    """The leg is gone; ``why`` is for logs."""

    call: CallId
    leg: Leg
    why: str


class LegQuality(msgspec.Struct, frozen=True, tag="leg-quality"):
    """How good the line of a leg is: a level and the code of its reason."""

    call: CallId
    leg: Leg
    level: Level
    reason: str


class WorkerHello(msgspec.Struct, frozen=True, tag="worker-hello"):
    """The first line to a server: which calls this worker holds."""

    calls: list[CallId]


class WorkerLoad(msgspec.Struct, frozen=True, tag="worker-load"):
    """Told every second: what the worker holds, and how busy it was."""

    calls: list[CallId]
    legs: int
    packets_per_second: float
    lag_ms: float
    """How late the event loop ran; 99 of 100 measurements were better."""
    drops: int
    """Datagrams that the full socket lost since the worker began."""


ToWorker = AddLeg | SetVoice | DropLeg | EndCall
FromWorker = (
    LegAnswer
    | LegRefused
    | LegUp
    | LegDown
    | LegQuality
    | RecordingGap
    | RecordingResumed
    | WorkerHello
    | WorkerLoad
)
