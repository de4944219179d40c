"""Reads the body of a request that is a file, and no more than is allowed of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from aiohttp import StreamReader, web

from casework.errors import CaseworkError
from signaling.uploads import UploadTooLarge

CHUNK = 64 * 1024


class TooSlow(CaseworkError):
    """The file did not arrive in the time that a bad line needs."""

    code = "bad-request"


class Superseded(CaseworkError):
    """The same sender has begun to send again before this file was here."""

    code = "bad-request"


class OneAtATime:
    """Of each sender one file is worked on, however many are sent at once.

    So one sender cannot fill the memory, and pages of two files do not mix.
    """

    def __init__(self) -> None:
        self._arriving: dict[str, asyncio.Task[bytes]] = {}
        self._newest: dict[str, web.Request] = {}
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    @property
    def senders(self) -> set[str]:
        """Whose files arrive now."""
        return set(self._arriving)

    @contextlib.asynccontextmanager
    async def file(
        self, sender: str, request: web.Request, largest: int, slowest: float
    ) -> AsyncIterator[bytes]:
        """Yield the body as ``read_file`` returns it, once the one before is done with.

        A file that still arrives, or waits to, is given up for the newer: its line was
        cut, and nobody but the sender would notice before ``slowest``.

        Raises:
            UploadTooLarge, TooSlow: as ``read_file`` does.
            Superseded: a newer file came.
        """
        older = self._arriving.pop(sender, None)
        if older is not None:
            older.cancel()
        self._newest[sender] = request
        try:
            async with self._turns.setdefault(sender, asyncio.Lock()):
                if self._newest.get(sender) is not request:
                    raise Superseded
                yield await self._arrived(sender, request, largest, slowest)
        finally:
            if self._newest.get(sender) is request:
                del self._newest[sender]

    async def _arrived(
        self, sender: str, request: web.Request, largest: int, slowest: float
    ) -> bytes:
        task = asyncio.create_task(read_file(request, largest, slowest))
        self._arriving[sender] = task
        try:
            return await task
        except asyncio.CancelledError as error:
            if self._arriving.get(sender) is task:
                task.cancel()
                raise  # not by a newer file: the server stops
            raise Superseded from error
        finally:
            if self._arriving.get(sender) is task:
                del self._arriving[sender]


async def read_answer(stream: StreamReader, most: int) -> bytes:
    """Return an answer that comes in however many pieces, cut off after ``most``."""
    try:
        return await stream.readexactly(most)
    except asyncio.IncompleteReadError as error:
        return bytes(error.partial)


async def read_file(request: web.Request, largest: int, slowest: float) -> bytes:
    """Return the body of at most ``largest`` bytes.

    Raises:
        UploadTooLarge: it is larger; raised as soon as that is known.
        TooSlow: it took more than ``slowest`` seconds.
    """
    if (request.content_length or 0) > largest:
        raise UploadTooLarge("announced")
    data = bytearray()
    try:
        async with asyncio.timeout(slowest):
            async for chunk in request.content.iter_chunked(CHUNK):
                data += chunk
                if len(data) > largest:
                    raise UploadTooLarge("arrived")
    except TimeoutError as error:
        raise TooSlow(str(slowest)) from error
    return bytes(data)
