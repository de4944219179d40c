"""How long a licence takes from release to the printer's yes, and to its tray.

Server, station and printer are those of operation and speak over the loopback:
device proofs, SQLite with full synchronisation, journal on disk, IPP. Nothing is a
fake but the licence, which is as many bytes as a sealed one.
"""

import asyncio
import contextlib
import datetime as dt
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from aiohttp import web

from bench.report import Promise, at_most, quick, tell
from casework.case import Case, Document
from casework.ledger import entry_of
from casework.numbers import acceptance_number
from counter_client.office import ServerOffice
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.printer import SHEET_TAKES, Printer
from counter_client.printing.station import Station
from protocol.ids import CaseId
from protocol.states import CaseState
from signaling.stack import free_ports
from tests.builders import a_case, a_step
from tests.signaling.site import Site, serving

SIZE = 204_000
"""Bytes of a sealed licence."""
PDF = b"%PDF-1.7\n" + bytes(SIZE)
CODE = "12345678"
RUNS = 9
"""A window may ask for ten releases in a minute."""
PEER = "less than a minute in the source documents; nothing to run"
TO_ACCEPTED = 1.0
"""Seconds from the release to the job that the printer has accepted."""
TO_SUBMIT = 0.05
"""Seconds to hand a whole document to a printer on the loopback."""
TO_TRAY = 2.0
"""Seconds from the release to the sheet, without the printer's own time."""
DAY = dt.date(2026, 11, 22)


class Timed(msgspec.Struct):
    """When one licence was where, in seconds after the release was asked for."""

    submitting: float
    accepted: float
    out: float


class TimedPrinter(PrinterClient):
    """Our own client; it looks at the clock when it hands a document over."""

    began = accepted = 0.0

    async def create(self, name: str) -> tuple[int, str]:
        """Create an empty job; the submission begins."""
        self.began = time.perf_counter()
        return await super().create(name)

    async def send(self, job: int, pdf: bytes) -> None:
        """Send the document; with the answer the job is accepted."""
        await super().send(job, pdf)
        self.accepted = time.perf_counter()


def promises() -> list[Promise]:
    """Measure, and return what is promised about the way to paper."""
    found = asyncio.run(_measure(4 if quick() else RUNS))
    ms = statistics.median(one.submitting for one in found)
    accepted = statistics.median(one.accepted for one in found)
    out = statistics.median(one.out for one in found) - SHEET_TAKES
    return [
        at_most("release to job accepted", "s", TO_ACCEPTED, accepted, PEER),
        at_most("spool submit on loopback, wall", "s", TO_SUBMIT, ms, PEER),
        at_most(
            "release to sheet, less the printer's own time", "s", TO_TRAY, out, PEER
        ),
    ]


async def _measure(runs: int) -> list[Timed]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with serving(Site(folder)) as site, _window(site, folder) as window:
            return [await window.print(number) for number in range(1, runs + 1)]


class _Window:
    """A station before our own printer, joined to a running server."""

    def __init__(self, site: Site, folder: Path, address: str) -> None:
        self._site = site
        self._office = ServerOffice(site.base, site.device, site.session)
        self._printer = TimedPrinter(address, site.session)
        journal = Journal(folder / "journal")
        self._station = Station(journal, self._office, self._printer)

    async def print(self, number: int) -> Timed:
        """Have the licence of the ``number``-th applicant printed."""
        case = await _issued(self._site, number)
        began = time.perf_counter()
        body = {"number": case.number, "code": CODE}
        await self._station.require_fit()
        raw = await self._office.ask("POST", "/api/terminal/releases", body)
        job = msgspec.json.decode(raw)
        await self._station.print(job["job"], job["sha256"], job["size"])
        ended = time.perf_counter()
        record = self._station.record(job["job"])
        assert record is not None, "it was just printed"
        assert record.state == "sheet-out", record.detail
        printer = self._printer
        return Timed(
            printer.accepted - printer.began, printer.accepted - began, ended - began
        )


@contextlib.asynccontextmanager
async def _window(site: Site, folder: Path) -> AsyncIterator[_Window]:
    await site.enrol()
    port = free_ports(1)[0]
    printer = Printer(folder / "spool", folder / "tray", port, "Benchmark")
    runner = web.AppRunner(printer.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    working = asyncio.create_task(printer.run())
    try:
        yield _Window(site, folder, printer.uri)
    finally:
        working.cancel()
        await runner.cleanup()


async def _issued(site: Site, number: int) -> Case:
    """Return a new case whose licence waits to be printed."""
    services = site.services
    store = services.cases.ledger.store
    case = a_case(id=CaseId(f"{number:032x}"), touched=time.time())
    entry = entry_of("case-opened", case, "clerk", {})
    await store.add(case, a_step(str(number)), entry)
    key = await services.papers.keep_bytes(case.id, "licence", PDF)
    digest = hashlib.sha256(PDF).hexdigest()
    ready = msgspec.structs.replace(
        case,
        state=CaseState.ISSUED,
        number=acceptance_number(DAY, number),
        release_code=CODE,
        documents=(Document("licence", key, digest, len(PDF), 1),),
        version=case.version + 1,
    )
    await store.save(ready, None, None)
    return ready


def main() -> int:
    """Tell what was measured."""
    return tell("printing", promises())


if __name__ == "__main__":
    sys.exit(main())
