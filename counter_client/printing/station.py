"""The print station: one release, at most one sheet, told honestly.

Each step is in a journal on disk before it is taken. A job that was sent and
cannot be accounted for is "unknown": a person settles it, it is never sent
again by a machine.
"""

import asyncio
import hashlib
import logging
import time
from typing import Protocol

from counter_client.printing import accounts
from counter_client.printing.client import PrinterSaysNo
from counter_client.printing.condition import (
    EXACT,
    PrinterUnfit,
    require_fit,
    trouble_of,
)
from counter_client.printing.ipp import Attributes, Status, first
from counter_client.printing.journal import Journal, Record
from counter_client.printing.patience import Patience
from counter_client.printing.tray_eye import NoEye, TrayEye, lies_there, unseen_yet

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1


class NotTheseBytes(Exception):
    """The licence that arrived is not the one that was released."""

    code = "not-these-bytes"


class Office(Protocol):
    """The server, as the station needs it."""

    async def licence(self, job: str) -> bytes:
        """Return the PDF released to this terminal."""
        ...

    async def job_moved(self, job: str, step: str, printer: tuple[str, str]) -> None:
        """Say what became of a job, a step of ``casework/print_job.py``.

        ``printer``: the UUIDs of the printer and of its job, as far as they are known.
        """
        ...


class Printer(Protocol):
    """A printer, as the station needs it; each may raise ``PrinterSaysNo``."""

    async def printer(self) -> Attributes:
        """Return the printer's state and what it can do."""
        ...

    async def create(self, name: str) -> tuple[int, str]:
        """Create an empty job; return its number and UUID."""
        ...

    async def send(self, job: int, pdf: bytes) -> None:
        """Send the document of a created job, whole."""
        ...

    async def job(self, job: int) -> Attributes:
        """Return what the printer knows about a job."""
        ...

    async def cancel(self, job: int) -> None:
        """Have a job not be printed."""
        ...


class Station:
    """Prints what was released to this terminal."""

    def __init__(
        self,
        journal: Journal,
        office: Office,
        printer: Printer,
        patience: Patience | None = None,
        eye: TrayEye | None = None,
    ) -> None:
        self._journal = journal
        self._office = office
        self._printer = printer
        self._patience = patience or Patience()
        self._eye = eye or NoEye()
        self._given_up: set[str] = set()

    def record(self, job: str) -> Record | None:
        """Return what is known of a job."""
        return self._journal.find(job)

    def give_up(self, job: str) -> None:
        """The applicant does not want to wait any longer: cancel the job."""
        self._given_up.add(job)

    async def require_fit(self) -> Attributes:
        """Return what the printer says, if a licence can be printed now.

        Raises:
            PrinterUnfit: no paper, a jam, a queue that rewrites documents, ...
        """
        try:
            found = await self._printer.printer()
        except PrinterSaysNo as error:
            log.warning("printer: %s", error)
            raise PrinterUnfit("printer-unreachable") from error
        require_fit(found)
        return found

    async def print(self, job: str, sha256: str, size: int) -> None:
        """Fetch, check, send and watch one job until its end is known.

        A job that is in the journal already is not begun a second time.

        Raises:
            NotTheseBytes: what came is not what was released; nothing was sent.
            PrinterUnfit: a licence cannot be printed now; nothing was sent.
            OfficeSaysNo: the licence could not be fetched; nothing was sent.
        """
        if self._journal.find(job) is not None:
            return
        record = Record(job=job, sha256=sha256, size=size)
        self._journal.save(record)
        try:
            printer = await self.require_fit()
            record.printer = str(first(printer, "printer-uuid", ""))
            record.exact = bool(first(printer, EXACT, False))
            pdf = await self._fetch(record)
        except Exception as error:
            record.trouble = getattr(error, "code", "")
            await self._settle(record, accounts.NO_SHEET)
            raise
        if await self._spool(record, pdf):
            await self._watch(record)

    async def _fetch(self, record: Record) -> bytes:
        pdf = await self._office.licence(record.job)
        right = hashlib.sha256(pdf).hexdigest() == record.sha256
        if len(pdf) != record.size or not right:
            raise NotTheseBytes
        return pdf

    async def _spool(self, record: Record, pdf: bytes) -> bool:
        """Hand the document over; return whether there is something to watch."""
        try:
            number, uuid = await self._printer.create(record.job)
        except PrinterSaysNo as error:
            # Without a document no sheet can come.
            record.detail, record.trouble = str(error), "printer-unreachable"
            await self._settle(record, accounts.NO_SHEET)
            return False
        record.printer_job, record.printer_uuid = number, uuid
        record.code = await unseen_yet(self._eye, pdf)
        self._enter(record, "sending")
        try:
            await self._printer.send(record.printer_job, pdf)
        except PrinterSaysNo as error:
            record.detail = str(error)  # it may have arrived all the same: look
            return True
        self._enter(record, "spooled")
        return True

    async def resume(self) -> None:
        """Account for what was under way when the agent stopped."""
        self._journal.load(time.time())
        begun = [one for one in self._journal.all() if not one.told]
        await asyncio.gather(*(self._resume_one(record) for record in begun))

    async def _resume_one(self, record: Record) -> None:
        try:
            if record.state in {"sending", "spooled"}:
                await self._watch(record)
            elif record.state in accounts.ENDS:
                await self._settle(record, record.state)
            else:  # the document was never sent
                await self._settle(record, accounts.NO_SHEET)
        except Exception:
            log.exception("job not accounted for", extra={"job": record.job})

    async def clear_up(self) -> None:
        """Cancel what a printer may still hold of jobs that ended, until cancelled.

        A printer that was switched off with a job in it must not print that job when
        it comes back: by then a person may have settled it, or had it printed again.
        """
        while True:
            for record in self._journal.all():
                if record.left_there:
                    await self._take_back(record)
            await asyncio.sleep(self._patience.between_looks_back)

    async def _take_back(self, record: Record) -> None:
        try:
            found = await self._printer.job(record.printer_job)
            if accounts.is_ours(found, record) and not accounts.is_over(found):
                await self._printer.cancel(record.printer_job)
                return
        except PrinterSaysNo as error:
            if not error.status:
                return  # not reached: look again later
        record.left_there = False
        self._journal.save(record)

    async def _watch(self, record: Record) -> None:
        """Follow the job at the printer until it ends or cannot be found."""
        clock, patience = asyncio.get_running_loop().time, self._patience
        began = heard = clock()
        cancelled = 0.0
        while True:
            end, answered = await self._look(record)
            heard = clock() if answered else heard
            if end:
                break
            lost = clock() - heard > patience.for_an_answer
            if lost or (cancelled and clock() - cancelled > patience.for_cancelling):
                record.left_there, end = True, accounts.NOBODY_KNOWS
                break
            if not cancelled and self._is_hopeless(record, clock() - began):
                cancelled = clock()
            if cancelled:
                await self._cancel(record)
            await asyncio.sleep(LOOK_EVERY)
        if end == accounts.NOBODY_KNOWS:
            looks, pause = patience.looks_at_the_tray, patience.between_looks
            record.seen = await lies_there(self._eye, record.code, looks, pause)
        await self._settle(record, accounts.SHEET_OUT if record.seen else end)

    def _is_hopeless(self, record: Record, waited: float) -> bool:
        late = waited > self._patience.for_a_sheet
        lost = record.state == "sending" and waited > self._patience.for_the_document
        return late or lost or record.job in self._given_up

    async def _cancel(self, record: Record) -> None:
        try:
            await self._printer.cancel(record.printer_job)
        except PrinterSaysNo as error:
            record.detail = str(error)

    async def _look(self, record: Record) -> tuple[str, bool]:
        """Return the step that ends the job, if any, and whether we were answered."""
        try:
            found = await self._printer.job(record.printer_job)
            printer = await self._printer.printer()
        except PrinterSaysNo as error:
            record.detail = str(error)
            gone = error.status == Status.NOT_FOUND
            if not gone:
                record.trouble = "printer-unreachable"
            return (accounts.NOBODY_KNOWS if gone else ""), bool(error.status)
        record.trouble = trouble_of(printer, waiting=True)
        record.detail = str(first(found, "job-state-reasons", ""))
        record.sheets = int(first(found, "job-impressions-completed", 0) or 0)
        ours = accounts.is_ours(found, record)
        if ours and record.state == "sending" and accounts.is_whole(found, record):
            self._enter(record, "spooled")
        return accounts.ended(found, record, counts=self._counts(record)), True

    def _counts(self, record: Record) -> bool:
        """Return whether this printer has ever counted a sheet."""
        if record.exact:
            return True
        others = self._journal.all()
        same = [
            one for one in others if record.printer and one.printer == record.printer
        ]
        return any(one.sheets > 0 and one.state == accounts.SHEET_OUT for one in same)

    def _enter(self, record: Record, state: str) -> None:
        record.state = state
        self._journal.save(record)

    async def _settle(self, record: Record, end: str) -> None:
        if end == accounts.SHEET_OUT:
            record.trouble = ""
        self._enter(record, end)
        printer = record.printer, record.printer_uuid
        told = accounts.SHEET_SEEN if record.seen else end
        await self._office.job_moved(record.job, told, printer)
        record.told = True
        self._journal.save(record)
        log.info("print job ended", extra={"job": record.job, "step": end})
