"""Work that is rung for: done soon, and once, however often it was asked for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Bell:
    """Whoever rings goes on at once; whoever answers does the work."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Have the work done, soon."""
        self._rung.set()

    async def answer(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` when it was rung for, until cancelled, whatever goes wrong."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                await work()
            except Exception:
                log.exception("rung for, and not done")
