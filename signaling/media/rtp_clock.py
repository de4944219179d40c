"""Places RTP time on our clock, so that sound and picture stay together.

A run is packets of one SSRC whose RTP clock went on evenly. Sender reports tie
its RTP clock to the sender's own clock, and the least delay of any packet of the
connection ties that clock to ours: one figure for sound and picture, so the line
cannot pull them apart. Until a run's first report, its own least delay decides.
Both ties are followed slowly, because crystals differ: a sound card that is
100 ppm off would be a third of a second early after an hour.
"""

import collections
import statistics

CLOCKS = {"audio": 48_000, "video": 90_000}
NTP_TO_UNIX = 2_208_988_800
PAUSE = 1.0
"""Seconds that an RTP clock may differ from the time that passed, in one step."""
APART = 1.0
"""Seconds that sound and picture may differ in delay; reports that say more lie."""
WINDOW = 60
"""Seconds over which the least delay is looked for."""
REPORTS = 5
SLEW = 0.005
"""Most that the mapping may move, in seconds per second: nobody hears it."""
JUMP = 0.25
"""A mapping that is further off than this was wrong from the start."""


class LeastDelay:
    """The smallest of the values of the last ``WINDOW`` seconds."""

    def __init__(self) -> None:
        self._seconds: collections.deque[tuple[int, float]] = collections.deque()

    def note(self, at: float, value: float) -> None:
        """Take a value that was seen at ``at``."""
        second = int(at)
        if self._seconds and self._seconds[-1][0] >= second:
            last, least = self._seconds[-1]
            self._seconds[-1] = last, min(least, value)
            return
        self._seconds.append((second, value))
        while self._seconds[0][0] < second - WINDOW:
            self._seconds.popleft()

    def least(self) -> float | None:
        """Return the smallest, or ``None`` if nothing was seen."""
        return min((value for _, value in self._seconds), default=None)


class Run:
    """Packets whose RTP clock went on evenly, and where that clock stands."""

    def __init__(self, clock: int, delays: LeastDelay) -> None:
        """``delays`` is shared by all runs of a connection."""
        self.clock = clock
        self._delays = delays
        self._arrivals = LeastDelay()
        self._reports: collections.deque[float] = collections.deque(maxlen=REPORTS)
        self._sender: float | None = None
        self._shift: float | None = None
        self._moved_at = 0.0
        self.last = (0.0, 0)
        """When the latest packet came, and its RTP time."""

    def arrived(self, at: float, stamp: int) -> None:
        """Note a packet."""
        self.last = at, stamp
        delay = at - stamp / self.clock
        self._arrivals.note(at, delay)
        if self._sender is not None:
            self._delays.note(at, delay - self._sender)

    def goes_on(self, at: float, stamp: int) -> bool:
        """Whether the RTP clock neither stood still nor leapt before this packet."""
        waited = at - self.last[0]
        return abs(waited - (stamp - self.last[1]) / self.clock) <= PAUSE

    def reported(self, at: float, ntp: int, stamp: int) -> None:
        """Note a sender report; ``stamp`` is unwrapped."""
        first = self._sender is None
        seconds = ntp / 2**32 - NTP_TO_UNIX
        self._reports.append(seconds - stamp / self.clock)
        self._sender = statistics.median(self._reports)
        arrived = self._arrivals.least()
        if first and arrived is not None:
            self._delays.note(at, arrived - self._sender)

    def place(self, stamp: int) -> float:
        """Return when ``stamp`` was, on our clock. Ask in order."""
        now = stamp / self.clock
        wanted = self._wanted()
        if self._shift is None or abs(wanted - self._shift) > JUMP:
            self._shift = wanted
        else:
            most = SLEW * max(0.0, now - self._moved_at)
            self._shift += max(-most, min(most, wanted - self._shift))
        self._moved_at = now
        return now + self._shift

    def _wanted(self) -> float:
        arrival, delay = self._arrivals.least() or 0.0, self._delays.least()
        if self._sender is None or delay is None:
            return arrival
        wanted = self._sender + delay
        return wanted if abs(wanted - arrival) <= APART else arrival
