"""Moves a print job, and does what follows: case, sheet and evidence, each once.

The job decides: its row changes first, by its version, so that of two windows or
two verdicts one wins. What a crash left undone after that is done at the start.
"""

import secrets
from collections.abc import Mapping

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import ChangedMeanwhile
from casework.ledger import Ledger
from casework.machine import following
from casework.ports import Clock, Job, JobStore
from casework.print_job import MOVES, OVER, Step
from casework.stock import Photo, Stock
from protocol.ids import StepId
from protocol.states import CaseState, JobState

LASTS = 900.0
"""Seconds in which a release can be used; a job that is longer under way than that
may be settled by a person."""
KINDS: Mapping[JobState, str] = {
    JobState.PRINTED: "sheet-printed",
    JobState.NOT_PRINTED: "no-sheet",
    JobState.UNKNOWN: "sheet-unknown",
    JobState.SPOILED: "sheet-spoiled",
}
"""Entries of the evidence log by what became of a sheet. ``sheet-printed`` attests
it: which licence, on which numbered sheet, by which job of which printer."""

TRAY_CAMERA = "tray-camera"
"""A fact of ``sheet-printed``: the printer itself did not know."""


class PrintMoves:
    """Said again, nothing happens a second time: every part has its own mark."""

    def __init__(
        self, ledger: Ledger, jobs: JobStore, stock: Stock, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._stock = stock
        self._clock = clock

    async def take(self, old: Job, step: Step, **said: str) -> Job:
        """Take ``step``, then do what follows from it.

        Raises:
            NotAllowedNow: the table has no such move.
            ChangedMeanwhile: somebody else moved the job first.
        """
        state = following(MOVES, old.state, step)
        more = {"state": state, "version": old.version + 1, "detail": step.value}
        new = msgspec.structs.replace(old, **more, **said)
        await self._jobs.save(new)
        return await self.follow(new)

    async def expired_by_now(self, job: Job) -> Job:
        """Return the job; one that nobody fetched in time has ended."""
        if job.state is not JobState.RELEASED or not self.is_late(job):
            return job
        try:
            return await self.take(job, Step.EXPIRED)
        except ChangedMeanwhile:  # fetched, or ended, at this very moment
            return await self._jobs.load(job.id)

    def now(self) -> float:
        """Return the time by which releases are judged."""
        return self._clock.now()

    def is_late(self, job: Job) -> bool:
        """Return whether the time in which a release can be used is over."""
        return self._clock.now() - job.at > LASTS

    async def follow(self, job: Job) -> Job:
        """Do what follows from the job's state, then close it if it is over."""
        if job.state in KINDS:
            await self._account_for_sheet(job)
            await self._ledger.change(
                job.case,
                lambda case: self._moved(case, job),
                KINDS[job.state],
                job.settled_by or job.terminal,
                StepId(f"{KINDS[job.state]}-{job.id}"),
                _facts(job),
            )
        if job.state in OVER:
            await self._jobs.close(job.id)
        return job

    async def _account_for_sheet(self, job: Job) -> None:
        by = job.settled_by or job.terminal
        if not job.sheet:
            return
        if job.state is JobState.PRINTED:
            await self._stock.printed(job.sheet, job.id, by)
        elif job.state is JobState.NOT_PRINTED:
            await self._stock.not_used(job.sheet, job.id)
        elif job.state is JobState.SPOILED:
            photo = Photo(job.photo, job.photo_sha256)
            await self._stock.spoiled_in_job(job.sheet, job.id, job.reason, photo, by)

    def _moved(self, case: Case, job: Job) -> Case:
        at = self._clock.now()
        if job.state is JobState.PRINTED:
            return case.after(CaseStep.SHEET_PRINTED, at)
        if job.state is JobState.SPOILED and case.state is CaseState.PRINTED:
            # The old code may lie in a dossier by now: a reprint has its own.
            code = f"{secrets.randbelow(10**8):08d}"
            return case.after(CaseStep.REPRINT_ALLOWED, at, release_code=code)
        return case.with_changes(at)


def _facts(job: Job) -> dict[str, str]:
    facts = {
        "job": job.id,
        "licence": job.sha256,
        "station": job.terminal,
        "sheet": job.sheet,
        "printer": job.printer,
        "printer-job": job.printer_job,
        "reason": job.reason,
        "photo": job.photo_sha256,
        "settled-by": job.settled_by,
        "known-by": TRAY_CAMERA if job.detail == Step.SHEET_SEEN else "",
    }
    return {name: value for name, value in facts.items() if value}
