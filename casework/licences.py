"""Issues licences and carries them through their life, each step with its entry."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import (
    AlreadyDone,
    LicenceNotInForce,
    NotAllowedNow,
    NotFound,
    ReasonMissing,
)
from casework.items import Catalogue
from casework.ledger import Ledger, entry_of
from casework.licence import (
    NEW_EDITION,
    NEW_SHEET,
    Copy,
    Happened,
    Licence,
    Step,
)
from casework.licence_code import end_of
from casework.licence_record import CopyMark, LicenceRecord, licence_record
from casework.papers.receipt import ZONE
from casework.paperwork import Paperwork
from casework.ports import Clock, CopyStore, JobStore
from casework.print_job import FIT_FOR_ANOTHER
from casework.rule_versions import rule_facts
from protocol.ids import CaseId, StaffId, StepId
from protocol.states import CaseState, Standing

LONGEST_REASON: Final = 300
"""Characters that a clerk writes about why."""
ON_ITS_WAY: Final = "a sheet is on its way"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a member of staff wants done to a licence, and why."""

    step: Step
    by: StaffId
    mark: StepId
    reason: str
    fields: Mapping[str, str] = {}
    """New values of form fields, for an amendment."""


async def issue(
    case: Case, items: Catalogue, papers: Paperwork, at: float
) -> tuple[Case, LicenceRecord]:
    """Return an approved case with its first licence, sealed and stored."""
    item = items.item(case.item)
    template = items.template(item)
    record = licence_record(case, item, template, at, edition=1)
    copy = CopyMark(template.printed, 1)
    document = await papers.licence(case.id, record, copy, template)
    licence = Licence(
        identifier=record.identifier, edition=1, issued=at, ends=end_of(record)
    ).with_copy(_copy(record, copy, at))
    case = case.with_document(document, at).with_changes(at, licence=licence)
    return case.after(CaseStep.LICENCE_ISSUED, at), record


class Licences:
    """What happens to a licence once it was issued."""

    def __init__(
        self,
        ledger: Ledger,
        stores: tuple[JobStore, CopyStore],
        papers: Paperwork,
        items: Catalogue,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        jobs, self.copies = stores
        self._jobs = jobs
        self._items = items
        self._papers = papers
        self._clock = clock

    async def change(self, case: CaseId, wanted: Change) -> Case:
        """Do ``wanted`` once; said again, it changes nothing.

        Raises:
            NotFound: the case has no licence.
            NotAllowedNow: the licence does not stand so that this can happen, it has
                no end to be renewed, or its sheet is just being printed.
            ReasonMissing: without a word of why, or with too many.
            FormIncomplete: an amended field does not satisfy the item's form.
        """
        if done := await self._ledger.result_of(wanted.mark, case):
            return done
        if not 0 < len(wanted.reason.strip()) <= LONGEST_REASON:
            raise ReasonMissing(wanted.step)
        before = await self._ledger.store.load(case)
        after, facts = await self._changed(before, wanted)
        final = msgspec.structs.replace(after, version=before.version + 1)
        entry = entry_of(f"licence-{wanted.step}", final, wanted.by, facts)
        try:
            await self._ledger.store.save(final, wanted.mark, entry)
        except AlreadyDone:
            return await self._ledger.store.load(case)
        return final

    async def _changed(self, case: Case, wanted: Change) -> tuple[Case, dict[str, str]]:
        if case.licence is None:
            raise NotFound("licence")
        at = self._clock.now()
        done = Happened(wanted.step, at, wanted.by, wanted.reason.strip())
        licence = case.licence.after(done)
        facts = {"identifier": licence.identifier, "standing": licence.standing.value}
        if wanted.step not in NEW_SHEET:
            return case.with_changes(at, licence=licence), facts
        await self._require_no_sheet_under_way(case)
        return await self._new_sheet(case, licence, wanted, at)

    async def _new_sheet(
        self, case: Case, licence: Licence, wanted: Change, at: float
    ) -> tuple[Case, dict[str, str]]:
        item = self._items.item(case.item)
        template = self._items.template(item)
        if wanted.step is Step.RENEWED and not template.years:
            raise NotAllowedNow("a licence without an end is not renewed")
        if wanted.step is Step.AMENDED:
            case = case.with_changes(at, form={**case.form, **wanted.fields})
            item.check_form(case.form)
        if wanted.step in NEW_EDITION:
            edition, issued = licence.edition + 1, at
        else:
            edition, issued = licence.edition, licence.issued
        record = licence_record(case, item, template, issued, edition)
        if wanted.step is Step.AMENDED:
            record = msgspec.structs.replace(record, until=_until(licence))
        number = 1 + max(
            (one.number for one in licence.copies if one.edition == edition), default=0
        )
        copy = CopyMark(template.printed, number)
        document = await self._papers.licence(case.id, record, copy, template)
        licence = msgspec.structs.replace(
            licence,
            identifier=record.identifier,
            edition=edition,
            issued=issued,
            ends=end_of(record),
        ).with_copy(_copy(record, copy, at))
        case = case.with_document(document, at).after(
            CaseStep.LICENCE_REISSUED,
            at,
            licence=licence,
            release_job="",
            release_tries=0,
        )
        facts = rule_facts(self._items, case.item) | {
            "identifier": record.identifier,
            "standing": licence.standing.value,
            "digest": record.digest().hex(),
            "licence": document.sha256,
        }
        return case, facts | document.beside_facts()

    async def _require_no_sheet_under_way(self, case: Case) -> None:
        if case.state is not CaseState.ISSUED or not case.release_job:
            return
        job = await self._jobs.load(case.release_job.partition(" ")[0])
        if job.state not in FIT_FOR_ANOTHER:
            raise NotAllowedNow(ON_ITS_WAY)


def _copy(record: LicenceRecord, copy: CopyMark, at: float) -> Copy:
    mark = copy.of(record.digest()).hex()
    return Copy(mark, record.edition, copy.number, at)


def _until(licence: Licence) -> str:
    """Return the last day of a licence as its record says it."""
    if not licence.ends:
        return ""
    return dt.datetime.fromtimestamp(licence.ends - 1, ZONE).date().isoformat()


def require_in_force(case: Case, now: float) -> None:
    """Raise ``LicenceNotInForce`` unless the licence of ``case`` may be printed."""
    standing = case.licence.standing_at(now) if case.licence else Standing.IN_FORCE
    if standing is not Standing.IN_FORCE:
        raise LicenceNotInForce(standing)
