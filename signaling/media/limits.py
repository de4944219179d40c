"""How much one host may ask of the worker."""

import collections

EACH = 200.0
"""Checks per second of one host: a hundred terminals behind one NAT need 80."""
MOST_HOSTS = 4096


class Allowance:
    """A bucket that fills with time and empties with use."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._left = 2 * rate
        self._at = now

    def use(self, now: float) -> bool:
        """Take one; false when nothing is left."""
        self._left = min(2 * self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Hosts:
    """Allowances by host; the longest unheard are forgotten."""

    def __init__(self) -> None:
        self._hosts: collections.OrderedDict[str, Allowance] = collections.OrderedDict()

    def may_ask(self, host: str, now: float) -> bool:
        """Whether something of ``host`` is verified, which costs time."""
        found = self._hosts.get(host)
        if found is None:
            found = self._hosts[host] = Allowance(EACH, now)
            if len(self._hosts) > MOST_HOSTS:
                self._hosts.popitem(last=False)
        self._hosts.move_to_end(host)
        return found.use(now)
