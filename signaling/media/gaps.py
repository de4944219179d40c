"""What is missing of a source, why, and how much of it there is.

A gap is more than a second without a packet. The worker attests why while it
happens; where it could not, because it was gone itself, the journal files tell:
one that ends without its mark was left by a worker that was lost.
"""

import enum

import msgspec

from casework.recording import Gap
from protocol.states import GapReason
from signaling.media.gap_watch import GAP


class _End(enum.Enum):
    """How the latest journal of a stream ended."""

    OPEN = enum.auto()
    MARKED = enum.auto()


class StreamGaps:
    """The gaps of one kind of media of one source; times are since 1970."""

    def __init__(self, kind: str, opened: float, journal: int) -> None:
        """``opened``: when its first connection was made, written to ``journal``."""
        self.opened = opened
        self.found: list[Gap] = []
        self._kind = kind
        self._last = opened
        self._journal = journal
        self._end = _End.OPEN
        self._closed = opened

    def heard(self, at: float, journal: int) -> None:
        """A packet came at ``at``; ``journal`` counts the files of this stream."""
        if at - self._last > GAP:
            self.found.append(Gap(self._last, at, self._kind, self._why(journal)))
        if journal != self._journal:
            self._journal, self._end = journal, _End.OPEN
        self._last = max(self._last, at)

    def attested(self, at: float, seconds: float, reason: GapReason) -> None:
        """The worker says why something is missing in the ``seconds`` up to ``at``."""
        for place, gap in enumerate(self.found):
            if gap.ends > at - seconds - GAP and gap.begins < at:
                self.found[place] = msgspec.structs.replace(gap, reason=reason)

    def closed(self, at: float) -> None:
        """The worker closed the file: its connection is gone, or the call over."""
        self._end, self._closed = _End.MARKED, at

    def over(self, at: float) -> None:
        """The call ended at ``at``."""
        if at - self._last <= GAP:
            return
        silent = self._end is _End.MARKED and at - self._closed <= GAP
        why = GapReason.NOTHING_CAME if silent else self._why(-1)
        self.found.append(Gap(self._last, at, self._kind, why))

    def _why(self, journal: int) -> GapReason:
        if journal == self._journal:
            return GapReason.NOTHING_CAME
        marked = self._end is _End.MARKED
        return GapReason.LEG_DOWN if marked else GapReason.WORKER_LOST


def missing_seconds(gaps: list[Gap]) -> float:
    """Return for how long at least one kind of media was missing."""
    missing, until = 0.0, 0.0
    for gap in sorted(gaps, key=lambda one: one.begins):
        missing += max(0.0, gap.ends - max(gap.begins, until))
        until = max(until, gap.ends)
    return missing
