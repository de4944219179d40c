"""Reads the body of a request that is a file, and no more than is allowed of it."""

import asyncio

from aiohttp import StreamReader, web

from casework.errors import CaseworkError
from signaling.uploads import UploadTooLarge

CHUNK = 64 * 1024


class TooSlow(CaseworkError):
    """The file did not arrive in the time that a bad line needs."""

    code = "bad-request"


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
