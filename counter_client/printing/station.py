"""The print station: one release, at most one sheet, told honestly.

Each step is in a journal on disk before it is taken. A job that was sent and
cannot be accounted for is "unknown": a person settles it, it is never sent
again by a machine.
"""

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Protocol

import msgspec

from counter_client.printing.client import FINAL, PrinterClient, PrinterSaysNo
from counter_client.printing.disk import write_safely
from counter_client.printing.ipp import Attributes, JobState, first

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1
WAIT_FOR_SHEET = 120.0
"""Seconds until a job without an end is called unknown."""


class NotTheseBytes(Exception):
    """The licence that arrived is not the one that was released."""

    code = "not-these-bytes"


class Office(Protocol):
    """The server, as the station needs it."""

    async def licence(self, job: str) -> bytes:
        """Return the PDF released to this terminal."""
        ...

    async def job_moved(self, job: str, step: str) -> None:
        """Say what became of a job: a step of ``casework/print_job.py``."""
        ...


class Record(msgspec.Struct, kw_only=True):
    """A job as the station's journal keeps it."""

    job: str
    sha256: str
    state: str = "released"
    printer_job: int = 0
    printer_uuid: str = ""
    told: bool = False
    detail: str = ""


class Station:
    """Prints what was released to this terminal."""

    def __init__(self, folder: Path, office: Office, printer: PrinterClient) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._office = office
        self._printer = printer
        self._records: dict[str, Record] = {}

    def record(self, job: str) -> Record | None:
        """Return what is known of a job."""
        return self._records.get(job)

    async def print(self, job: str, sha256: str) -> None:
        """Fetch, check, send and watch one job until its end is known.

        A job that is in the journal already is not begun a second time.

        Raises:
            NotTheseBytes: what came is not what was released; nothing was sent.
            OfficeSaysNo: the licence could not be fetched; nothing was sent.
        """
        if job in self._records:
            return
        record = self._records[job] = Record(job=job, sha256=sha256)
        self._save(record)
        try:
            pdf = await self._fetch(record)
        except Exception:
            await self._settle(record, "no-sheet")
            raise
        try:
            await self._spool(record, pdf)
        except PrinterSaysNo as error:
            record.detail = str(error)
            # Before the document was sent no sheet can come; after it, nobody knows.
            sent = record.state == "sending"
            await self._settle(record, "nobody-knows" if sent else "no-sheet")
            return
        await self._watch(record)

    async def _fetch(self, record: Record) -> bytes:
        pdf = await self._office.licence(record.job)
        if hashlib.sha256(pdf).hexdigest() != record.sha256:
            raise NotTheseBytes
        return pdf

    async def resume(self) -> None:
        """Account for what was under way when the agent stopped."""
        for path in self._folder.glob("*.json"):
            record = msgspec.json.decode(path.read_bytes(), type=Record)
            self._records[record.job] = record
        for record in [one for one in self._records.values() if not one.told]:
            try:
                await self._resume_one(record)
            except Exception:
                log.exception("job not accounted for", extra={"job": record.job})

    async def _resume_one(self, record: Record) -> None:
        if record.state in {"released", "created"}:
            await self._settle(record, "no-sheet")
        elif record.state in {"sending", "spooled"}:
            await self._watch(record)
        else:
            await self._settle(record, record.state)

    async def _spool(self, record: Record, pdf: bytes) -> None:
        number, uuid = await self._printer.create(record.job)
        record.printer_job, record.printer_uuid = number, uuid
        record.state = "created"
        self._save(record)
        record.state = "sending"
        self._save(record)
        await self._printer.send(record.printer_job, pdf)
        record.state = "spooled"
        self._save(record)

    async def _watch(self, record: Record) -> None:
        """Follow the job at the printer until it ends or cannot be found."""
        try:
            async with asyncio.timeout(WAIT_FOR_SHEET):
                while True:
                    ended = await self._look(record)
                    if ended:
                        break
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            ended = "nobody-knows"
        await self._settle(record, ended)

    async def _look(self, record: Record) -> str:
        """Return the step that ends the job, or nothing while it goes on."""
        try:
            found = await self._printer.job(record.printer_job)
        except PrinterSaysNo as error:
            record.detail = str(error)
            return ""  # it may be starting again; the time limit decides
        record.detail = str(first(found, "job-state-reasons", ""))
        return _ended(found, record)

    async def _settle(self, record: Record, step: str) -> None:
        record.state = step
        self._save(record)
        await self._office.job_moved(record.job, step)
        record.told = True
        self._save(record)
        log.info("print job ended", extra={"job": record.job, "step": step})

    def _save(self, record: Record) -> None:
        path = self._folder / f"{record.job}.json"
        write_safely(path, msgspec.json.encode(record))


def _ended(found: Attributes, record: Record) -> str:
    """Return the step that ends the job, or nothing while it goes on."""
    if record.printer_uuid and first(found, "job-uuid") != record.printer_uuid:
        return "nobody-knows"  # the printer forgot it and counts from 1 again
    state = first(found, "job-state", 0)
    if state not in FINAL:
        return ""
    if state == JobState.COMPLETED:
        return "sheet-out"
    # A printer that does not count sheets cannot say that none came out.
    sheets = first(found, "job-impressions-completed")
    return "no-sheet" if sheets == 0 else "nobody-knows"
