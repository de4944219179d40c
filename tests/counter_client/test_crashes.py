"""Whatever dies, and when: one sheet, or an honest word, never two."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from counter_client.printing.client import PrinterClient
from counter_client.printing.condition import PrinterUnfit
from counter_client.printing.faults import Fault
from counter_client.printing.journal import Journal, Record
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from signaling.stack import free_ports
from tests.builders import ROOT
from tests.counter_client.cut_line import Cut, CutLine
from tests.counter_client.doomed import IMPATIENT, NEVER
from tests.counter_client.papers import (
    DIGEST,
    JOB,
    PDF,
    FakeOffice,
    require_honest,
    sheets_in,
)


def stops(writes: int) -> list[str]:
    """Return every moment at which to be killed: before and after each write."""
    return [f"{when} {n + 1}" for n in range(writes) for when in ("before", "after")]


JOURNAL, PRINTER = 5, 4
"""So often the station's journal, and the printer, write to disk for one sheet."""


def command(what: str, folder: Path, port: int, stop: str) -> list[str]:
    module = "tests.counter_client.doomed"
    return [sys.executable, "-m", module, what, str(folder), str(port), JOB, stop]


@contextlib.contextmanager
def a_printer(folder: Path, port: int, stop: str) -> Iterator["subprocess.Popen[str]"]:
    words = command("printer", folder, port, stop)
    child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def run_station(folder: Path, port: int, stop: str) -> int:
    words = command("station", folder, port, stop)
    return subprocess.run(words, cwd=ROOT, check=False, timeout=60).returncode


@pytest.mark.parametrize("stop", stops(JOURNAL))
def test_the_agent_is_killed_at_every_step(tmp_path: Path, stop: str) -> None:
    port = free_ports(1)[0]

    with a_printer(tmp_path, port, NEVER):
        assert run_station(tmp_path, port, stop) == -signal.SIGKILL
        assert run_station(tmp_path, port, NEVER) == 0
        assert run_station(tmp_path, port, NEVER) == 0

    ends = [line.split()[1] for line in (tmp_path / "told").read_text().splitlines()]
    require_honest(sheets_in(tmp_path / "tray"), ends)
    assert ends[0] != "nobody-knows", "our own printer can always tell"


@pytest.mark.parametrize("stop", stops(PRINTER))
async def test_the_printer_is_killed_at_every_step(tmp_path: Path, stop: str) -> None:
    port, office = free_ports(1)[0], FakeOffice()
    async with aiohttp.ClientSession() as session:
        client = PrinterClient(f"ipp://127.0.0.1:{port}/ipp/print", session)
        station = Station(Journal(tmp_path / "journal"), office, client, IMPATIENT)

        with a_printer(tmp_path, port, stop) as doomed:
            printing = asyncio.create_task(station.print(JOB, DIGEST, len(PDF)))
            assert await asyncio.to_thread(doomed.wait, 30) == -signal.SIGKILL
        with a_printer(tmp_path, port, NEVER):
            await printing

    require_honest(sheets_in(tmp_path / "tray"), office.told)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so, for ten seconds."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # files and other processes tell nobody
            await asyncio.sleep(0.01)


class Room:
    """A printer, a station, and a line between them that can be cut."""

    def __init__(self, folder: Path, line: CutLine, printer: Printer) -> None:
        self.folder, self.line, self.printer = folder, line, printer
        self.office = FakeOffice()
        self.station: Station

    @property
    def record(self) -> Record:
        return self.station.record(JOB) or Record(job=JOB, sha256=DIGEST)

    @property
    def sheets(self) -> int:
        return sheets_in(self.folder / "tray")

    async def print(self) -> None:
        with contextlib.suppress(PrinterUnfit):
            await self.station.print(JOB, DIGEST, len(PDF))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    port = free_ports(1)[0]
    printer = Printer(tmp_path / "spool", tmp_path / "tray", port, "Cut")
    runner = web.AppRunner(printer.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    working = asyncio.create_task(printer.run())
    line = await CutLine(port).open()
    # A connection for each request: the n-th connection is the n-th step.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        room = Room(tmp_path, line, printer)
        client = PrinterClient(f"ipp://127.0.0.1:{line.port}/ipp/print", session)
        journal = Journal(tmp_path / "journal")
        room.station = Station(journal, room.office, client, IMPATIENT)
        yield room
    working.cancel()
    await line.close()
    await runner.cleanup()


CUTS = [Cut.AT_ONCE, Cut.IN_THE_REQUEST, Cut.BEFORE_THE_ANSWER]


@pytest.mark.parametrize("step", range(1, 6))
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.value)
async def test_the_line_to_the_printer_is_cut_at_every_step(
    room: Room, step: int, cut: Cut
) -> None:
    room.line.cuts[step] = cut

    await room.print()

    require_honest(room.sheets, room.office.told)
    assert room.office.told != ["nobody-knows"]


async def test_a_printer_that_comes_back_late_does_not_print_what_was_given_up(
    room: Room,
) -> None:
    room.printer.suffer(Fault.WELL)
    printing = asyncio.create_task(room.print())
    await until(lambda: bool(room.printer.spool.all()))
    room.printer.suffer(Fault.PAPER_OUT)
    await until(lambda: room.record.state == "spooled")
    room.line.down = True
    await printing
    assert room.office.told == ["nobody-knows"]

    room.line.down = False
    clearing = asyncio.create_task(room.station.clear_up())
    await until(lambda: not room.record.left_there)
    clearing.cancel()
    room.printer.suffer(Fault.WELL)
    await asyncio.sleep(0.5)

    assert room.sheets == 0


async def test_power_comes_back_to_a_printer_with_a_job_in_it(room: Room) -> None:
    printing = asyncio.create_task(room.print())
    await until(lambda: any(job.sha256 for job in room.printer.spool.all()))

    room.printer.suffer(Fault.POWER_CUT)
    await asyncio.sleep(0.3)
    room.printer.suffer(Fault.WELL)
    await printing
    await asyncio.sleep(0.5)

    require_honest(room.sheets, room.office.told)


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.JAM, Fault.DOOR])
async def test_printing_goes_on_by_itself_once_the_fault_is_gone(
    room: Room, fault: Fault
) -> None:
    printing = asyncio.create_task(room.print())
    await until(lambda: bool(room.printer.spool.all()))

    room.printer.suffer(fault)
    await until(lambda: bool(room.record.trouble))
    assert room.record.trouble == f"printer-{fault}"
    room.printer.suffer(Fault.WELL)
    await printing

    assert (room.sheets, room.office.told) == (1, ["sheet-out"])


async def test_an_applicant_who_gives_up_leaves_no_sheet_behind(room: Room) -> None:
    printing = asyncio.create_task(room.print())
    await until(lambda: bool(room.printer.spool.all()))
    room.printer.suffer(Fault.PAPER_OUT)
    await until(lambda: bool(room.record.trouble))

    room.station.give_up(JOB)
    await printing
    room.printer.suffer(Fault.WELL)
    await asyncio.sleep(0.5)

    assert (room.sheets, room.office.told) == (0, ["no-sheet"])
