"""What becomes of a submitted case: decision, licence, release, sheet."""

import hmac
import secrets

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import (
    LicenceNotReady,
    NotAllowedNow,
    NotFound,
    ReleaseLocked,
    WrongReleaseCode,
)
from casework.items import Catalogue
from casework.ledger import Ledger, entry_of
from casework.licences import issue, require_in_force
from casework.machine import following
from casework.numbers import read_number
from casework.paperwork import Paperwork
from casework.ports import Clock, Job, JobStore
from casework.print_job import MOVES as JOB_MOVES
from casework.print_job import Step as JobStep
from protocol.ids import CaseId, StaffId, StepId, TerminalId
from protocol.states import CaseState, JobState

TRIES = 5
"""Wrong release codes after which a person has to help."""


class Outcomes:
    """The department's side of the office, and the way to paper."""

    def __init__(
        self,
        ledger: Ledger,
        jobs: JobStore,
        papers: Paperwork,
        items: Catalogue,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._papers = papers
        self._items = items
        self._clock = clock

    async def decide(
        self, case: CaseId, step: CaseStep, reason: str, by: StaffId, mark: StepId
    ) -> Case:
        """Approve, return or reject; approval issues the licence at once."""
        if done := await self._ledger.result_of(mark, case):
            return done
        before = await self._ledger.store.load(case)
        at = self._clock.now()
        case_now = before
        if before.state is CaseState.SUBMITTED and step is not CaseStep.APPROVED:
            case_now = before.after(CaseStep.REVIEW_BEGAN, at)
        case_now = case_now.after(step, at, reason=reason)
        facts = {"decision": step.value}
        if step is CaseStep.APPROVED:
            case_now, record = await issue(case_now, self._items, self._papers, at)
            document = case_now.document("licence")
            assert document is not None, "just issued"
            facts["licence"] = document.sha256
            facts["digest"] = record.digest().hex()
        final = msgspec.structs.replace(case_now, version=before.version + 1)
        entry = entry_of("case-decided", final, by, facts)
        await self._ledger.store.save(final, mark, entry)
        return final

    async def release(self, number: str, code: str, terminal: TerminalId) -> Job:
        """Release the licence to ``terminal`` for printing, once.

        Raises:
            BadNumber: ``number`` cannot be an acceptance number.
            WrongReleaseCode: no such case, or not its code; five tries.
            ReleaseLocked: too many wrong codes, or printed or under way already.
            LicenceNotReady: the licence has not been issued yet.
            LicenceNotInForce: it was suspended or revoked, or has run out.
        """
        digits = read_number(number)
        try:
            case = await self._ledger.store.numbered(digits)
        except NotFound:
            raise WrongReleaseCode("unknown number") from None
        if case.release_tries >= TRIES:
            raise ReleaseLocked("too many tries")
        given = "".join(character for character in code if character.isdigit())
        if not hmac.compare_digest(given.encode(), case.release_code.encode()):
            await self._count_wrong_code(case.id, terminal)
            raise WrongReleaseCode("code")
        licence = case.document("licence")
        if case.state is CaseState.PRINTED:
            raise ReleaseLocked("printed")
        if case.state is not CaseState.ISSUED or licence is None:
            raise LicenceNotReady(case.state)
        require_in_force(case, self._clock.now())
        return await self._job_for(case, licence.sha256, terminal)

    async def _job_for(self, case: Case, sha256: str, terminal: TerminalId) -> Job:
        """Return the one job of a case: a new one, or the same one asked for again.

        The job's id is kept in the case, in the transaction that releases it, so
        two windows cannot both get one; and a window that was restarted before it
        heard the answer gets the same job, which its journal knows or does not.
        """
        at = self._clock.now()
        if case.release_job:
            old = await self._stored_job(case, sha256)
            if old.state is JobState.RELEASED and old.terminal == terminal:
                return old
            if old.state is not JobState.NOT_PRINTED:
                raise ReleaseLocked("already released")
        job = Job(
            id=secrets.token_hex(16),
            case=case.id,
            terminal=terminal,
            sha256=sha256,
            at=at,
        )

        def change(old: Case) -> Case:
            if old.release_job != case.release_job:
                raise ReleaseLocked("released elsewhere")
            return old.with_changes(at, release_job=f"{job.id} {terminal}")

        facts = {"job": job.id, "licence": sha256}
        await self._ledger.change(
            case.id, change, "licence-released", terminal, None, facts
        )
        await self._jobs.add(job)
        return job

    async def _stored_job(self, case: Case, sha256: str) -> Job:
        """Return the job that the case names; a crash may have lost its row."""
        name, _, terminal = case.release_job.partition(" ")
        try:
            return await self._jobs.load(name)
        except NotFound:
            job = Job(
                id=name,
                case=case.id,
                terminal=TerminalId(terminal),
                sha256=sha256,
                at=case.touched,
            )
            await self._jobs.add(job)
            return job

    async def sheet_out(self, case: CaseId, job: str, by: TerminalId) -> Case:
        """One sheet lies in the tray."""

        def change(old: Case) -> Case:
            return old.after(CaseStep.SHEET_PRINTED, self._clock.now())

        mark = StepId(f"sheet-{job}")
        return await self._ledger.change(
            case, change, "sheet-printed", by, mark, {"job": job}
        )

    async def _count_wrong_code(self, case: CaseId, terminal: TerminalId) -> None:
        def change(old: Case) -> Case:
            return old.with_changes(
                self._clock.now(), release_tries=old.release_tries + 1
            )

        await self._ledger.change(case, change, "wrong-release-code", terminal)

    async def job_moved(self, job: str, step: JobStep, by: TerminalId) -> Job:
        """Keep what the station says became of a job; a sheet moves the case.

        Said again, a step changes nothing. From "unknown" no station leads out:
        a person has to settle it.
        """
        old = await self.job(job, by)
        if old.detail == step.value:
            return old
        if old.state is JobState.UNKNOWN:
            raise NotAllowedNow("a person settles what is unknown")
        new = msgspec.structs.replace(
            old,
            state=following(JOB_MOVES, old.state, step),
            version=old.version + 1,
            detail=step.value,
        )
        if new.state is JobState.PRINTED:
            await self.sheet_out(old.case, job, by)
        await self._jobs.save(new)
        return new

    async def job(self, job: str, terminal: TerminalId) -> Job:
        """Return a job of this terminal, or raise ``NotFound``."""
        found = await self._jobs.load(job)
        if found.terminal != terminal:
            raise NotFound("job")
        return found
