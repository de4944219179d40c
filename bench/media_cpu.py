"""What forwarding and recording costs: CPU of the server per forwarded packet."""

import asyncio
import contextlib
import dataclasses
import statistics
import time
from collections.abc import Callable

from bench.media_calls import Engine, set_up
from bench.media_load import Load
from bench.packets import Media
from bench.processes import cpu_seconds

WARM_UP = 2.1
"""Seconds: every camera has sent a key frame by then, and nothing goes out before."""

Start = Callable[[], contextlib.AbstractAsyncContextManager[Engine]]


class NotWhatWasSent(Exception):
    """A packet that arrived was not one of those that were sent."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """One run."""

    micros: float
    """CPU of the server, user and system, per forwarded packet."""
    calls_per_core: float
    arrived: float
    """Share of what was sent; a starved server drops, or takes the line for full."""


async def cost(start: Start, media: Media, calls: int, seconds: float) -> Cost:
    """Measure one engine at ``calls`` calls.

    Raises:
        NotWhatWasSent: a packet was not what had been sent, or none came.
    """
    async with start() as engine:
        clients = await set_up(engine, calls)
        load = Load(media, clients)
        running = asyncio.create_task(load.run(WARM_UP + seconds + 0.1))
        await asyncio.sleep(WARM_UP)
        before, cpu = dataclasses.replace(load.count), cpu_seconds(engine.pid)
        began = time.monotonic()
        await asyncio.sleep(seconds)
        used, passed = cpu_seconds(engine.pid) - cpu, time.monotonic() - began
        after = dataclasses.replace(load.count)
        await running
        for client in clients:
            client.close()
    if after.wrong or not after.valid:
        raise NotWhatWasSent(f"{after.wrong} of {after.wrong + after.valid}")
    forwarded = after.received - before.received
    return Cost(
        micros=1e6 * used / forwarded,
        calls_per_core=calls * passed / used,
        arrived=forwarded / (after.sent - before.sent),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """Alternating runs of ours and a peer's. ``ratio``: median over the pairs."""

    ours: list[Cost]
    peers: list[Cost]

    @property
    def ratio(self) -> float | None:
        """Ours per peer's; ``None`` without a peer."""
        pairs = zip(self.ours, self.peers, strict=False)
        found = [one.micros / other.micros for one, other in pairs]
        return statistics.median(found) if found else None


async def compare(
    start: Start, peer: Start | None, media: Media, plan: tuple[int, int, float]
) -> Compared:
    """Measure alternately. ``plan``: runs of each, calls, seconds of a run."""
    runs, calls, seconds = plan
    mine, theirs = [], []
    for _ in range(runs):
        mine.append(await cost(start, media, calls, seconds))
        if peer is not None:
            theirs.append(await cost(peer, media, calls, seconds))
    return Compared(mine, theirs)
