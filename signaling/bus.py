"""What the server needs from Redis, in its own words.

A bus carries messages to whichever server a terminal or desk is connected to.
It is a hint, never the truth: what must not be lost is in the database first.
"""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class Letter(msgspec.Struct, frozen=True):
    """One message for one address."""

    to: str
    body: str


class Bus(Protocol):
    """Implementations pass ``tests/signaling/bus_rules.py``."""

    async def publish(self, letter: Letter) -> None:
        """Hand ``letter`` to every listener on every server."""
        ...

    def listen(self) -> AsyncIterator[Letter]:
        """Yield every letter from now on; survives a restart of the engine."""
        ...

    async def first_time(self, name: str, seconds: int) -> bool:
        """Return True for the first call with ``name`` within ``seconds``."""
        ...

    async def count(self, name: str, seconds: int) -> int:
        """Return how often ``name`` was counted, this time included, per window."""
        ...

    async def here(self, group: str, name: str, seconds: float) -> None:
        """Count ``name`` among ``group`` for so long; said again, longer."""
        ...

    async def gone(self, group: str, name: str) -> None:
        """Count ``name`` no longer."""
        ...

    async def who(self, group: str) -> list[str]:
        """Return who is counted among ``group`` now, sorted."""
        ...

    async def keep(self, name: str, value: str, seconds: float) -> None:
        """Keep ``value`` under ``name`` for so long, in the place of another."""
        ...

    async def claim(self, name: str, value: str, seconds: float) -> str:
        """Keep ``value`` if nothing is kept under ``name``; return what is."""
        ...

    async def kept(self, name: str) -> str | None:
        """Return what is kept under ``name``; ``None`` once its time is over."""
        ...

    async def alive(self) -> bool:
        """Return whether the engine answers."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
