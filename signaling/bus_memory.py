"""A bus inside one process: for tests, and the reference for the real one."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from signaling.bus import Letter


class MemoryBus:
    """A ``Bus`` for one process. Time is passed in."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._listeners: list[asyncio.Queue[Letter]] = []
        self._groups: dict[str, dict[str, float]] = {}
        self._seen: dict[str, tuple[int, float]] = {}
        self._kept: dict[str, tuple[str, float]] = {}

    async def publish(self, letter: Letter) -> None:
        for queue in self._listeners:
            queue.put_nowait(letter)

    async def listen(self) -> AsyncIterator[Letter]:
        queue: asyncio.Queue[Letter] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(queue)

    async def first_time(self, name: str, seconds: int) -> bool:
        return await self.count(f"once {name}", seconds) == 1

    async def count(self, name: str, seconds: int) -> int:
        times, until = self._seen.get(name, (0, 0.0))
        now = self._clock()
        if until <= now:
            times, until = 0, now + seconds
        self._seen[name] = times + 1, until
        return times + 1

    async def here(self, group: str, name: str, seconds: float) -> None:
        self._groups.setdefault(group, {})[name] = self._clock() + seconds

    async def gone(self, group: str, name: str) -> None:
        self._groups.get(group, {}).pop(name, None)

    async def who(self, group: str) -> list[str]:
        now, found = self._clock(), self._groups.get(group, {})
        return sorted(name for name, until in found.items() if until > now)

    async def keep(self, name: str, value: str, seconds: float) -> None:
        self._kept[name] = value, self._clock() + seconds

    async def claim(self, name: str, value: str, seconds: float) -> str:
        found = await self.kept(name)
        if found is None:
            await self.keep(name, value, seconds)
        return value if found is None else found

    async def kept(self, name: str) -> str | None:
        value, until = self._kept.get(name, ("", 0.0))
        if until <= self._clock():
            self._kept.pop(name, None)
            return None
        return value

    async def alive(self) -> bool:
        return True

    async def close(self) -> None:
        self._listeners.clear()
