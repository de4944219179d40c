"""How busy a worker is, measured."""

import asyncio
import socket
import time

import pytest

from protocol.ids import CallId
from signaling.media.control import WorkerLoad
from signaling.media.lag import Counted, LoopLag, report_load, socket_drops


def test_one_bad_moment_in_fifty_is_seen() -> None:
    lag = LoopLag()
    for _ in range(49):
        lag.measured(due=1.0, now=1.001)
    lag.measured(due=1.0, now=1.25)

    assert lag.p99_ms() == 250.0


def test_each_second_is_judged_by_itself() -> None:
    lag = LoopLag()
    lag.measured(due=1.0, now=3.0)

    assert lag.p99_ms() == 2000.0
    assert lag.p99_ms() == 0.0


def test_what_a_full_socket_loses_is_counted() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker,
    ):
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        assert socket_drops(deaf) == 0
        for _ in range(200):
            speaker.sendto(bytes(1000), deaf.getsockname())

        assert socket_drops(deaf) > 100


async def test_a_loop_that_stood_still_is_reported_within_a_second_or_two() -> None:
    told: list[WorkerLoad] = []
    counted = Counted([CallId("a")], 2, 100, 0)
    task = asyncio.create_task(report_load(lambda: counted, told.append))

    await asyncio.sleep(0.1)
    time.sleep(0.3)  # noqa: ASYNC251  # the loop stands still: that is measured
    async with asyncio.timeout(10):
        while not told:  # noqa: ASYNC110  # the report has no event to wait for
            await asyncio.sleep(0.05)
    task.cancel()

    assert told[0].lag_ms > 200
    assert (told[0].calls, told[0].legs) == (["a"], 2)


@pytest.mark.parametrize(("later", "rate"), [(5100, 0.0), (100, 0.0), (0, 0.0)])
async def test_packets_of_a_leg_that_went_make_no_negative_rate(
    later: int, rate: float
) -> None:
    counts = iter([Counted([], 1, 5100, 0), Counted([], 1, later, 0)])
    told: asyncio.Queue[WorkerLoad] = asyncio.Queue()
    task = asyncio.create_task(report_load(lambda: next(counts), told.put_nowait))

    async with asyncio.timeout(10):
        load = await told.get()
    task.cancel()

    assert load.packets_per_second == rate
