"""How good the line of one leg is, in a word and a reason that people understand."""

from typing import TYPE_CHECKING

import msgspec

from protocol.states import Level
from signaling.media.streams import Mode

if TYPE_CHECKING:
    from signaling.media.leg import Peer


class Quality(msgspec.Struct, frozen=True):
    """A level, and the code of its reason; empty when all is well."""

    level: Level
    reason: str = ""


GOOD = Quality(Level.GOOD)
SILENT = 1.0
"""Seconds without a packet from the peer."""
LOSS_WEAK, LOSS_BAD = 0.03, 0.12
SLOW_ANSWER = 0.5
"""Seconds there and back at which two people begin to interrupt each other."""
BETTER_AFTER = 3.0
"""Seconds that a better line must last before the sign says so."""


class Judge:
    """Looks once a second and says when the verdict changes."""

    def __init__(self) -> None:
        self._said = GOOD
        self._better_since: float | None = None
        self._bytes = 0

    def look(self, leg: "Peer", now: float) -> Quality | None:
        """Return the new verdict, or ``None`` while it stays as it is."""
        found = judge(leg, now)
        if found == self._said:
            self._better_since = None
            return None
        order = list(Level)
        if order.index(found.level) < order.index(self._said.level):
            self._better_since = self._better_since or now
            if now - self._better_since < BETTER_AFTER:
                return None
        self._better_since = None
        self._said = found
        return found


def judge(leg: "Peer", now: float) -> Quality:
    """Return what the line is like now: the worst thing first."""
    sends = [one for one in leg.uplink.streams if one.last_at]
    if sends and all(now - one.last_at > SILENT for one in sends):
        return Quality(Level.BAD, "line-silent")
    modes = {out.mode for out in leg.downlink.outs if out.inbound is not None}
    if modes & {Mode.OFF, Mode.STILLS}:
        reason = "picture-paused" if Mode.LIVE not in modes else "picture-slow"
        return Quality(Level.BAD, reason)
    down = max((out.loss for out in leg.downlink.outs), default=0.0)
    lost = max(leg.feedback.loss_up, leg.downlink.estimate.loss, down)
    if lost > LOSS_BAD:
        return Quality(Level.BAD, "line-loses")
    if leg.downlink.estimate.rate is not None:
        return Quality(Level.WEAK, "line-narrow")
    if lost > LOSS_WEAK:
        return Quality(Level.WEAK, "line-loses")
    if leg.round_trip > SLOW_ANSWER:
        return Quality(Level.WEAK, "line-slow")
    return GOOD
