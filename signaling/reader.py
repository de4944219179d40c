"""Reads and binds pages in a process of its own, so that calls never wait for it."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from casework.items import FieldSpec
from signaling.one_child import OneChild
from signaling.readings import Leaf, Read, ReadingFailed, SealRead

SECONDS = 60.0
"""A page takes three; whoever waits longer waits for nothing."""
MEMORY = 3 * 1024 * 1024 * 1024
"""Bytes of data: networks and a page need a third of it."""
POLITE = 10
"""Niceness: pictures and sound of the calls go first."""

T = TypeVar("T")


class PageReader:
    """One child process that holds the networks; made when it is first needed."""

    def __init__(self) -> None:
        self._child = OneChild(_be_modest)

    async def read(self, jpeg: bytes, fields: Sequence[FieldSpec]) -> Read:
        """Return what is on a page; raises ``ReadingFailed``."""
        return await self._ask(_read, jpeg, list(fields))

    async def seal(self, jpeg: bytes) -> SealRead:
        """Return the company's seal on a page; raises ``ReadingFailed``."""
        return await self._ask(_seal, jpeg)

    async def bind(self, leaves: Sequence[Leaf], title: str) -> bytes:
        """Return a PDF/A-2b of the pages in order; raises ``ReadingFailed``."""
        return await self._ask(_bind, list(leaves), title, time.time())

    def close(self) -> None:
        """End the child, whatever it does."""
        self._child.close()

    async def _ask(self, work: Callable[..., T], *about: object) -> T:
        try:
            return await self._child.ask(SECONDS, work, *about)
        except (
            BrokenProcessPool,
            TimeoutError,
            ValueError,
            OSError,
            MemoryError,
        ) as error:
            raise ReadingFailed(type(error).__name__) from error


def _be_modest() -> None:
    os.nice(POLITE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(jpeg: bytes, fields: list[FieldSpec]) -> Read:
    from signaling import reading_child  # noqa: PLC0415  # only the child loads it

    return reading_child.read(jpeg, fields)


def _seal(jpeg: bytes) -> SealRead:
    from signaling import reading_child  # noqa: PLC0415  # only the child loads it

    return reading_child.seal(jpeg)


def _bind(leaves: list[Leaf], title: str, made: float) -> bytes:
    from signaling import reading_child  # noqa: PLC0415  # only the child loads it

    return reading_child.bind(leaves, title, made)
