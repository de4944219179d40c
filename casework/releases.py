"""Releases an issued licence to one window, once."""

import contextlib
import secrets
from collections.abc import Mapping

import msgspec

from casework.case import Case, Document
from casework.errors import (
    CaseworkError,
    ChangedMeanwhile,
    LicenceNotReady,
    NotAllowedNow,
    NotFound,
    ReleaseLocked,
    WindowUnsettled,
)
from casework.face_checks import FaceChecks
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.licences import require_in_force
from casework.ports import Job, JobStore
from casework.print_job import FIT_FOR_ANOTHER, Step
from casework.print_moves import LASTS, PrintMoves
from casework.release_opening import TRIES, ReleaseOpening
from casework.release_ways import Way
from casework.stock import Sheet, Stock
from protocol.ids import CaseId, StaffId, TerminalId
from protocol.states import CaseState, JobState

FORGOTTEN = 60.0
"""Seconds after which a release that its window did not fetch no longer keeps the
next applicant from the sheet on top: a station fetches within a second."""


class Releases:
    """Lets a licence go to paper, against its number and its code."""

    def __init__(
        self,
        ledger: Ledger,
        jobs: JobStore,
        moves: PrintMoves,
        stock: Stock,
        items: Catalogue,
    ) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._moves = moves
        self._stock = stock
        self._items = items
        self.opening = ReleaseOpening(ledger, items, moves)
        self.faces = FaceChecks(ledger, items, moves)

    async def release(self, number: str, code: str, terminal: TerminalId) -> Job:
        """Release the licence to ``terminal`` for printing, once.

        Raises:
            BadNumber: ``number`` cannot be an acceptance number.
            WrongReleaseCode: no such case, or not its code; five tries.
            ReleaseLocked: too many wrong codes, or printed or under way already.
            LicenceNotReady: the licence has not been issued yet.
            LicenceNotInForce: it was suspended or revoked, or has run out.
            WindowUnsettled: the sheet before is not accounted for at this window.
            PaperMissing: the item needs numbered paper, and the tray is empty.
            ReleaseNeedsFace, ReleaseNeedsPerson: the item wants a look at the face.
        """
        case = await self.opening.by_code(number, code, terminal)
        return await self._released(case, Way.CODE, terminal)

    async def release_to_holder(
        self, number: str, seen: str, terminal: TerminalId
    ) -> Job:
        """Release the licence against the document whose number was ``seen``, once.

        Raises:
            WrongReleaseDocument: no such case, or not its applicant's document.
            ReleaseNeedsCode: a document does not open this case.
            Everything else that ``release`` raises.
        """
        case = await self.opening.by_document(number, seen, terminal)
        return await self._released(case, Way.DOCUMENT, terminal)

    async def release_seen(self, number: str, terminal: TerminalId) -> Job:
        """Release a licence that was opened at ``terminal``, once the face was seen.

        Raises:
            NotFound: it was not opened there.
            ReleaseNeedsPerson: nobody has looked yet.
            FaceTooLate: that was too long ago.
            Everything else that ``release`` raises.
        """
        case, way = await self.faces.passed(number, terminal)
        return await self._released(case, way, terminal)

    async def _released(self, case: Case, way: Way, terminal: TerminalId) -> Job:
        licence = case.document("licence")
        if case.state is CaseState.PRINTED:
            raise ReleaseLocked("printed")
        if case.state is not CaseState.ISSUED or licence is None:
            raise LicenceNotReady(case.state)
        require_in_force(case, self._moves.now())
        if case.release_job:
            old = await self._moves.expired_by_now(
                await self._stored_job(case, licence)
            )
            if old.state is JobState.RELEASED and old.terminal == terminal:
                return old
            if old.state not in FIT_FOR_ANOTHER:
                raise ReleaseLocked("already released")
        face = await self.faces.require(case, way, terminal)
        facts = {"opened-by": way.value}
        if face is not None:
            facts["face"] = face.state.value
        return await self._new_job(case, licence, facts, terminal)

    async def unlock(self, case: CaseId, by: StaffId) -> Case:
        """Let codes be tried again: a person has seen who asks."""

        def change(old: Case) -> Case:
            if old.release_tries < TRIES:
                raise NotAllowedNow("not locked")
            return old.with_changes(self._moves.now(), release_tries=0)

        return await self._ledger.change(case, change, "release-unlocked", by)

    async def _new_job(
        self,
        case: Case,
        licence: Document,
        opened: Mapping[str, str],
        terminal: TerminalId,
    ) -> Job:
        """Make the one job of a case, and have its sheet lie ready.

        The job's id is kept in the case, in the transaction that releases it, so
        two windows cannot both get one; and a window that was restarted before it
        heard the answer gets the same job, which its journal knows or does not.
        """
        at, name = self._moves.now(), secrets.token_hex(16)
        sheet = await self._reserved(case, name, terminal)
        job = _job_of(case, licence, name, terminal, at)
        job = msgspec.structs.replace(job, sheet=sheet)

        def change(old: Case) -> Case:
            if old.release_job != case.release_job:
                raise ReleaseLocked("released elsewhere")
            return old.with_changes(at, release_job=f"{name} {terminal}")

        facts = {"job": name, "licence": licence.sha256, "sheet": sheet, **opened}
        try:
            await self._ledger.change(
                case.id, change, "licence-released", terminal, None, facts
            )
        except CaseworkError:
            if sheet:
                await self._stock.not_used(sheet, name)
            raise
        await self._jobs.add(job)
        return job

    async def _reserved(self, case: Case, job: str, terminal: TerminalId) -> str:
        spec = self._items.item(case.item).licence
        top = await self._stock.top(terminal)
        if top is not None and top.job:
            if not await self._is_free(top):
                raise WindowUnsettled(top.serial)
            top = await self._stock.top(terminal)  # its job has let go of it
        required = spec is not None and spec.numbered_paper
        try:
            return await self._stock.reserve(top, job, required=required)
        except ChangedMeanwhile:
            raise WindowUnsettled("another release at this moment") from None

    async def _is_free(self, sheet: Sheet) -> bool:
        """Return whether the job that ``sheet`` lies ready for will not use it."""
        try:
            job = await self._jobs.load(sheet.job)
        except NotFound:  # a crash between reserving and releasing
            return self._moves.now() - sheet.at > LASTS
        waited = self._moves.now() - job.at
        if job.state is JobState.RELEASED and waited > FORGOTTEN:
            with contextlib.suppress(ChangedMeanwhile):  # fetched at this moment
                job = await self._moves.take(job, Step.EXPIRED)
        return job.state is JobState.NOT_PRINTED

    async def _stored_job(self, case: Case, licence: Document) -> Job:
        """Return the job that the case names; a crash may have lost its row."""
        name, _, terminal = case.release_job.partition(" ")
        try:
            return await self._jobs.load(name)
        except NotFound:
            at = self._moves.now()
            job = _job_of(case, licence, name, TerminalId(terminal), at)
            top = await self._stock.top(job.terminal)
            mine = top is not None and top.job == name
            sheet = top.serial if top is not None and mine else ""
            await self._jobs.add(msgspec.structs.replace(job, sheet=sheet))
            return await self._jobs.load(name)


def _job_of(
    case: Case, licence: Document, name: str, terminal: TerminalId, at: float
) -> Job:
    return Job(
        id=name,
        case=case.id,
        terminal=terminal,
        sha256=licence.sha256,
        size=licence.size,
        at=at,
    )
