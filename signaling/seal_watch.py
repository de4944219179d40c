"""Runs the queue of time stamps, and warns before a key of the office ends."""

import asyncio
import datetime as dt
import logging
from typing import Protocol

from casework.ports import Clock
from casework.stamps import Stamps

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks at the queue."""
A_DAY = 24 * 3600.0
WARNING_DAYS = 30
"""How long before a key ends somebody has to know: time to get a new certificate."""


class Keys(Protocol):
    """Keys that end some day."""

    def ends(self) -> dict[str, dt.datetime]:
        """Return until when each of them can be used."""
        ...


class Watch:
    """Looks after what is signed already, and after what signs."""

    def __init__(self, keys: Keys, stamps: Stamps, clock: Clock) -> None:
        self._keys = keys
        self._stamps = stamps
        self._clock = clock
        self._warned = 0.0

    async def run(self) -> None:
        """Look once a minute until cancelled; a round that fails is tried again."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception:
                log.exception("time stamps not looked after")

    async def look(self) -> None:
        """Stamp what is due; once a day, warn of keys that end soon."""
        if done := await self._stamps.sweep():
            log.info("papers stamped", extra={"papers": done})
        now = self._clock.now()
        if now - self._warned >= A_DAY:
            self._warned = now
            self.warn(now)

    def warn(self, now: float) -> None:
        """Log each key that ends within ``WARNING_DAYS``, and how many are left."""
        for name, end in self._keys.ends().items():
            left = (end - dt.datetime.fromtimestamp(now, dt.UTC)).days
            if left < WARNING_DAYS:
                log.warning("key ends soon", extra={"key": name, "days": left})
