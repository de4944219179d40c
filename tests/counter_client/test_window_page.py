"""The Citizen's Window by keyboard and touch, before a printer with faults."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from counter_client.print_pages import PrintPages
from counter_client.printing.client import PrinterClient
from counter_client.printing.faults import Fault
from counter_client.printing.journal import Journal
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from protocol.states import Language
from signaling.stack import free_ports
from tests.builders import ROOT, has
from tests.counter_client.papers import JOB, a_real_pdf, sheets_in
from tests.counter_client.test_agent import QuietOffice
from tests.counter_client.test_device_pages import found_by_axe
from tests.pages import CHROMIUM, a_browser

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")

NUMBER, CODE = "20261122000011", "12345678"


class OneLicence(QuietOffice):
    """A server that releases one licence to whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.pdf = a_real_pdf()
        self.told: list[str] = []

    async def ask(
        self,
        method: str,
        path: str,
        body: object | None = None,
        data: bytes | None = None,
        query: str = "",
    ) -> bytes:
        assert (method, path) == ("POST", "/api/terminal/releases")
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

    @property
    def sheets(self) -> int:
        return sheets_in(self._folder / "tray")

    async def type_in(self) -> None:
        await self.page.locator("main").focus()
        for digits in (NUMBER, CODE):
            await self.page.keyboard.type(digits)
            await self.page.keyboard.press("Enter")

    async def has_a_job(self) -> None:
        async with asyncio.timeout(20):
            while not self.printer.spool.all():  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)

    async def sees_trouble(self, code: str) -> None:
        await expect(self.page.locator(f"[data-trouble={code}]")).to_be_visible()


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Window]:
    port, pages_port = free_ports(2)
    printer = Printer(tmp_path / "spool", tmp_path / "tray", port, "Window")
    dist = ROOT / "counter_client/ui/dist"

    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(dist / "index.html")

    async with aiohttp.ClientSession() as session, a_browser() as open_context:
        context = await open_context()
        window = Window(await context.new_page(), printer, tmp_path)
        client = PrinterClient(printer.uri, session)
        station = Station(Journal(tmp_path / "journal"), window.office, client)
        pages = web.Application()
        PrintPages(window.office, station, tmp_path / "tray").add_to(pages)
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
        for runner in runners:
            await runner.cleanup()


async def test_a_licence_comes_out_of_two_numbers(window: Window) -> None:
    await window.type_in()

    await window.page.locator("[data-job=sheet-out]").wait_for()
    await window.page.locator("img.sheet").wait_for()
    assert (window.sheets, window.office.told) == (1, ["sheet-out"])
    assert await found_by_axe(window.page) == []


async def test_a_door_is_told_before_anybody_types_and_nothing_is_released(
    window: Window,
) -> None:
    window.printer.suffer(Fault.DOOR)
    await window.page.reload()

    await window.sees_trouble("printer-door")
    assert await found_by_axe(window.page) == []
    await window.type_in()
    await window.page.locator(".banner.error").wait_for()

    assert (window.sheets, window.office.told) == (0, [])


async def test_a_jam_is_told_in_every_language_and_printing_goes_on_after_it(
    window: Window,
) -> None:
    await window.type_in()
    await window.has_a_job()
    window.printer.suffer(Fault.JAM)

    await window.sees_trouble("printer-jam")
    said = set()
    for button in await window.page.locator(".bar .plain").all():
        await button.click()
        said.add(await window.page.locator("[data-trouble]").inner_text())
    assert len(said) >= len(Language)
    assert await found_by_axe(window.page) == []
    window.printer.suffer(Fault.WELL)

    await window.page.locator("[data-job=sheet-out]").wait_for()
    assert window.sheets == 1


async def test_who_does_not_want_to_wait_leaves_without_a_sheet_behind(
    window: Window,
) -> None:
    await window.type_in()
    await window.has_a_job()
    window.printer.suffer(Fault.PAPER_OUT)
    await window.sees_trouble("printer-paper-out")

    await window.page.locator("[data-act=give-up]").click()

    await window.page.locator("[data-job=no-sheet]").wait_for()
    window.printer.suffer(Fault.WELL)
    assert (window.sheets, window.office.told) == (0, ["no-sheet"])


async def test_a_printer_that_lost_power_is_named(window: Window) -> None:
    window.printer.suffer(Fault.POWER_CUT)
    await window.page.reload()

    await window.sees_trouble("printer-unreachable")
