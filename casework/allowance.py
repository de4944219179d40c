"""How much somebody may do in a while: a bucket that fills again by itself."""

FORGET_ABOVE = 1000
"""Buckets kept; full ones are forgotten, they are as good as new."""


class Allowance:
    """One bucket of ``burst`` for everybody, filled at ``per_second``."""

    def __init__(self, *, burst: float, per_second: float) -> None:
        self._burst = burst
        self._rate = per_second
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str, wanted: int, now: float) -> int:
        """Return how many of ``wanted`` are allowed, and count them as used."""
        left = self._now_left(who, now)
        allowed = min(wanted, int(left))
        self._left[who] = left - allowed, now
        if len(self._left) > FORGET_ABOVE:
            self._forget(now)
        return allowed

    def _now_left(self, who: str, now: float) -> float:
        left, since = self._left.get(who, (self._burst, now))
        return min(self._burst, left + max(0.0, now - since) * self._rate)

    def _forget(self, now: float) -> None:
        full = [who for who in self._left if self._now_left(who, now) >= self._burst]
        for who in full:
            del self._left[who]
