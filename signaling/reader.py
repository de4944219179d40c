"""Reads and binds pages in a process of its own, so that calls never wait for it."""

import asyncio
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from casework.items import FieldSpec
from signaling.embedded import die_with_parent
from signaling.readings import Leaf, Read, ReadingFailed

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
        self._pool: ProcessPoolExecutor | None = None

    async def read(self, jpeg: bytes, fields: Sequence[FieldSpec]) -> Read:
        """Return what is on a page; raises ``ReadingFailed``."""
        return await self._ask(_read, jpeg, list(fields))

    async def bind(self, leaves: Sequence[Leaf], title: str) -> bytes:
        """Return a PDF/A-2b of the pages in order; raises ``ReadingFailed``."""
        return await self._ask(_bind, list(leaves), title, time.time())

    def close(self) -> None:
        """End the child, whatever it does."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for child in list((pool._processes or {}).values()):
                child.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, work: Callable[..., T], *about: object) -> T:
        if self._pool is None:
            # Not a fork of the server: that has threads, sockets and keys.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, context, initializer=_be_modest)
        pool = self._pool
        try:
            answer = asyncio.wrap_future(pool.submit(work, *about))
            # Who gave up must not cancel it: a pool that breaks trips over that.
            answer.add_done_callback(_heard)
            return await asyncio.wait_for(asyncio.shield(answer), SECONDS)
        except (BrokenProcessPool, TimeoutError) as error:
            if self._pool is pool:
                self.close()
            raise ReadingFailed(type(error).__name__) from error
        except (ValueError, OSError, MemoryError) as error:
            raise ReadingFailed(type(error).__name__) from error


def _heard(answer: asyncio.Future[T]) -> None:
    """Look at an answer that perhaps nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()


def _be_modest() -> None:
    die_with_parent()
    os.nice(POLITE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(jpeg: bytes, fields: list[FieldSpec]) -> Read:
    from signaling import reading_child  # noqa: PLC0415  # only the child loads it

    return reading_child.read(jpeg, fields)


def _bind(leaves: list[Leaf], title: str, made: float) -> bytes:
    from signaling import reading_child  # noqa: PLC0415  # only the child loads it

    return reading_child.bind(leaves, title, made)
