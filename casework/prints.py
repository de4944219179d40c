"""A released licence on its way through a station, until every sheet is known."""

import logging

import msgspec

from casework.errors import (
    CaseworkError,
    ChangedMeanwhile,
    NotAllowedNow,
    NotFound,
    PhotoMissing,
    ReasonMissing,
    ReleaseUsed,
)
from casework.ports import Job, JobStore
from casework.print_job import BY_A_PERSON, OVER, Step
from casework.print_moves import PrintMoves
from casework.stock import Photo
from protocol.ids import CaseId, StaffId, TerminalId
from protocol.states import JobState, SheetReason

log = logging.getLogger(__name__)

BY_THE_STATION = frozenset(
    {
        Step.SPOOLED,
        Step.SHEET_OUT,
        Step.SHEET_SEEN,
        Step.NO_SHEET,
        Step.NOBODY_KNOWS,
    }
)
UNDER_WAY = frozenset({JobState.HANDED_OUT, JobState.SPOOLED})


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a station says became of a job, and which printer says so."""

    step: Step
    printer: str = ""
    printer_job: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person who stood at the printer says became of a sheet."""

    step: Step
    reason: SheetReason | None = None
    photo: Photo | None = None


class Prints:
    """Hands documents out, once each, and hears what became of the sheets."""

    def __init__(self, jobs: JobStore, moves: PrintMoves) -> None:
        self._jobs = jobs
        self._moves = moves

    async def hand_out(self, job: str, terminal: TerminalId) -> Job:
        """Let the station of ``terminal`` have the document, once and in time.

        Raises:
            ReleaseUsed: it was handed out before, or is older than ``LASTS``.
            NotFound: no such job of this terminal.
        """
        found = await self._moves.expired_by_now(await self.job(job, terminal))
        if found.state is not JobState.RELEASED:
            raise ReleaseUsed(found.state)
        try:
            return await self._moves.take(found, Step.HANDED_OUT)
        except ChangedMeanwhile:
            raise ReleaseUsed("at this moment") from None

    async def moved(self, job: str, told: Told, by: TerminalId) -> Job:
        """Keep what the station says became of a job; a sheet moves the case.

        Said again, a step changes nothing. From "unknown" no station leads out:
        a person has to settle it.
        """
        old = await self.job(job, by)
        if old.detail == told.step.value:
            return await self._moves.follow(old)
        if told.step not in BY_THE_STATION or old.state is JobState.UNKNOWN:
            raise NotAllowedNow("a person settles what is unknown")
        said = {"printer": told.printer, "printer_job": told.printer_job}
        return await self._moves.take(old, told.step, **said)

    async def settle(self, job: str, verdict: Verdict, by: StaffId) -> Job:
        """Keep what a person says became of a sheet; the same again is no change.

        A printed sheet may be spoiled afterwards: that, and the photograph of it,
        is what a reprint needs.

        Raises:
            NotAllowedNow: the station is still at it, or it is settled otherwise.
            ReasonMissing, PhotoMissing: a spoiled sheet needs both.
        """
        old = await self._jobs.load(job)
        if old.detail == verdict.step.value and old.settled_by:
            return await self._moves.follow(old)
        if verdict.step not in BY_A_PERSON:
            raise NotAllowedNow("not for a person to say")
        said = _said(verdict, by)
        if old.state in UNDER_WAY:
            if not self._moves.is_late(old):
                raise NotAllowedNow("the station is still at it")
            # The station is gone: what it would say is that nobody knows.
            old = await self._moves.take(old, Step.NOBODY_KNOWS)
        return await self._moves.take(old, verdict.step, **said)

    async def job(self, job: str, terminal: TerminalId) -> Job:
        """Return a job of this terminal, or raise ``NotFound``."""
        found = await self._jobs.load(job)
        if found.terminal != terminal:
            raise NotFound("job")
        return found

    async def any_job(self, job: str) -> Job:
        """Return a job of any terminal, or raise ``NotFound``."""
        return await self._jobs.load(job)

    async def of_case(self, case: CaseId) -> list[Job]:
        """Return every job of a case, oldest first."""
        return await self._jobs.of_case(case)

    async def open_ones(self) -> list[Job]:
        """Return the jobs whose end is not known, oldest first."""
        found = [
            await self._moves.expired_by_now(one)
            for one in await self._jobs.open_ones()
        ]
        return [one for one in found if one.state not in OVER]

    def may_be_settled(self, job: Job) -> bool:
        """Return whether it is for a person to say what became of the sheet."""
        late = job.state in UNDER_WAY and self._moves.is_late(job)
        return late or job.state is JobState.UNKNOWN

    async def resume(self) -> None:
        """Do what a crash left undone after the end of a job."""
        for job in await self._jobs.open_ones():
            try:
                await self._moves.follow(await self._moves.expired_by_now(job))
            except CaseworkError as error:
                # It stays open, and is tried again at the next start.
                log.warning("print job: %s", error.code, extra={"job": job.id})


def _said(verdict: Verdict, by: StaffId) -> dict[str, str]:
    said: dict[str, str] = {"settled_by": by}
    if verdict.step is not Step.SPOILED:
        return said
    if verdict.reason is None:
        raise ReasonMissing("spoiled")
    if verdict.photo is None:
        raise PhotoMissing("spoiled")
    return said | {
        "reason": verdict.reason.value,
        "photo": verdict.photo.key,
        "photo_sha256": verdict.photo.sha256,
    }
