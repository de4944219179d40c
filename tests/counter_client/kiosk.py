"""A terminal with its real pages, an office made of memory, and things plugged in."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from casework.items import read_catalogue
from counter_client.agent import Agent
from counter_client.cameras import BLANK_DESK, Camera, CameraGone
from counter_client.device import open_device
from counter_client.local_devices import LocalDevices
from counter_client.local_server import LocalServer
from counter_client.outbox import Outbox
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.station import Station
from counter_client.settings import Settings
from counter_client.sticks import Sticks
from document_capture.images import Image
from protocol.ids import IDENTITY
from protocol.messages import SessionChanged
from protocol.scan_messages import CaptureFailed
from protocol.wire import ToTerminal
from signaling.stack import free_ports
from signaling.views import (
    case_view,
    for_terminal,
    session_view,
    ticket_view,
)
from tests.builders import FONTS, ROOT, a_case, a_visit, no_relays
from tests.counter_client.test_agent import QuietOffice


class SmallOffice(QuietOffice):
    """Keeps what is uploaded, in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.uploads: dict[str, bytes] = {}
        self.arrived = asyncio.Event()
        self._announced: dict[str, dict[str, Any]] = {}

    async def run(
        self, heard: Callable[[ToTerminal], None], line: Callable[[bool], None]
    ) -> None:
        await super().run(heard, line)
        line(True)

    async def ask(
        self,
        method: str,
        path: str,
        body: object | None = None,
        data: bytes | None = None,
        query: str = "",
    ) -> bytes:
        if path == "/api/items":
            items = read_catalogue(ROOT / "services")
            return msgspec.json.encode(items.views())
        assert method == "POST"
        assert isinstance(body, dict)
        self._announced[path] = body
        return b'{"here": 0, "stored": false}'

    async def put_chunk(
        self,
        path: str,
        offset: int,
        chunk: bytes,
        patience: float,
        announcement: object = None,
    ) -> bytes:
        if isinstance(announcement, dict):
            self._announced[path] = announcement
        about = self._announced[path]
        what = str(about["what"])
        self.uploads[what] = self.uploads.get(what, b"") + chunk
        here, done = len(self.uploads[what]), False
        if here == about["size"]:
            done = True
            assert hashlib.sha256(self.uploads[what]).hexdigest() == about["sha256"]
        if done and what == "original":
            self.arrived.set()
        return msgspec.json.encode({"here": here, "stored": done})


class StillCamera(Camera):
    """Shows one picture, or is gone."""

    def __init__(self) -> None:
        self.picture: Image | None = None
        self.closed = 0

    def frame(self) -> Image:
        if self.picture is None:
            raise CameraGone
        return self.picture

    def lay(self, paper: str) -> None:
        assert paper in {BLANK_DESK, IDENTITY}

    def close(self) -> None:
        self.closed += 1


class Kiosk:
    """The terminal; a test sits down, plugs things in, and asks."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.case = a_case(wanted=IDENTITY)
        self.office = SmallOffice()
        self.camera = StillCamera()
        outbox = Outbox(folder / "outbox", open_device(folder))
        self.agent = Agent(self.office, self.camera, outbox)
        self.media = folder / "media"
        self.media.mkdir()
        self.settings = Settings(
            port=free_ports(1)[0],
            data_dir=str(folder),
            fonts_dir=str(FONTS),
            pages_dir=str(ROOT / "counter_client/ui/dist"),
            scanner="auto",
            face_models=str(folder / "face"),
        )
        self.url = self.settings.origin
        self._session = session

    def plug_in(self, name: str, **files: bytes) -> None:
        """Put a stick in; a file's name has an underscore where its dot is."""
        (self.media / name).mkdir()
        for file, data in files.items():
            (self.media / name / file.replace("_", ".")).write_bytes(data)

    def sit_down(self) -> None:
        visit = a_visit(call=None, clerk=None)
        ticket = ticket_view(visit, 0, "Counter 1")
        case = case_view(self.case)
        session = session_view(ticket, visit, set(), case, [])
        self.office.tell(SessionChanged(session=for_terminal(session, no_relays())))

    def leave(self) -> None:
        self.office.tell(SessionChanged(session=None))

    def paper(self, way: str) -> str:
        return f"/local/{way}/{self.case.id}/{IDENTITY}"

    async def get(self, path: str) -> Any:
        async with self._session.get(self.url + path) as answer:
            return await answer.json()

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        head = {"Origin": self.url}
        async with self._session.post(
            self.url + path, json=body, headers=head
        ) as answer:
            return answer.status, await answer.json()

    async def complaint(self) -> str:
        """Return what the clerk was told about the paper."""
        while True:
            said = await self.office.said.get()
            if isinstance(said, CaptureFailed):
                return said.reason


async def open_kiosk(folder: Path) -> AsyncIterator[Kiosk]:
    """Yield a terminal whose line is up."""
    async with aiohttp.ClientSession() as session:
        kiosk = Kiosk(folder, session)
        await kiosk.agent.run()
        sticks = Sticks(kiosk.media, lambda one: one.name.startswith("STICK"))
        devices = LocalDevices(kiosk.settings, kiosk.agent, sticks)
        printer = PrinterClient("ipp://127.0.0.1:9/ipp/print", session)
        station = Station(Journal(folder / "print-jobs"), kiosk.office, printer)
        server = LocalServer(kiosk.settings, kiosk.agent, station, devices)
        runner = web.AppRunner(server.app(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", kiosk.settings.port).start()
        await devices._forgotten()  # what was plugged in before
        yield kiosk
        await kiosk.agent.close()
        await runner.cleanup()
