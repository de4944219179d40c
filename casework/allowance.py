"""How much somebody may do in a while: a bucket that fills again by itself."""

import collections

MOST = 4096
"""Buckets kept; beyond, whoever was longest not heard of begins anew."""


class Allowance:
    """One bucket of ``burst`` for everybody, filled at ``per_second``."""

    def __init__(self, *, burst: float, per_second: float) -> None:
        self._burst = burst
        self._rate = per_second
        self._left: collections.OrderedDict[str, tuple[float, float]] = (
            collections.OrderedDict()
        )

    def __len__(self) -> int:
        return len(self._left)

    def take(self, who: str, wanted: int, now: float) -> int:
        """Return how many of ``wanted`` are allowed, and count them as used."""
        left, since = self._left.get(who, (self._burst, now))
        left = min(self._burst, left + max(0.0, now - since) * self._rate)
        allowed = min(wanted, int(left))
        self._left[who] = left - allowed, now
        self._left.move_to_end(who)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return allowed
