"""A recorded call of light clients, the same through our worker and through Janus.

The applicant sends face and voice, the terminal its document camera, the clerk
face and voice; the applicant receives one video, the clerk two.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

from bench.janus import Janus, running_janus, subscribed
from bench.light_client import LightClient, receiving, sending
from bench.worker import OurWorker, our_worker
from install.compile import build_copy
from protocol.states import Leg
from signaling.media.dtls import Certificate


class Engine(Protocol):
    """A running server that light clients can call each other through."""

    @property
    def pid(self) -> int:
        """The process that is measured."""
        ...

    async def call(self, number: int) -> list[LightClient]:
        """Set a call up; return its clients, connected."""
        ...


class Ours:
    """Calls through our worker."""

    def __init__(self, worker: OurWorker) -> None:
        self._worker = worker
        self._certificate = Certificate()
        self.pid = worker.pid

    async def call(self, number: int) -> list[LightClient]:
        """Set a call up."""
        lines = {
            Leg.APPLICANT: [
                *sending("audio", "video"),
                *receiving("audio", "video", after=2),
            ],
            Leg.DOCUMENT: sending("video"),
            Leg.CLERK: [
                *sending("audio", "video"),
                *receiving("audio", "video", "video", after=2),
            ],
        }
        clients = []
        for leg, wanted in lines.items():
            client = LightClient(self._certificate, wanted)
            await self._worker.join(name_of(number), leg, client)
            clients.append(client)
        return clients


class OfJanus:
    """Calls through a video room each."""

    def __init__(self, janus: Janus) -> None:
        self._janus = janus
        self._certificate = Certificate()
        self.pid = janus.pid

    async def call(self, number: int) -> list[LightClient]:
        """Set a call up: whoever sends and receives has a connection for each."""
        room = 1000 + number
        await self._janus.open_room(room)
        clients, feeds = [], []
        for kinds in (("audio", "video"), ("video",), ("audio", "video")):
            client = LightClient(self._certificate, sending(*kinds))
            feed, answer = await self._janus.publish(room, client.description())
            await client.connect(answer)
            clients.append(client)
            feeds.append(feed)
        for wanted in (feeds[2:], feeds[:2]):
            one = await subscribed(self._janus, room, wanted, self._certificate)
            clients.append(one)
        return clients


def name_of(number: int) -> str:
    """Return the id of a call."""
    return f"call{number}"


async def set_up(engine: Engine, count: int) -> list[LightClient]:
    """Set ``count`` calls up at once."""
    calls = await asyncio.gather(*(engine.call(number) for number in range(count)))
    return [client for clients in calls for client in clients]


@contextlib.asynccontextmanager
async def ours(code: Path | None = None) -> AsyncIterator[Engine]:
    """Run our worker; ``code``: a copy of it, compiled for example."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as folder:
        async with our_worker(Path(folder), code=code) as worker:
            yield Ours(worker)


@contextlib.contextmanager
def compiled() -> Iterator[Path | None]:
    """Copy and compile our code; ``None`` where there is no C compiler."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as folder:
        copy = Path(folder)
        yield copy if build_copy(copy).returncode == 0 else None


@contextlib.asynccontextmanager
async def of_janus() -> AsyncIterator[Engine]:
    """Run Janus; it has to be installed."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as folder:
        async with running_janus(Path(folder)) as janus:
            yield OfJanus(janus)
