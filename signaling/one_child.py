"""A child process that works for the server and may fail without harm to it."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from signaling.embedded import die_with_parent

T = TypeVar("T")


class OneChild:
    """Made when it is first needed, killed when it keeps somebody waiting."""

    def __init__(self, be_modest: Callable[[], None]) -> None:
        """``be_modest`` is called in the child first: it sets its limits."""
        self.pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()
        self._be_modest = be_modest

    async def ask(self, seconds: float, work: Callable[..., T], *about: object) -> T:
        """Return what ``work`` returns in the child, or raise what it raises.

        One after the other: who waits for the child is not told that it was slow, and
        does not fail with who was.

        Raises:
            TimeoutError: it took more than ``seconds``; the child is gone, as it is
                when nobody waits for its answer any more.
            BrokenProcessPool: the child died; the next question makes another.
        """
        async with self._turn:
            return await self._ask(seconds, work, *about)

    async def _ask(self, seconds: float, work: Callable[..., T], *about: object) -> T:
        if self.pool is None:
            # Not a fork of the server: that has threads, sockets and keys.
            context = multiprocessing.get_context("spawn")
            first = (os.getpid(), self._be_modest)
            self.pool = ProcessPoolExecutor(
                1, context, initializer=_begin, initargs=first
            )
        pool = self.pool
        try:
            answer = asyncio.wrap_future(pool.submit(work, *about))
            # Who gave up must not cancel it: a pool that breaks trips over that.
            answer.add_done_callback(_heard)
            return await asyncio.wait_for(asyncio.shield(answer), seconds)
        except (BrokenProcessPool, TimeoutError, asyncio.CancelledError):
            if self.pool is pool:
                self.close()
            raise

    def close(self) -> None:
        """End the child, whatever it does."""
        pool, self.pool = self.pool, None
        if pool is not None:
            for child in list((pool._processes or {}).values()):
                child.kill()
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(server: int, be_modest: Callable[[], None]) -> None:
    # A server that is killed cannot say goodbye, not even while this one starts.
    die_with_parent(server)
    be_modest()


def _heard(answer: asyncio.Future[T]) -> None:
    """Look at an answer that perhaps nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()
