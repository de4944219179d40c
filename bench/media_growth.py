"""Whether our worker grows: many calls one after the other, and one long call."""

import asyncio
import dataclasses
import os
import tempfile
from pathlib import Path

from bench.light_client import LightClient
from bench.media_calls import Ours, name_of
from bench.media_load import Load
from bench.packets import Media
from bench.processes import open_files, resident_bytes
from bench.worker import OurWorker, our_worker
from signaling.media.journal import FLUSH_EVERY

AT_ONCE = 5
"""Calls that are set up and torn down side by side."""
FLUSHED = 2 * FLUSH_EVERY
PIECE = 60
"""Seconds of RTP time after which the journal is thrown away."""
WARM_UP = 0.2
"""Share of the calls, or of the long call, after which growth is counted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """How much more a worker held at the end than after warming up."""

    megabytes: float
    files: int
    lost: int = 0


class _Held:
    """Memory and files of a worker at one moment."""

    def __init__(self, worker: OurWorker) -> None:
        self._memory = resident_bytes(worker.pid)
        self._files = open_files(worker.pid)

    def growth_since(self, before: "_Held") -> Growth:
        """Return what came on top."""
        more = (self._memory - before._memory) / 1e6
        return Growth(more, self._files - before._files)


async def many_calls(count: int) -> Growth:
    """Set ``count`` calls up, let some packets through, end them."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as folder:
        async with our_worker(Path(folder)) as worker:
            calls = Ours(worker)
            warm = max(AT_ONCE, int(WARM_UP * count))
            await _calls(worker, calls, range(warm))
            before = _Held(worker)
            await _calls(worker, calls, range(warm, count))
            return _Held(worker).growth_since(before)


async def _calls(worker: OurWorker, calls: Ours, numbers: range) -> None:
    for first in range(numbers.start, numbers.stop, AT_ONCE):
        some = range(first, min(first + AT_ONCE, numbers.stop))
        clients = await asyncio.gather(*(calls.call(number) for number in some))
        for number in some:
            worker.end(name_of(number))
        for client in (one for found in clients for one in found):
            client.close()
    await asyncio.sleep(FLUSHED)  # a flush closes journals


async def long_call(media: Media, minutes: float) -> Growth:
    """Send ``minutes`` of RTP time through one call, as fast as it goes."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as folder:
        async with our_worker(Path(folder)) as worker:
            clients: list[LightClient] = await Ours(worker).call(0)
            load = Load(media, clients)
            await _send(load, worker, WARM_UP * minutes)
            before = _Held(worker)
            await _send(load, worker, (1 - WARM_UP) * minutes)
            grown = _Held(worker).growth_since(before)
            for client in clients:
                client.close()
            return dataclasses.replace(grown, lost=load.count.lost)


async def _send(load: Load, worker: OurWorker, minutes: float) -> None:
    await load.hurry(minutes * 60 % PIECE)
    for _ in range(int(minutes * 60 // PIECE)):
        await load.hurry(PIECE)
        for path in worker.journals.glob("*/*.rtpj"):
            os.truncate(path, 0)  # an hour is 2 GB, and the disk is not measured
    await asyncio.sleep(FLUSHED)
