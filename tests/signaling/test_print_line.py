"""Windows, a server and a line between them: one release, one sheet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from casework.ports import Terminal
from casework.release_ways import Way
from counter_client.device import open_device
from counter_client.office import OfficeSaysNo, ServerOffice
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from protocol.states import CaseState, JobState
from signaling.stack import free_ports
from tests.counter_client.cut_line import Cut, CutLine
from tests.counter_client.papers import PDF, sheets_in
from tests.signaling.holder import HELD, NumberReader, releasing_by
from tests.signaling.print_desk import CODE, NUMBER, a_photo, an_issued_case
from tests.signaling.site import Site, serving

CUTS = [Cut.AT_ONCE, Cut.IN_THE_REQUEST, Cut.BEFORE_THE_ANSWER]


class Window:
    """A station with its own device, printer and line to the server."""

    def __init__(self, folder: Path, line: CutLine, session: aiohttp.ClientSession):
        self.tray, self.line = folder / "tray", line
        self.way = Way.CODE
        port = free_ports(1)[0]
        self.printer = Printer(folder / "spool", self.tray, port, folder.name)
        self.port = port
        self.device = open_device(folder)
        url = f"http://127.0.0.1:{line.port}"
        self.office = ServerOffice(url, self.device, session)
        client = PrinterClient(self.printer.uri, session)
        self.station = Station(Journal(folder / "journal"), self.office, client)

    async def ask(self) -> dict[str, object]:
        body = {"number": NUMBER, "code": CODE}
        address = "/api/terminal/releases"
        if self.way is Way.DOCUMENT:
            body = {"number": NUMBER, "picture": a_photo()}
            address += "/document"
        raw = await self.office.ask("POST", address, body)
        return msgspec.json.decode(raw, type=dict)

    async def print(self) -> str:
        """Ask for the licence and print it; return why not, if not."""
        try:
            job = await self.ask()
            await self.station.print(str(job["job"]), str(job["sha256"]), len(PDF))
        except OfficeSaysNo as error:
            return error.code
        return ""

    @property
    def sheets(self) -> int:
        return sheets_in(self.tray)


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """An office that releases by code and by document, whichever comes."""
    async with serving(releasing_by(tmp_path, "either")) as site:
        monkeypatch.setattr(site.services.readings, "_reader", NumberReader())
        yield site


@contextlib.asynccontextmanager
async def a_window(site: Site, folder: Path) -> AsyncIterator[Window]:
    folder.mkdir()
    line = await CutLine(site.port).open()
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        window = Window(folder, line, session)
        terminals = site.services.terminals
        await terminals.offer_code(folder.name, site.services.clock.now() + 60)
        one = Terminal(
            id=window.device.id,
            name=folder.name,
            public_key=window.device.public_key,
            enrolled=site.services.clock.now(),
        )
        await terminals.enrol(one, folder.name)
        runner = web.AppRunner(window.printer.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", window.port).start()
        working = asyncio.create_task(window.printer.run())
        yield window
        working.cancel()
        await runner.cleanup()
    await line.close()


@pytest.mark.parametrize("second", list(Way))
@pytest.mark.parametrize("first", list(Way))
async def test_two_windows_at_once_print_one_sheet(
    site: Site, tmp_path: Path, first: Way, second: Way
) -> None:
    case = await an_issued_case(site, PDF, HELD)
    async with (
        a_window(site, tmp_path / "one") as one,
        a_window(site, tmp_path / "two") as two,
    ):
        one.way, two.way = first, second
        said = await asyncio.gather(one.print(), two.print())

        assert sorted(said) == ["", "release-locked"]
        assert one.sheets + two.sheets == 1
    stored = await site.services.cases.ledger.store.load(case.id)
    assert stored.state is CaseState.PRINTED


@pytest.mark.parametrize("way", list(Way))
async def test_a_release_that_is_asked_for_twice_is_one_sheet(
    site: Site, tmp_path: Path, way: Way
) -> None:
    await an_issued_case(site, PDF, HELD)
    async with a_window(site, tmp_path / "one") as window:
        window.way = way
        await asyncio.gather(window.print(), window.print(), return_exceptions=True)

        assert await window.print() == "release-locked"
        assert window.sheets == 1


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("step", [2, 3], ids=["document", "report"])
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.value)
async def test_the_line_to_the_server_is_cut_at_every_step(
    site: Site, tmp_path: Path, step: int, cut: Cut, way: Way
) -> None:
    case = await an_issued_case(site, PDF, HELD)
    prints = site.services.printing.prints
    async with a_window(site, tmp_path / "one") as window:
        window.way = way
        window.line.cuts[step] = cut
        await window.print()
        [job] = await prints.of_case(case.id)

        printed = job.state is JobState.PRINTED
        assert job.state in {JobState.PRINTED, JobState.NOT_PRINTED}
        assert window.sheets == (1 if printed else 0)
        again = await window.print()
        assert again == ("release-locked" if printed else "")
        assert window.sheets == 1


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.value)
@pytest.mark.parametrize("way", list(Way))
async def test_the_line_is_cut_while_the_release_is_asked_for(
    site: Site, tmp_path: Path, cut: Cut, way: Way
) -> None:
    case = await an_issued_case(site, PDF, HELD)
    async with a_window(site, tmp_path / "one") as window:
        window.way = way
        window.line.cuts[1] = cut

        assert await window.print() == "line-down"
        assert window.sheets == 0
        assert await window.print() == ""

        assert window.sheets == 1
    assert len(await site.services.printing.prints.of_case(case.id)) == 1
