"""What becomes of a submitted case: the decision, and the licence."""

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import ChangedMeanwhile
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.licences import issue
from casework.paperwork import Paperwork
from casework.ports import Clock
from casework.rule_versions import rule_facts
from protocol.ids import CaseId, StaffId, StepId
from protocol.states import CaseState, Role


class Outcomes:
    """The department's side of the office; the way to paper is in ``prints.py``."""

    def __init__(
        self,
        ledger: Ledger,
        papers: Paperwork,
        items: Catalogue,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._papers = papers
        self._items = items
        self._clock = clock

    async def decide(
        self, case: CaseId, step: CaseStep, reason: str, by: StaffId, mark: StepId
    ) -> Case:
        """Approve, return or reject; approval issues the licence at once."""
        if done := await self._ledger.result_of(mark, case):
            return done
        at = self._clock.now()
        before = _decided(await self._ledger.store.load(case), step, reason, at)
        facts = rule_facts(self._items, before.item)
        facts |= {"decision": step.value, "role": Role.APPROVER.value}
        issued = before
        if step is CaseStep.APPROVED:
            issued, record = await issue(before, self._items, self._papers, at)
            facts["digest"] = record.digest().hex()
        document = issued.document("licence")
        if document is not None:
            facts["licence"] = document.sha256
            facts |= document.beside_facts()

        def change(old: Case) -> Case:
            # Its papers may be bound meanwhile; what was decided on is the form.
            if old.form != before.form:
                raise ChangedMeanwhile(case)
            new = _decided(old, step, reason, at)
            if step is CaseStep.APPROVED and document is not None:
                new = new.with_document(document, at)
                new = new.with_changes(at, licence=issued.licence)
                new = new.after(CaseStep.LICENCE_ISSUED, at)
            return msgspec.structs.replace(new, version=old.version + 1)

        return await self._ledger.change(case, change, "case-decided", by, mark, facts)


def _decided(case: Case, step: CaseStep, reason: str, at: float) -> Case:
    if case.state is CaseState.SUBMITTED and step is not CaseStep.APPROVED:
        case = case.after(CaseStep.REVIEW_BEGAN, at)
    return case.after(step, at, reason=reason)
