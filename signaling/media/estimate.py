"""How much the line to one peer carries, from when our packets reached it.

Nothing is limited until the line shows that it is full: packets that arrive
later and later (a queue fills), or more than ``LOSSY`` of them lost. From then on
``rate`` follows what arrives, and grows again while the line stays calm.

Source: draft-ietf-rmcat-gcc-02, sections 5 (delay) and 6 (loss).
"""

import collections
import enum

BURST = 0.005
"""Seconds: packets sent within one burst are one sample (section 5.2)."""
WINDOW = 20
"""Samples that a trend is drawn through."""
SMOOTHING = 0.9
GAIN = 4.0
MOST_SAMPLES = 60
OVERUSE_FOR = 10.0
"""Milliseconds above the threshold before the line counts as full."""
LEAST_THRESHOLD, MOST_THRESHOLD = 6.0, 600.0
FALL, RISE = 0.039, 0.0087
"""How fast the threshold follows the trend, per millisecond (section 5.4)."""
QUEUED = 25.0
"""Milliseconds by which the last ``STEADY`` bursts must all be late: a machine
that stalls once delays some packets too, but the next ones are in time."""
STEADY = 5
MEMORY = 200
BACK_OFF = 0.9
LASTS = 0.25
"""Seconds that a full line must last: a machine without CPU recovers sooner."""
FORGOTTEN = 0.5
SAME_ALARM = 0.6
"""Seconds in which further signs of a full line say the same thing again."""
GROWTH = 1.08
"""Growth per second while far from where the line was last full."""
NEAR_GROWTH = 0.04
"""Growth per second near it."""
LOSSY = 0.10
LEAST_RATE = 40_000.0
CLEAR = 0.02
"""Share of loss below which a back-off stops at ``Estimate.comfort``, unless the
queue holds ``DEEP``: a busy machine looks like a full line, for a moment."""
DEEP = 250.0
"""Milliseconds."""
QUICK_GROWTH = 0.25
"""Growth per second below ``Estimate.comfort``, where nothing could be seen."""
CALM_FOR = 10.0
"""Seconds in which less was sent than allowed, without a sign of a full line."""
RATE_WINDOW = 0.5
LOSS_WINDOW = 1.0


class Line(enum.Enum):
    """What the trend of the delays says."""

    CALM = "calm"
    FULL = "full"
    DRAINING = "draining"


class Trend:
    """Whether packets take longer and longer: a line through their delays."""

    def __init__(self) -> None:
        self._points: collections.deque[tuple[float, float]] = collections.deque(
            maxlen=WINDOW
        )
        self._delays: collections.deque[float] = collections.deque(maxlen=MEMORY)
        self._total = self._smooth = self._slope = 0.0
        self._samples = 0
        self._threshold = 12.5
        self._over_for = 0.0
        self.line = Line.CALM

    def add(self, delay: float, arrived: float, sent_gap: float) -> None:
        """Take how much later than its predecessor a burst came, in milliseconds."""
        self._samples = min(self._samples + 1, MOST_SAMPLES)
        self._total += delay
        self._delays.append(self._total)
        self._smooth = SMOOTHING * self._smooth + (1 - SMOOTHING) * self._total
        self._points.append((arrived, self._smooth))
        if len(self._points) == WINDOW:
            self._judge(_slope(self._points), sent_gap)

    def queue(self) -> float:
        """Return by how many milliseconds even the quickest of the last was late."""
        if not self._delays:
            return 0.0
        last = [self._delays[-1 - i] for i in range(min(STEADY, len(self._delays)))]
        return min(last) - min(self._delays)

    def _judge(self, slope: float, gap: float) -> None:
        trend = self._samples * slope * GAIN
        if trend > self._threshold:
            self._over_for += gap
            rising = self._over_for > OVERUSE_FOR and slope >= self._slope
            if rising and self.queue() > QUEUED:
                self._over_for = 0.0
                self.line = Line.FULL
        else:
            self._over_for = 0.0
            self.line = Line.DRAINING if trend < -self._threshold else Line.CALM
        self._slope = slope
        distance = abs(trend) - self._threshold
        if distance < 15.0:
            follow = RISE if distance > 0 else FALL
            moved = self._threshold + follow * distance * min(gap, 100.0)
            self._threshold = min(max(moved, LEAST_THRESHOLD), MOST_THRESHOLD)


def _slope(points: "collections.deque[tuple[float, float]]") -> float:
    """Return the slope of the least-squares line."""
    count = len(points)
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    above = sum((x - x_mean) * (y - y_mean) for x, y in points)
    below = sum((x - x_mean) ** 2 for x, _ in points)
    return above / below if below else 0.0


class Bursts:
    """Turns single arrivals into delay differences between bursts."""

    def __init__(self, trend: Trend) -> None:
        self._trend = trend
        self._now: list[float] | None = None
        self._before: tuple[float, float] | None = None

    def add(self, sent: float, arrived: float) -> None:
        """Take one packet; seconds on our clock and on the peer's."""
        if self._now is None or sent - self._now[0] > BURST:
            self._close()
            self._now = [sent, sent, arrived]
        elif sent >= self._now[0]:
            self._now[1] = max(self._now[1], sent)
            self._now[2] = max(self._now[2], arrived)

    def _close(self) -> None:
        if self._now is None:
            return
        _, sent, arrived = self._now
        if self._before is not None:
            sent_gap = (sent - self._before[0]) * 1000
            delay = (arrived - self._before[1]) * 1000 - sent_gap
            if abs(delay) < 3000:
                self._trend.add(delay, arrived * 1000, sent_gap)
        self._before = sent, arrived


class Estimate:
    """What may be sent to one peer. ``rate`` is in bits per second."""

    def __init__(self) -> None:
        self.rate: float | None = None
        """``None`` until the line has shown a limit."""
        self.arriving = 0.0
        """Bits per second that reach the peer, over ``RATE_WINDOW``."""
        self.comfort = LEAST_RATE
        """Bits per second that everything needs to be of use at all."""
        self.loss = 0.0
        """Share lost of what was sent lately, 0 to 1."""
        self._trend = Trend()
        self._bursts = Bursts(self._trend)
        self._arrived: collections.deque[tuple[float, int]] = collections.deque()
        self._bytes = 0
        self._counted_since = 0.0
        self._heard = False
        self._sent = self._lost = 0
        self._full_at: float | None = None
        self._alarm_at = self._full_since = self._full_last = 0.0
        self._peaks: collections.deque[tuple[float, float]] = collections.deque()
        self._grew_at = self._calm_since = 0.0

    def hear(self, packets: list[tuple[float, float | None, int]], now: float) -> None:
        """Take one report: (sent, arrived or ``None``, bytes) per packet."""
        for sent, arrived, size in packets:
            if arrived is None:
                # Before the first one arrives the peer is not listening yet.
                self._sent += self._heard
                self._lost += self._heard
                continue
            self._heard = True
            self._sent += 1
            self._bursts.add(sent, arrived)
            self._arrived.append((arrived, size))
            self._bytes += size
        self._measure()
        lossy = self._lossy(now)
        if self._trend.line is Line.FULL and self.arriving:
            if self._lasts(now) and now - self._alarm_at > SAME_ALARM:
                self._alarm_at = now
                self._back_off(BACK_OFF * self._carried(), now)
        elif lossy and self.arriving:
            base = self.arriving if self.rate is None else self.rate
            self._back_off(base * (1 - 0.5 * self.loss), now)
        elif self.rate is not None and self._trend.line is Line.CALM:
            self._grow(now)

    def _lasts(self, now: float) -> bool:
        """Whether the line has been full for a while, with no pause in between."""
        if now - self._full_last > FORGOTTEN:
            self._full_since = now
        self._full_last = now
        return now - self._full_since >= LASTS

    def _measure(self) -> None:
        if not self._arrived:
            return
        newest = self._arrived[-1][0]
        while self._arrived[0][0] < newest - RATE_WINDOW:
            self._bytes -= self._arrived.popleft()[1]
        span = newest - self._arrived[0][0]
        if span > RATE_WINDOW / 3:
            self.arriving = self._bytes * 8 / span
            self._peaks.append((newest, self.arriving))
        while self._peaks and self._peaks[0][0] < newest - 2 * RATE_WINDOW:
            self._peaks.popleft()

    def _carried(self) -> float:
        """Return the most that arrived lately: a line with a queue is at its limit."""
        return max((rate for _, rate in self._peaks), default=self.arriving)

    def _lossy(self, now: float) -> bool:
        """Whether the window that just ended lost too much."""
        if now - self._counted_since < LOSS_WINDOW or self._sent < WINDOW:
            return False
        # Half of the window before: five in a hundred are ten by chance, but not twice.
        self.loss = (self.loss + self._lost / self._sent) / 2
        self._sent = self._lost = 0
        self._counted_since = now
        return self.loss > LOSSY

    def _back_off(self, rate: float, now: float) -> None:
        self._grew_at = self._calm_since = now
        self._full_at = self._carried()
        doubtful = self.loss < CLEAR and self._trend.queue() < DEEP
        least = self.comfort if doubtful else LEAST_RATE
        self.rate = max(least, min(rate, self.rate or rate))

    def _grow(self, now: float) -> None:
        assert self.rate is not None, "limited"
        passed = min(1.0, now - self._grew_at)
        self._grew_at = now
        if self.arriving > 0.7 * self.rate:
            self._calm_since = now
        elif now - self._calm_since > CALM_FOR:
            self.rate = self._full_at = None
            return
        near = self._full_at is not None and 0.85 < self.rate / self._full_at < 1.3
        if self.rate < self.comfort:
            self.rate = min(self.comfort, self.rate * (1 + QUICK_GROWTH * passed))
            return
        by = NEAR_GROWTH if near else GROWTH - 1
        grown = self.rate * (1 + by * passed)
        ceiling = max(self.rate, 1.5 * self._carried() + 10_000)
        self.rate = min(grown, ceiling)
