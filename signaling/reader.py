"""Reads and binds pages in a process of its own, so that calls never wait for it."""

import asyncio
import contextlib
import multiprocessing
import os
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import msgspec

from casework.items import FieldSpec
from protocol.views import ReadField
from signaling.readings import Leaf, Read, ReadingFailed

SECONDS = 60.0
"""A page takes three; whoever waits longer waits for nothing."""
MEMORY = 3 * 1024 * 1024 * 1024
"""Bytes of data: networks and a page need a third of it."""
POLITE = 10
"""Niceness: pictures and sound of the calls go first."""
MOST_PIXELS = 40_000_000

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
        return await self._ask(_bind, list(leaves), title)

    def close(self) -> None:
        """End the child."""
        if self._pool is not None:
            for child in list((self._pool._processes or {}).values()):
                child.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def _ask(self, work: Callable[..., T], *about: object) -> T:
        if self._pool is None:
            # Not a fork of the server: that has threads, sockets and keys.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, context, initializer=_be_modest)
        answer = self._pool.submit(work, *about)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), SECONDS)
        except (BrokenProcessPool, TimeoutError) as error:
            self.close()
            raise ReadingFailed(type(error).__name__) from error
        except (ValueError, MemoryError) as error:
            raise ReadingFailed(type(error).__name__) from error


def _be_modest() -> None:
    os.nice(POLITE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(jpeg: bytes, fields: list[FieldSpec]) -> Read:
    from document_capture.reading import read_page  # noqa: PLC0415  # loads networks

    found = read_page(_decoded(jpeg), fields)
    return Read(msgspec.convert(found.fields, list[ReadField]), b"")


def _bind(leaves: list[Leaf], title: str) -> bytes:
    raise NotImplementedError


def _decoded(jpeg: bytes) -> object:
    raise NotImplementedError
