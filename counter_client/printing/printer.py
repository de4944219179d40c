"""Our own IPP Everywhere printer: prints by laying the PDF into a tray folder.

The embedded default, so that one command runs the whole journey through the same
protocol as a real printer. It prints only whole documents: a transfer that was
cut is an error, not half a page.
"""

import asyncio
import contextlib
import logging
import time
from pathlib import Path

from aiohttp import web

from counter_client.printing import requests
from counter_client.printing.disk import Disk
from counter_client.printing.faults import (
    PLACE,
    REASONS,
    Fault,
    read_fault,
    require_this_machine,
)
from counter_client.printing.ipp import (
    Attributes,
    BadIpp,
    Group,
    JobState,
    Message,
    Operation,
    Status,
    Tag,
    Value,
    decode,
    encode,
    first,
    opening,
)
from counter_client.printing.jobs import PrinterJob, Spool
from counter_client.printing.printer_attributes import (
    job_attributes,
    printer_attributes,
)
from counter_client.printing.requests import Refusal

log = logging.getLogger(__name__)

SHEET_TAKES = 0.3
"""Seconds that a sheet is under way."""
EMPTY_JOB_LASTS = 60.0
SHORT = {"job-id", "job-uri", "job-uuid", "job-state", "job-state-reasons"}


class Printer:
    """One printer with one tray."""

    def __init__(
        self,
        folder: Path,
        tray: Path,
        port: int,
        name: str,
        disk: Disk | None = None,
    ) -> None:
        self._place = folder, tray, disk or Disk()
        self.spool = Spool(*self._place)
        self.fault = Fault.WELL
        self.uri = f"ipp://127.0.0.1:{port}/ipp/print"
        self._name = name
        self._started = time.time() - 1
        self._wake = asyncio.Event()
        self._moving = 0
        """The job whose paper is on its way and cannot be called back."""

    def app(self) -> web.Application:
        """Return the HTTP application that speaks IPP."""
        app = web.Application(client_max_size=requests.LARGEST_DOCUMENT)
        app.router.add_post("/ipp/print", self.handle)
        app.router.add_post("/ipp/print/{job}", self.handle)
        app.router.add_post(PLACE, self._told_fault)
        return app

    async def _told_fault(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        self.suffer(read_fault(await request.read()))
        return web.Response(text=self.fault)

    def suffer(self, fault: Fault) -> None:
        """Have ``fault`` from now on; without power everything stops as it is."""
        powered = self.fault is not Fault.POWER_CUT
        if not powered and fault is not Fault.POWER_CUT:
            self.spool = Spool(*self._place)  # switched on again
        self.fault = fault
        self._wake.set()

    async def run(self) -> None:
        """Print what waits, one after the other, until cancelled."""
        while True:
            self._wake.clear()
            self._abandon_empty_jobs()
            waiting = [j for j in self.spool.all() if j.state is JobState.PENDING]
            if waiting and self.fault is Fault.WELL:
                await self._print_or_stop(waiting[0])
                continue
            await self._woken()

    async def _woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), 1.0)

    async def _print_or_stop(self, job: PrinterJob) -> None:
        """Print a job; one that cannot be printed does not stop the others."""
        try:
            await self._print(job)
        except OSError:
            log.exception("no sheet", extra={"job": job.id})
            self.spool.finish(job, JobState.ABORTED, "aborted-by-system")

    async def _print(self, job: PrinterJob) -> None:
        spool = self.spool
        job.state, job.reason = JobState.PROCESSING, "job-printing"
        job.processing = time.time()
        await asyncio.sleep(SHEET_TAKES)
        while self.fault is not Fault.WELL and self.spool is spool and not job.over:
            if job.state is JobState.PROCESSING and self.fault in REASONS:
                job.state, job.reason = JobState.STOPPED, "printer-stopped"
            self._wake.clear()
            await self._woken()
        if self.spool is not spool or job.over:
            return  # switched off meanwhile, or cancelled
        self._moving = job.id
        try:
            await asyncio.to_thread(spool.put_in_tray, job)
        finally:
            self._moving = 0
        log.info("sheet out", extra={"job": job.id})

    def _abandon_empty_jobs(self) -> None:
        for job in self.spool.all():
            old = time.time() - job.created > EMPTY_JOB_LASTS
            if job.reason == "job-incoming" and not job.over and old:
                self.spool.finish(job, JobState.ABORTED, "aborted-by-system")

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one IPP request over HTTP (RFC 8010 section 4)."""
        if request.content_type != "application/ipp":
            return web.Response(status=415)
        if self.fault is Fault.POWER_CUT and request.transport is not None:
            request.transport.abort()
            return web.Response(status=503)
        body = await request.read()
        try:
            message = decode(body)
        except BadIpp:
            return _respond(Message((2, 0), Status.BAD_REQUEST, 1, []))
        status, groups = Status.OK, []
        try:
            requests.require_opening(message)
            groups = self._answer(message)
        except Refusal as refusal:
            status = refusal.status
            if refusal.unsupported:
                groups = [(Group.UNSUPPORTED, refusal.unsupported)]
        known = message.version[0] in {1, 2}
        version = message.version if known else (2, 0)
        return _respond(Message(version, status, message.request, groups))

    def _answer(self, message: Message) -> list[tuple[Group, Attributes]]:
        asked = message.group(Group.OPERATION)
        if message.code not in {operation.value for operation in Operation}:
            raise Refusal(Status.OPERATION)
        match Operation(message.code):
            case (
                Operation.PRINT_JOB | Operation.VALIDATE_JOB | Operation.CREATE_JOB
            ) as operation:
                return self._new_job(operation, message)
            case Operation.GET_PRINTER:
                reason = REASONS.get(self.fault, "")
                found = printer_attributes(
                    self.uri, self._name, self._started, self.spool.all(), reason
                )
                return [(Group.PRINTER, requests.selected(found, asked))]
            case Operation.GET_JOBS:
                return self._jobs(asked)
            case Operation.CANCEL_MY_JOBS:
                self._cancel_all_of(requests.user(asked))
                return []
            case Operation.IDENTIFY:
                return []
            case operation:
                return self._about_job(operation, message)

    def _cancel_all_of(self, user: str) -> None:
        for job in self.spool.all():
            mine = job.user == user and job.id != self._moving
            if mine and not job.over:
                self._cancel(job)

    def _new_job(
        self, operation: Operation, message: Message
    ) -> list[tuple[Group, Attributes]]:
        asked = message.group(Group.OPERATION)
        requests.require_format(asked)
        template = message.group(Group.JOB)
        copies = template.get("copies")
        if copies and copies[0].value != 1 and first(asked, "ipp-attribute-fidelity"):
            raise Refusal(Status.ATTRIBUTES, {"copies": copies})
        if operation is Operation.VALIDATE_JOB:
            return []
        whole = operation is Operation.PRINT_JOB
        document = requests.document(message) if whole else b""
        if whole and not document:
            raise Refusal(Status.BAD_REQUEST)
        name = str(first(asked, "job-name", "untitled"))
        job = self.spool.create(name, requests.user(asked))
        if whole:
            self.spool.add_document(job, document)
            self._wake.set()
        return [self._short(job)]

    def _about_job(
        self, operation: Operation, message: Message
    ) -> list[tuple[Group, Attributes]]:
        asked = message.group(Group.OPERATION)
        job = self.spool.find(requests.job_number(asked))
        if job is None:
            raise Refusal(Status.NOT_FOUND)
        match operation:
            case Operation.GET_JOB:
                found = job_attributes(job, self.uri, self._started)
                return [(Group.JOB, requests.selected(found, asked))]
            case Operation.CANCEL_JOB:
                if job.over or job.id == self._moving:
                    raise Refusal(Status.NOT_POSSIBLE)
                self._cancel(job)
                return []
            case Operation.CLOSE_JOB:
                return []
            case _:
                self._take_document(job, message)
                return [self._short(job)]

    def _take_document(self, job: PrinterJob, message: Message) -> None:
        asked = message.group(Group.OPERATION)
        requests.require_format(asked)
        if "last-document" not in asked:
            raise Refusal(Status.BAD_REQUEST)
        if job.over:
            raise Refusal(Status.NOT_POSSIBLE)
        if self.spool.has_document(job):
            raise Refusal(Status.MULTIPLE_DOCUMENTS)
        document = requests.document(message)
        if not document:
            self.spool.finish(job, JobState.ABORTED, "aborted-by-system")
            return
        self.spool.add_document(job, document)
        self._wake.set()

    def _jobs(self, asked: Attributes) -> list[tuple[Group, Attributes]]:
        which = first(asked, "which-jobs", "not-completed")
        if which not in {"completed", "not-completed"}:
            raise Refusal(Status.ATTRIBUTES, {"which-jobs": asked["which-jobs"]})
        jobs = [j for j in self.spool.all() if j.over == (which == "completed")]
        if first(asked, "my-jobs"):
            jobs = [job for job in jobs if job.user == requests.user(asked)]
        if which == "completed":
            jobs.reverse()
        asked.setdefault(
            "requested-attributes",
            [Value(Tag.KEYWORD, "job-id"), Value(Tag.KEYWORD, "job-uri")],
        )
        return [
            (
                Group.JOB,
                requests.selected(job_attributes(job, self.uri, self._started), asked),
            )
            for job in jobs[: first(asked, "limit", 500)]
        ]

    def _cancel(self, job: PrinterJob) -> None:
        self.spool.finish(job, JobState.CANCELED, "job-canceled-by-user")

    def _short(self, job: PrinterJob) -> tuple[Group, Attributes]:
        found = job_attributes(job, self.uri, self._started)
        return Group.JOB, {name: found[name] for name in found if name in SHORT}


def _respond(message: Message) -> web.Response:
    groups = [(Group.OPERATION, opening()), *message.groups]
    body = encode(message._replace(groups=groups))
    return web.Response(body=body, content_type="application/ipp")
