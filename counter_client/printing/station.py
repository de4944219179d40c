"""The print station: one release, at most one sheet, told honestly.

Each step is in a journal on disk before it is taken. A job that was sent and
cannot be accounted for is "unknown": a person settles it, it is never sent
again by a machine.
"""

import asyncio
import hashlib
import logging
import os
from pathlib import Path
from typing import Protocol

import msgspec

from counter_client.printing.client import FINAL, PrinterClient, PrinterSaysNo
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

        Raises:
            NotTheseBytes: what came is not what was released; nothing was sent.
        """
        record = self._records[job] = Record(job=job, sha256=sha256)
        self._save(record)
        pdf = await self._office.licence(job)
        if hashlib.sha256(pdf).hexdigest() != sha256:
            await self._settle(record, "no-sheet")
            raise NotTheseBytes
        try:
            await self._spool(record, pdf)
        except PrinterSaysNo as error:
            record.detail = str(error)
            # Before the document was sent no sheet can come; after it, nobody knows.
            sent = record.state == "sending"
            await self._settle(record, "nobody-knows" if sent else "no-sheet")
            return
        await self._watch(record)

    async def resume(self) -> None:
        """Account for what was under way when the agent stopped."""
        for path in self._folder.glob("*.json"):
            record = msgspec.json.decode(path.read_bytes(), type=Record)
            self._records[record.job] = record
            if record.told:
                continue
            if record.state in {"released", "created"}:
                await self._settle(record, "no-sheet")
            elif record.state in {"sending", "spooled"}:
                await self._watch(record)
            else:
                await self._settle(record, record.state)

    async def _spool(self, record: Record, pdf: bytes) -> None:
        record.printer_job, record.printer_uuid = await self._printer.create(record.job)
        record.state = "created"
        self._save(record)
        record.state = "sending"
        self._save(record)
        await self._printer.send(record.printer_job, pdf)
        record.state = "spooled"
        self._save(record)
        await self._office.job_moved(record.job, "spooled")

    async def _watch(self, record: Record) -> None:
        """Follow the job at the printer until it ends or cannot be found."""
        try:
            async with asyncio.timeout(WAIT_FOR_SHEET):
                while True:
                    found = await self._printer.job(record.printer_job)
                    ended = _ended(found, record)
                    if ended:
                        await self._settle(record, ended)
                        return
                    record.detail = str(first(found, "job-state-reasons", ""))
                    await asyncio.sleep(LOOK_EVERY)
        except (TimeoutError, PrinterSaysNo):
            await self._settle(record, "nobody-knows")

    async def _settle(self, record: Record, step: str) -> None:
        if record.state == "sending" and step == "sheet-out":
            # It came out although the answer to the transfer was lost.
            await self._office.job_moved(record.job, "spooled")
        record.state = step
        self._save(record)
        await self._office.job_moved(record.job, step)
        record.told = True
        self._save(record)
        log.info("print job ended", extra={"job": record.job, "step": step})

    def _save(self, record: Record) -> None:
        path = self._folder / f"{record.job}.json"
        half = path.with_suffix(".half")
        with half.open("wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)


def _ended(found: Attributes, record: Record) -> str:
    """Return the step that ends the job, or nothing while it goes on."""
    if first(found, "job-uuid") != record.printer_uuid:
        return "nobody-knows"  # the printer forgot it and counts from 1 again
    state = first(found, "job-state", 0)
    if state not in FINAL:
        return ""
    sheets = first(found, "job-impressions-completed", 0)
    if state == JobState.COMPLETED:
        return "sheet-out"
    return "nobody-knows" if sheets else "no-sheet"
