"""Notices, while a call is on, that one of its streams is not being recorded."""

from collections.abc import Callable

from protocol.ids import CallId
from protocol.states import GapReason, Leg
from signaling.media.control import RecordingGap, RecordingResumed

GAP = 1.0
"""Seconds without anything written that count as a gap of the recording."""

GapNews = RecordingGap | RecordingResumed
Key = tuple[str, str, str]
"""Call, leg and kind of a stream; it outlives the connection that carries it."""


class GapWatch:
    """What each stream last gave, and which of them have a gap now."""

    def __init__(self) -> None:
        self.tell: Callable[[GapNews], None] = _nobody
        """Hears of each gap once when it begins and once when it ends."""
        self._last: dict[Key, float] = {}
        self._open: dict[Key, tuple[GapReason, float]] = {}

    def began(self, key: Key, now: float) -> None:
        """A connection will carry this stream: what does not come is missed."""
        self._last.setdefault(key, now)

    def look(
        self, key: Key, last: float | None, trouble: GapReason | None, now: float
    ) -> tuple[GapReason, float] | None:
        """Note when a stream last gave something; return a gap that just ended.

        ``trouble`` says what else stands in the way, as a full disk does. What
        is returned is the reason, and how many seconds are missing.
        """
        self.gave(key, last)
        silent = now - self._last[key]
        reason = trouble or (GapReason.NOTHING_CAME if silent > GAP else None)
        if reason is not None:
            self._begin(key, reason)
            return None
        return self._end(key)

    def gave(self, key: Key, last: float | None) -> None:
        """Remember when a stream last gave something; for a last time, it may be."""
        if last is not None and key in self._last:
            self._last[key] = max(last, self._last[key])

    def leg_down(self, key: Key, now: float) -> None:
        """The connection of this stream is gone."""
        if now - self._last[key] > GAP:
            self._begin(key, GapReason.LEG_DOWN)

    def forget(self, call: str) -> None:
        """The call is over: nothing is missed any more."""
        for key in [key for key in self._last if key[0] == call]:
            del self._last[key]
            self._open.pop(key, None)

    def streams(self) -> list[Key]:
        """Return every stream of every call that is on."""
        return list(self._last)

    def news(self) -> list[GapNews]:
        """Return the gaps that are open, for somebody who hears of them late."""
        return [_gap(key, reason) for key, (reason, _) in self._open.items()]

    def _begin(self, key: Key, reason: GapReason) -> None:
        before = self._open.get(key)
        if before and before[0] is GapReason.LEG_DOWN:
            return  # the next connection is up, but nothing came on it so far
        since = before[1] if before else self._last[key]
        self._open[key] = reason, since
        if before is None or before[0] is not reason:
            self.tell(_gap(key, reason))

    def _end(self, key: Key) -> tuple[GapReason, float] | None:
        ended = self._open.pop(key, None)
        if ended is None:
            return None
        call, leg, kind = key
        self.tell(RecordingResumed(call=CallId(call), leg=Leg(leg), kind=kind))
        return ended[0], self._last[key] - ended[1]


def _gap(key: Key, reason: GapReason) -> RecordingGap:
    call, leg, kind = key
    return RecordingGap(call=CallId(call), leg=Leg(leg), kind=kind, reason=reason)


def _nobody(_news: GapNews) -> None:
    return
