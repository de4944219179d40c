"""How fast pages may travel beside a call: sound goes first."""

from protocol.states import Leg, Level
from protocol.views import SessionView

LARGEST = {Level.GOOD: 512 * 1024, Level.WEAK: 8 * 1024, Level.BAD: 4 * 1024}
"""Bytes sent in one go. A chunk fills the line while it passes, and what is spoken
waits behind it: 4 KB are 65 ms of a line of 500 kbit/s, 8 KB are 130 ms."""
LARGEST_ORIGINAL = 128 * 1024
"""Of a picture nobody waits for: the next preview is behind one chunk of it at most."""
LEAST_CHUNK = 4 * 1024
FIRST_CHUNK = 256 * 1024
"""On a line nothing is known about."""
SHARE = {Level.GOOD: 1.0, Level.WEAK: 0.5, Level.BAD: 0.1}
"""Of the time, in which chunks may be under way; the rest is the call's alone."""

LEAST_PATIENCE, MOST_PATIENCE = 5.0, 60.0
SLOWER_THAN_USUAL = 4.0
"""Times the usual duration of a chunk after which it is taken for lost."""
FIRST_RATE = 16 * 1024.0
"""Bytes a second that are assumed before anything was measured."""
SMOOTHING = 0.3

_ORDER = (Level.GOOD, Level.WEAK, Level.BAD)


def level_of(session: SessionView) -> Level:
    """Return how good the worse line of the terminal's own legs is."""
    lines = session.call.lines if session.call else {}
    levels = [lines[leg].level for leg in (Leg.APPLICANT, Leg.DOCUMENT) if leg in lines]
    return max(levels, key=_ORDER.index, default=Level.GOOD)


class Pace:
    """Chooses chunk, pause and patience from the call's line and from what passed.

    Reads no clock: times are given, in seconds of one clock.
    """

    def __init__(self) -> None:
        self.level = Level.GOOD
        self._largest = FIRST_CHUNK
        self._rate = FIRST_RATE
        self._took = 0.0
        self._ended = 0.0

    def chunk(self, *, original: bool) -> int:
        """Return how many bytes to send next."""
        most = min(self._largest, LARGEST[self.level])
        return min(most, LARGEST_ORIGINAL) if original else most

    def patience(self, size: int) -> float:
        """Return after how many seconds a chunk of ``size`` bytes is lost."""
        usual = size / self._rate
        return min(MOST_PATIENCE, LEAST_PATIENCE + SLOWER_THAN_USUAL * usual)

    def passed(self, size: int, began: float, ended: float) -> None:
        """A chunk has been answered."""
        self._took, self._ended = ended - began, ended
        rate = size / max(self._took, 0.001)
        self._rate += SMOOTHING * (rate - self._rate)
        if 2 * size >= self._largest:
            self._largest = min(2 * self._largest, LARGEST[Level.GOOD])

    def lost(self, began: float, ended: float) -> None:
        """A chunk has not been answered: send less at once, and wait longer for it."""
        self._took, self._ended = ended - began, ended
        self._largest = max(LEAST_CHUNK, self._largest // 2)
        self._rate = max(256.0, self._rate / 2)

    def rest(self, now: float) -> float:
        """Return for how many seconds the line is the call's alone."""
        pause = self._took / SHARE[self.level] - self._took
        return max(0.0, self._ended + pause - now)
