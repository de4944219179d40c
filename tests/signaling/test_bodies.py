"""Of each sender one file at a time, whatever is sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web

from signaling.bodies import OneAtATime, Superseded


class Sent:
    """A request whose body comes when it is let; it knows whether it was read."""

    content_length = None

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.content = self
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def iter_chunked(self, _size: int) -> AsyncIterator[bytes]:
        self.begun.set()
        yield self.data
        await self.may_end.wait()


def taken(
    files: OneAtATime, sender: str, sent: Sent
) -> contextlib.AbstractAsyncContextManager[bytes]:
    request = cast("web.Request", cast("Any", sent))
    return files.file(sender, request, largest=100, slowest=60.0)


async def test_the_next_file_is_not_read_until_the_one_before_is_done_with() -> None:
    files, first, next_one, other = OneAtATime(), Sent(b"1"), Sent(b"2"), Sent(b"3")
    for sent in (first, next_one, other):
        sent.may_end.set()

    async def take(sender: str, sent: Sent) -> bytes:
        async with taken(files, sender, sent) as data:
            return data

    async with taken(files, "a", first) as data:
        assert data == b"1"
        waiting = asyncio.create_task(take("a", next_one))
        assert await take("b", other) == b"3", "nobody else waits"
        assert not next_one.begun.is_set()

    assert await waiting == b"2"


async def test_a_file_that_still_arrives_gives_way_to_a_newer_one() -> None:
    files, cut, newer = OneAtATime(), Sent(b"1"), Sent(b"2")
    newer.may_end.set()

    async def fails() -> None:
        with pytest.raises(Superseded):
            async with taken(files, "a", cut):
                pass

    failing = asyncio.create_task(fails())
    await cut.begun.wait()

    async with taken(files, "a", newer) as data:
        assert data == b"2"
    await failing


async def test_a_file_that_waits_gives_way_to_a_newer_one_too() -> None:
    files, first, cut, newest = OneAtATime(), Sent(b"1"), Sent(b"2"), Sent(b"3")
    first.may_end.set()
    newest.may_end.set()

    async def take(sent: Sent) -> bytes:
        async with taken(files, "a", sent) as data:
            return data

    async with taken(files, "a", first):
        waiting = asyncio.create_task(take(cut))
        await asyncio.sleep(0)
        last = asyncio.create_task(take(newest))
        await asyncio.sleep(0)

    assert await last == b"3"
    with pytest.raises(Superseded):
        await waiting
    assert not cut.begun.is_set()


async def test_a_server_that_stops_is_not_kept_by_a_file_that_arrives() -> None:
    files, cut = OneAtATime(), Sent(b"1")

    async def take() -> None:
        async with taken(files, "a", cut):
            pass

    task = asyncio.create_task(take())
    await cut.begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
