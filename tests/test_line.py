"""The bad line does what it is told, or tests that use it would prove nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.line import HEADERS, Address, Line, Way


class End(asyncio.DatagramProtocol):
    """One end: remembers what it heard, and from where."""

    transport: asyncio.DatagramTransport
    address: Address

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.sources: list[Address] = []
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.heard.append(data)
        self.sources.append(addr)
        self._news.set()

    def say(self, data: bytes, to: Address) -> None:
        self.transport.sendto(data, to)

    async def until(self, count: int) -> list[bytes]:
        """Wait until so many datagrams came; the test's own limit ends it."""
        while len(self.heard) < count:
            self._news.clear()
            await self._news.wait()
        return self.heard


@contextlib.asynccontextmanager
async def an_end() -> AsyncIterator[End]:
    loop = asyncio.get_running_loop()
    transport, end = await loop.create_datagram_endpoint(
        End, local_addr=("127.0.0.1", 0)
    )
    yield end
    transport.close()


@contextlib.asynccontextmanager
async def a_line(worker: End, up: Way | None = None) -> AsyncIterator[Line]:
    line = Line(worker.address, up)
    yield line
    line.close()


async def taken(line: Line, count: int) -> None:
    """Wait until the line has taken so many datagrams from clients."""
    for _ in range(1000):
        if line.up.sent == count:
            return
        await asyncio.sleep(0)
    raise AssertionError(line.up)


def arrivals(way: Way, count: int, apart: float = 0.0) -> list[float | None]:
    return [way.arrives(n * apart, 100) for n in range(count)]


def test_a_delay_is_added_to_every_datagram() -> None:
    assert arrivals(Way(delay=0.25), 3, apart=1.0) == [0.25, 1.25, 2.25]


def test_jitter_keeps_the_order_unless_overtaking_is_wanted() -> None:
    kept = arrivals(Way(jitter=0.1), 100, apart=0.001)
    mixed = arrivals(Way(jitter=0.1, overtaking=True), 100, apart=0.001)

    assert kept == sorted(kept, key=lambda at: at or 0.0)
    assert mixed != sorted(mixed, key=lambda at: at or 0.0)
    assert all(n / 1000 <= (at or 0.0) < n / 1000 + 0.1 for n, at in enumerate(mixed))


def test_the_same_seed_loses_the_same_datagrams_and_about_its_share() -> None:
    ways = [Way(loss=0.1, seed=seed) for seed in (7, 7, 8)]

    fates = [[at is None for at in arrivals(way, 1000)] for way in ways]

    assert fates[0] == fates[1] != fates[2]
    assert sum(fates[0]) == ways[0].lost
    assert 60 < ways[0].lost < 140


def test_a_rate_spaces_datagrams_and_loses_what_waits_too_long() -> None:
    way = Way(rate=8 * (100 + HEADERS) * 10, queue=0.35)  # ten a second

    assert arrivals(way, 6) == pytest.approx([0.1, 0.2, 0.3, 0.4, None, None])
    assert way.arrives(5.0, 100) == pytest.approx(5.1)


async def test_datagrams_pass_both_ways_in_order() -> None:
    async with an_end() as worker, an_end() as client, a_line(worker) as line:
        sent = [bytes([n]) * 50 for n in range(100)]
        for data in sent:
            client.say(data, line.address)
        assert await worker.until(100) == sent
        worker.say(b"back", worker.sources[0])

        assert await client.until(1) == [b"back"]
        assert worker.sources[0] == line.seen_as[0] != client.address
        assert client.sources == [line.address]


async def test_each_client_address_has_its_own_way_back() -> None:
    async with (
        an_end() as worker,
        an_end() as one,
        an_end() as two,
        a_line(worker) as line,
    ):
        one.say(b"one", line.address)
        await worker.until(1)
        two.say(b"two", line.address)
        await worker.until(2)
        for name, source in zip(worker.heard, worker.sources, strict=True):
            worker.say(name, source)

        assert await one.until(1) == [b"one"]
        assert await two.until(1) == [b"two"]


async def test_a_cut_line_loses_what_is_said_until_it_is_restored() -> None:
    async with an_end() as worker, an_end() as client, a_line(worker) as line:
        client.say(b"before", line.address)
        await worker.until(1)
        line.cut()
        client.say(b"lost", line.address)
        await taken(line, 2)
        line.restore()
        client.say(b"after", line.address)

        assert await worker.until(2) == [b"before", b"after"]


async def test_what_is_on_its_way_when_the_line_is_cut_never_arrives() -> None:
    slow = Way(delay=0.05)
    async with an_end() as worker, an_end() as client, a_line(worker, slow) as line:
        client.say(b"flying", line.address)
        await taken(line, 1)
        line.cut()
        line.restore()
        client.say(b"after", line.address)

        assert await worker.until(1) == [b"after"]


async def test_after_rebinding_the_worker_sees_another_address() -> None:
    async with an_end() as worker, an_end() as client, a_line(worker) as line:
        client.say(b"one", line.address)
        await worker.until(1)
        line.rebind()
        client.say(b"two", line.address)
        await worker.until(2)

        assert worker.sources[0] != worker.sources[1] == line.seen_as[0]
        worker.say(b"to the old one", worker.sources[0])
        worker.say(b"to the new one", worker.sources[1])
        assert await client.until(1) == [b"to the new one"]


async def test_an_answer_leads_through_the_line_and_is_else_unchanged() -> None:
    async with an_end() as worker, a_line(worker) as line:
        row = "a=candidate:1 1 udp 2130706431 {} {} typ host\r\n"
        sdp = "a=ice-lite\r\nc=IN IP4 192.0.2.7\r\n" + row

        answer = line.through(sdp.format("192.0.2.7", 40000))

        assert answer == sdp.format(*line.address)
