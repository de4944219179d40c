"""Where calls are placed, against workers that say what a test tells them to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.control import (
    AddLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    ToWorker,
    WorkerHello,
    WorkerLoad,
)
from signaling.media_link import MediaUnavailable, News
from signaling.media_pool import MediaPool
from tests.builders import no_relays

FIRST, SECOND, THIRD = CallId("first"), CallId("second"), CallId("third")


class ScriptedWorker:
    """Speaks the control protocol; remembers what it was asked."""

    def __init__(self, control: Path, *held: CallId) -> None:
        self.asked: list[ToWorker] = []
        self.held = list(held)
        self._control = control
        self._writer: asyncio.StreamWriter
        self._heard = asyncio.Event()
        self.hung_up = asyncio.Event()

    async def start(self) -> "ScriptedWorker":
        self._server = await asyncio.start_unix_server(self._serve, self._control)
        return self

    async def die(self) -> None:
        self._server.close()
        self._writer.close()
        await self.hung_up.wait()

    def load(self, packets: float = 0.0, lag_ms: float = 1.0) -> None:
        self.tell(
            WorkerLoad(
                calls=self.held,
                legs=0,
                packets_per_second=packets,
                lag_ms=lag_ms,
                drops=0,
            )
        )

    def tell(self, news: FromWorker) -> None:
        self._writer.write(msgspec.json.encode(news) + b"\n")

    async def was_asked(self, ask: ToWorker) -> None:
        while ask not in self.asked:
            self._heard.clear()
            await self._heard.wait()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writer = writer
        self.tell(WorkerHello(calls=self.held))
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                ask = msgspec.json.decode(line, type=ToWorker)
                self.asked.append(ask)
                self._heard.set()
                if isinstance(ask, AddLeg):
                    self.held.append(ask.call)
                    self.tell(LegAnswer(id=ask.id, sdp=self._control.stem))
        writer.close()
        self.hung_up.set()


class Site:
    """A pool and what it was told."""

    def __init__(self, folder: Path, silent: float) -> None:
        self.controls = [folder / "w0", folder / "w1"]
        self.pool = MediaPool(self.controls, no_relays(), silent)
        self.workers: list[ScriptedWorker] = []
        self.lost: asyncio.Queue[frozenset[CallId]] = asyncio.Queue()

    async def worker(self, number: int, *held: CallId) -> ScriptedWorker:
        """Start a worker and wait until the server knows it."""
        one = await ScriptedWorker(self.controls[number], *held).start()
        self.workers.append(one)
        async with asyncio.timeout(5):
            while not self.pool.links[number].connected:  # noqa: ASYNC110  # no event says so
                await asyncio.sleep(0.01)
        return one

    async def run(self) -> None:
        async def heard(_news: News) -> None:
            pass

        await self.pool.run(heard, self.lost.put)

    async def join(self, call: CallId, leg: Leg = Leg.CLERK) -> str:
        """Return the name of the worker that took the leg."""
        return await self.pool.add_leg(call, leg, "offer", bytes(32))

    async def until_heard(self, number: int, packets: float) -> None:
        link = self.pool.links[number]
        async with asyncio.timeout(5):
            while link.load is None or link.load.packets_per_second != packets:  # noqa: ASYNC110  # no event says so
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def a_site(folder: Path, silent: float = 60.0) -> AsyncIterator[Site]:
    site = Site(folder, silent)
    running = asyncio.create_task(site.run())
    yield site
    running.cancel()
    await asyncio.wait([running])
    for worker in site.workers:
        await worker.die()


async def test_a_new_call_goes_where_fewest_packets_pass(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        workers = [await site.worker(0), await site.worker(1)]
        workers[0].load(packets=9000.0)
        workers[1].load(packets=100.0)
        await site.until_heard(0, 9000.0)
        await site.until_heard(1, 100.0)

        assert await site.join(FIRST) == "w1"


async def test_a_new_call_avoids_a_worker_that_runs_late(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        workers = [await site.worker(0), await site.worker(1)]
        workers[0].load(packets=10.0, lag_ms=400.0)
        workers[1].load(packets=5000.0)
        await site.until_heard(0, 10.0)
        await site.until_heard(1, 5000.0)

        assert await site.join(FIRST) == "w1"


async def test_calls_that_have_just_begun_count_before_they_send(
    tmp_path: Path,
) -> None:
    async with a_site(tmp_path) as site:
        for number in (0, 1):
            await site.worker(number)

        placed = [await site.join(CallId(f"call {n}")) for n in range(6)]

    assert sorted(placed) == ["w0"] * 3 + ["w1"] * 3


async def test_every_leg_of_a_call_goes_to_the_same_worker(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        for number in (0, 1):
            await site.worker(number)
        first = await site.join(FIRST, Leg.APPLICANT)
        other = await site.join(SECOND, Leg.APPLICANT)

        joined = {await site.join(FIRST, leg) for leg in (Leg.CLERK, Leg.DOCUMENT)}

        assert joined == {first}
        assert other != first


async def test_a_restarted_server_finds_the_worker_that_has_the_call(
    tmp_path: Path,
) -> None:
    async with a_site(tmp_path) as site:
        await site.worker(0)
        await site.worker(1, FIRST, SECOND, THIRD)

        assert await site.join(SECOND) == "w1"


async def test_only_the_calls_of_the_dead_worker_are_told_and_move(
    tmp_path: Path,
) -> None:
    async with a_site(tmp_path) as site:
        workers = [await site.worker(0), await site.worker(1)]
        assert await site.join(FIRST) == "w0"
        assert await site.join(SECOND) == "w1"

        await workers[0].die()

        async with asyncio.timeout(5):
            assert await site.lost.get() == {FIRST}
        assert site.pool.connected
        assert await site.join(FIRST) == "w1"
        assert await site.join(SECOND) == "w1"


async def test_a_worker_that_hangs_counts_as_dead(tmp_path: Path) -> None:
    async with a_site(tmp_path, silent=0.2) as site:
        await site.worker(0, FIRST)

        async with asyncio.timeout(5):
            assert await site.lost.get() == {FIRST}


async def test_the_journals_of_a_dead_workers_call_are_completed_by_another(
    tmp_path: Path,
) -> None:
    async with a_site(tmp_path) as site:
        workers = [await site.worker(0), await site.worker(1)]
        assert await site.join(FIRST) == "w0"
        await workers[0].die()
        await site.lost.get()

        site.pool.end_call(FIRST)

        async with asyncio.timeout(5):
            await workers[1].was_asked(EndCall(call=FIRST))


async def test_without_any_worker_a_person_is_told(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        assert not site.pool.connected
        with pytest.raises(MediaUnavailable):
            await site.join(FIRST)
