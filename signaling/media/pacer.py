"""Holds video back so that sound passes first on a line that is full."""

import collections
from typing import Generic, TypeVar

T = TypeVar("T")

AHEAD = 1.15
"""How much faster than the estimate a queue is emptied."""
BURST = 0.01
"""Seconds' worth that may leave at once."""


class Pacer(Generic[T]):
    """A queue of packets that leave no faster than the line carries them."""

    def __init__(self) -> None:
        self._queue: collections.deque[tuple[T, int]] = collections.deque()
        self._bytes = 0
        self._budget = 0.0
        self._filled_at = 0.0
        self.rate: float | None = None
        """Bits per second; ``None`` while the line shows no limit."""

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, what: T, size: int, longest: float) -> bool:
        """Queue a packet of ``size`` bytes; false if it would wait over ``longest``."""
        if self.rate and (self._bytes + size) * 8 / self.rate > longest:
            return False
        self._queue.append((what, size))
        self._bytes += size
        return True

    def clear(self) -> None:
        """Forget everything that waits."""
        self._queue.clear()
        self._bytes = 0

    def spend(self, size: int) -> None:
        """Count what was sent past the queue: sound, and packets sent again."""
        self._budget -= size

    def take(self, now: float) -> list[T]:
        """Return what may be sent now, in order."""
        if self.rate is None:
            due = [what for what, _ in self._queue]
            self.clear()
            return due
        fill = AHEAD * self.rate / 8
        most = max(fill * BURST, 1500.0)
        passed = max(0.0, now - self._filled_at)
        self._budget = min(most, self._budget + fill * passed)
        self._filled_at = now
        due = []
        while self._queue and self._budget > 0:
            what, size = self._queue.popleft()
            self._bytes -= size
            self._budget -= size
            due.append(what)
        return due
