"""Our station before printers and queues that others wrote."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from counter_client.printing.client import PrinterClient
from counter_client.printing.condition import PrinterUnfit
from counter_client.printing.journal import Journal
from counter_client.printing.patience import Patience
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from signaling.stack import free_ports
from tests.counter_client.cut_line import CutLine
from tests.counter_client.papers import JOB, FakeOffice, a_real_pdf
from tests.counter_client.real_printers import (
    EvePrinter,
    an_eve_printer,
    cups_queues,
    missing,
)

NO_EVE = missing("ippeveprinter", "avahi-daemon", "dbus-daemon")
NO_CUPS = missing("cupsd", "lpadmin")
eve_only = pytest.mark.skipif(bool(NO_EVE), reason=f"{NO_EVE} is not installed")
cups_only = pytest.mark.skipif(bool(NO_CUPS), reason=f"{NO_CUPS} is not installed")

PATIENT = Patience(for_the_document=3.0, for_cancelling=5.0, for_an_answer=10.0)


PDF = a_real_pdf()


class Window:
    """A station before one address."""

    def __init__(self, folder: Path, address: str) -> None:
        # A connection for each request, so that a line can be cut at the n-th.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True)
        )
        self.office = FakeOffice(PDF)
        self.client = PrinterClient(address, self._session)
        journal = Journal(folder / "journal")
        self.station = Station(journal, self.office, self.client, PATIENT)

    async def __aenter__(self) -> "Window":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()

    async def print(self) -> None:
        digest = hashlib.sha256(PDF).hexdigest()
        await self.station.print(JOB, digest, len(PDF))


@pytest.fixture
async def eve() -> AsyncIterator[EvePrinter]:
    async with an_eve_printer() as printer:
        yield printer


@eve_only
async def test_a_conforming_printer_prints_the_very_bytes_once(
    eve: EvePrinter, tmp_path: Path
) -> None:
    async with Window(tmp_path, eve.address) as window:
        await window.print()
        await window.print()

    assert eve.sheets() == [PDF]
    assert window.office.told == ["sheet-out"]


def trouble(window: Window) -> str:
    told = window.station.record(JOB)
    return told.trouble if told else ""


@eve_only
async def test_a_printer_that_only_warns_is_told_in_words_and_goes_on(
    eve: EvePrinter, tmp_path: Path
) -> None:
    eve.take_the_paper_out()
    async with Window(tmp_path, eve.address) as window:
        printing = asyncio.create_task(window.print())
        async with asyncio.timeout(20):
            while trouble(window) != "printer-paper-out":  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.05)
        eve.put_paper_in()
        await printing

    assert window.office.told == ["sheet-out"]


@eve_only
async def test_half_a_document_is_printed_by_others_and_called_unknown_by_us(
    eve: EvePrinter, tmp_path: Path
) -> None:
    line = await CutLine(eve.port).open()
    line.halves = True
    address = eve.address.replace(str(eve.port), str(line.port))
    async with Window(tmp_path, address) as window:
        await window.print()
    await line.close()

    assert window.office.told == ["nobody-knows"]
    assert [PDF.startswith(sheet) for sheet in eve.sheets()] == [True]
    assert eve.sheets() != [PDF]


class OurPrinter:
    """Our own printer, at the far end of a spooler of somebody else's."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(1)[0]
        self.tray = folder / "tray"
        self.printer = Printer(folder / "spool", self.tray, self.port, "Ours")

    def sheets(self) -> list[bytes]:
        return [path.read_bytes() for path in self.tray.glob("*.pdf")]


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[OurPrinter]:
    ours = OurPrinter(tmp_path)
    runner = web.AppRunner(ours.printer.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ours.port).start()
    working = asyncio.create_task(ours.printer.run())
    yield ours
    working.cancel()
    await runner.cleanup()


@cups_only
async def test_a_queue_that_rewrites_a_sealed_pdf_is_refused_with_the_reason(
    ours: OurPrinter, tmp_path: Path
) -> None:
    async with (
        cups_queues(ours.printer.uri) as queues,
        Window(tmp_path, f"{queues}/filtered") as window,
    ):
        with pytest.raises(PrinterUnfit) as caught:
            await window.print()
        assert caught.value.code == "printer-rewrites"
        assert (window.office.told, ours.sheets()) == (["no-sheet"], [])

        # It is refused for a reason: what is sent there comes out as something else.
        job, _ = await window.client.create("licence")
        await window.client.send(job, PDF)
        async with asyncio.timeout(20):
            while not ours.sheets():  # noqa: ASYNC110  # another process prints
                await asyncio.sleep(0.05)
    assert PDF not in ours.sheets()


@cups_only
async def test_a_raw_queue_passes_the_very_bytes_on(
    ours: OurPrinter, tmp_path: Path
) -> None:
    async with (
        cups_queues(ours.printer.uri) as queues,
        Window(tmp_path, f"{queues}/raw") as window,
    ):
        await window.print()

    assert ours.sheets() == [PDF]
    assert window.office.told == ["sheet-out"]
