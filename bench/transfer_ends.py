"""The ends of ``bench/transfer.py``: a server, a visit on it, and a line between."""

import asyncio
import contextlib
import dataclasses
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import msgspec

from counter_client.device import Device, open_device
from counter_client.office import ServerOffice
from protocol.ids import ItemId, MaterialId, PageId, StepId, TicketId
from protocol.messages import AnswerTicket, QueueChanged, SessionChanged, TakeTicket
from protocol.states import Language
from protocol.views import SessionView
from protocol.wire import FromTerminal, read_to_desk
from signaling.child import Child
from signaling.stack import free_ports

HOST = "127.0.0.1"
PAPER = MaterialId("articles")
SEGMENT = 1400
"""Bytes of a TCP segment on the line."""
QUEUE = 0.2
"""Seconds that a router queues for a line; who comes behind that is lost."""
START_WITHIN = 60.0


@dataclasses.dataclass(slots=True)
class Queue:
    """One direction of a line that everybody shares. Times by the loop's clock."""

    rate: float
    free_at: float = 0.0

    def backlog(self, now: float) -> float:
        """Return how many seconds the newest in the queue waits."""
        return max(0.0, self.free_at - now)

    def put(self, now: float, size: int) -> float:
        """Add ``size`` bytes; return when the last of them has passed."""
        self.free_at = max(now, self.free_at) + size * 8 / self.rate
        return self.free_at


class Relay:
    """Carries TCP to ``port`` with a rate and a delay in each direction.

    A sender fills the queue up to ``QUEUE`` and no further, as TCP does.
    """

    def __init__(self, port: int, rate: float, one_way: float) -> None:
        self.up, self.down = Queue(rate), Queue(rate)
        self.port = 0
        self._server, self._one_way = port, one_way

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Relay"]:
        """Listen until the block is left."""
        door = await asyncio.start_server(self._carry, HOST, 0)
        self.port = door.sockets[0].getsockname()[1]
        yield self
        door.close()

    async def _carry(
        self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter
    ) -> None:
        far_in, far_out = await asyncio.open_connection(HOST, self._server)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(
                self._way(self.up, near_in, far_out),
                self._way(self.down, far_in, near_out),
            )

    async def _way(
        self, queue: Queue, come: asyncio.StreamReader, go: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while data := await come.read(SEGMENT):
            over = queue.backlog(loop.time()) - QUEUE
            if over > 0:
                await asyncio.sleep(over)
            at = queue.put(loop.time(), len(data) + 40) + self._one_way
            loop.call_at(at, go.write, data)
        loop.call_at(queue.free_at + self._one_way, go.close)


class Visit:
    """A terminal and a clerk in one visit on a running server."""

    def __init__(self, base: str, folder: Path, http: aiohttp.ClientSession) -> None:
        self.base = base
        self.http = http
        self.folder = folder
        self.device: Device = open_device(folder / "device")
        self.session: SessionView | None = None
        self.changed = asyncio.Condition()
        self._queue: list[TicketId] = []
        self._desk: aiohttp.ClientWebSocketResponse

    async def begin(self, office: ServerOffice) -> asyncio.Task[None]:
        """Enrol, take a ticket, have it answered; return what listens for the clerk."""
        await self._sign_in("administrator")
        own = {"Origin": self.base}
        async with self.http.post(
            f"{self.base}/api/enrolment-codes", headers=own
        ) as made:
            code = (await made.json())["code"]
        await office.enrol(code, "bench")
        await self._sign_in("clerk")
        self._desk = await self.http.ws_connect(f"{self.base}/ws/desk", headers=own)
        listening = asyncio.create_task(self._listen())
        item = ItemId("foreign-enterprise")
        take = TakeTicket(step=StepId("t"), item=item, language=Language.EN)
        await self._said_by_terminal(take)
        await self.until(lambda: bool(self._queue))
        answer = AnswerTicket(step=StepId("d"), ticket=self._queue[0])
        await self._desk.send_str(msgspec.json.encode(answer).decode())
        await self.until(lambda: bool(self.session and self.session.case))
        return listening

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait until the clerk's screen shows what is wanted."""
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(there)

    def shows(self, page: PageId, *, whole: bool) -> bool:
        """Return whether the clerk sees ``page``, or all of it."""
        case = self.session.case if self.session else None
        papers = case.materials if case else []
        pages = [one for paper in papers for one in paper.pages if one.id == page]
        return any(one.sha256 or not whole for one in pages)

    async def fetch(self, page: PageId) -> None:
        """Load the preview as the clerk's browser does, in the server's own house."""
        assert self.session is not None, "in a visit"
        assert self.session.case is not None, "in a visit"
        case = self.session.case.id
        address = f"{self.base}/api/cases/{case}/materials/{PAPER}"
        address += f"/{page}/preview"
        async with self.http.get(address) as answer:
            await answer.read()
            answer.raise_for_status()

    async def _sign_in(self, account: str) -> None:
        own = {"Origin": self.base}
        body = {"account": account}
        url = f"{self.base}/api/login"
        async with self.http.post(url, json=body, headers=own) as done:
            done.raise_for_status()

    async def _said_by_terminal(self, message: FromTerminal) -> None:
        proof = {"Authorization": self.device.proof("GET", "/ws/terminal")}
        url = f"{self.base}/ws/terminal"
        async with self.http.ws_connect(url, headers=proof) as socket:
            await socket.send_str(msgspec.json.encode(message).decode())
            for _ in range(3):
                await socket.receive()

    async def _listen(self) -> None:
        async for frame in self._desk:
            match read_to_desk(frame.data):
                case SessionChanged(session=session):
                    self.session = session
                case QueueChanged(waiting=waiting):
                    self._queue = [one.id for one in waiting]
                case _:
                    continue
            async with self.changed:
                self.changed.notify_all()


@contextlib.asynccontextmanager
async def a_server(folder: Path) -> AsyncIterator[tuple[int, int]]:
    """Run a server as a process of its own; return its port and process id."""
    port = free_ports(1)[0]
    env = os.environ | {
        "COUNTER_DEMO": "true",
        "COUNTER_PORT": str(port),
        "COUNTER_DATA_DIR": str(folder / "data"),
    }
    words = [sys.executable, "-m", "signaling.cli", "server"]
    server = Child("server", words, env, folder / "server.log")
    await server.start()
    try:
        async with asyncio.timeout(START_WITHIN), aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://{HOST}:{port}/healthz"):
                        break
                await asyncio.sleep(0.05)
        assert server.process is not None, "started"
        yield port, server.process.pid
    finally:
        await server.stop()
