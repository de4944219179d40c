"""A Citizen's Window in a browser, with a printer, a camera and an office of memory."""

import asyncio
import base64
import contextlib
import functools
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from playwright.async_api import Page, expect

from bench.papers import a_card
from counter_client.agent import Agent
from counter_client.cameras import FRAME_SIZE
from counter_client.device import open_device
from counter_client.face.engine import FaceEngine
from counter_client.face.none import NoEngine
from counter_client.local_server import Handler, answered
from counter_client.office import OfficeSaysNo
from counter_client.outbox import Outbox
from counter_client.print_pages import PrintPages
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from counter_client.specimens import on_desk
from counter_client.window_document import WindowDocument
from counter_client.window_face import WindowFace
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from protocol.faces import Band
from signaling.journey_sight import fake_camera
from signaling.stack import free_ports
from tests.builders import ROOT
from tests.counter_client.faces import GREEN, somebody
from tests.counter_client.kiosk import StillCamera
from tests.counter_client.papers import JOB, a_real_pdf, sheets_in
from tests.counter_client.test_agent import QuietOffice
from tests.counter_client.test_device_pages import found_by_axe
from tests.pages import a_browser

NUMBER, CODE = "20261122000011", "12345678"
CARD = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


class OneLicence(QuietOffice):
    """A server that releases one licence to whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.pdf = a_real_pdf()
        self.told: list[str] = []
        self.ways = ["code"]
        self.refuses: list[str] = []
        self.asked: list[str] = []
        self.picture = b""
        self.face_seen = False
        self.told_of_face: list[dict[str, Any]] = []
        self.portrait: Image | None = somebody(GREEN)

    async def ask(
        self,
        method: str,
        path: str,
        body: object | None = None,
        data: bytes | None = None,
        query: str = "",
    ) -> bytes:
        assert method == "POST"
        self.asked.append(path.removeprefix("/api/terminal/"))
        if self.asked[-1] == "release-ways":
            return msgspec.json.encode({"ways": self.ways})
        if self.asked[-1] == "releases/document":
            assert isinstance(body, dict)
            assert body["number"] == NUMBER
            self.picture = base64.b64decode(body["picture"])
        if self.asked[-1].startswith("releases/face"):
            said = msgspec.to_builtins(body)
            self.told_of_face.append(said)
            if self.asked[-1] == "releases/face/portrait":
                if self.portrait is None:
                    raise OfficeSaysNo("face-no-portrait")
                return to_jpeg(self.portrait, 90)
            done = said.get("compared") or {}
            if not self.face_seen and done.get("band") != Band.LIKELY_SAME:
                return b'{"waiting": true}'
        if self.refuses:
            raise OfficeSaysNo(self.refuses.pop())
        digest = hashlib.sha256(self.pdf).hexdigest()
        return msgspec.json.encode(
            {"job": JOB, "sha256": digest, "size": len(self.pdf)}
        )

    async def licence(self, job: str) -> bytes:
        return self.pdf

    async def job_moved(self, job: str, step: str, printer: tuple[str, str]) -> None:
        self.told.append(step)


class Window:
    """A page in a browser, and the printer behind it."""

    def __init__(self, page: Page, printer: Printer, folder: Path) -> None:
        self.page, self.printer = page, printer
        self._folder = folder
        self.office = OneLicence()
        self.camera = StillCamera()
        outbox = Outbox(folder / "outbox", open_device(folder))
        self.agent = Agent(self.office, self.camera, outbox)

    @property
    def sheets(self) -> int:
        return sheets_in(self._folder / "tray")

    async def type_in(self) -> None:
        await self.page.locator("main").focus()
        for digits in (NUMBER, CODE):
            await self.page.keyboard.type(digits)
            await self.page.keyboard.press("Enter")

    async def type_number(self) -> None:
        await self.page.locator("main").focus()
        await self.page.keyboard.type(NUMBER)
        await self.page.keyboard.press("Enter")

    async def shows_a_document(self) -> None:
        """Come to where a document is laid down; one lies there."""
        self.office.ways = ["code", "document"]
        self.camera.picture = a_document()
        await self.type_number()
        await self.page.locator("[data-act=use-document]").wait_for()
        assert await found_by_axe(self.page) == []
        shot = ROOT / "var/shots/window-code-or-document.png"
        await self.page.screenshot(path=shot, full_page=True)
        await self.page.locator("[data-act=use-document]").click()
        await self.page.locator("[data-asking=document]").wait_for()

    async def reads(self) -> None:
        await self.page.locator("[data-act=read-document]").click()

    async def is_told(self) -> str:
        """Return what the page says went wrong."""
        return await self.page.locator(".banner.error").inner_text()

    async def has_a_job(self) -> None:
        async with asyncio.timeout(20):
            while not self.printer.spool.all():  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)

    async def sees_trouble(self, code: str) -> None:
        await expect(self.page.locator(f"[data-trouble={code}]")).to_be_visible()


@functools.cache
def a_document() -> Image:
    """A card under the camera, lying a little askew."""
    return on_desk(a_card(CARD), FRAME_SIZE, 5.0, 3)[0]


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors as the terminal's own server does."""
    return await answered(request, handler)


@contextlib.asynccontextmanager
async def a_window(
    tmp_path: Path,
    engine: FaceEngine | None = None,
    camera: tuple[int, int, int] = GREEN,
) -> AsyncIterator[Window]:
    """A window whose camera shows one colour; ``engine`` compares faces there."""
    port, pages_port = free_ports(2)
    printer = Printer(tmp_path / "spool", tmp_path / "tray", port, "Window")
    dist = ROOT / "counter_client/ui/dist"

    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(dist / "index.html")

    fake_camera(tmp_path / "camera.mjpeg", camera)
    flag = f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}"
    async with aiohttp.ClientSession() as session, a_browser(flag) as open_context:
        context = await open_context()
        window = Window(await context.new_page(), printer, tmp_path)
        client = PrinterClient(printer.uri, session)
        station = Station(Journal(tmp_path / "journal"), window.office, client)
        pages = web.Application(middlewares=[told])
        prints = PrintPages(window.office, station, tmp_path / "tray")
        prints.add_to(pages)
        WindowDocument(window.agent, station, prints).add_to(pages)
        WindowFace(window.office, prints, engine or NoEngine()).add_to(pages)
        pages.router.add_get("/window", index)
        pages.router.add_static("/assets", dist / "assets")
        runners = []
        for app, at in ((printer.app(), port), (pages, pages_port)):
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", at).start()
            runners.append(runner)
        working = asyncio.create_task(printer.run())
        await window.page.goto(f"http://127.0.0.1:{pages_port}/window")
        yield window
        await context.close()
        working.cancel()
        await window.agent.close()
        for runner in runners:
            await runner.cleanup()
