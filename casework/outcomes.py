"""What becomes of a submitted case: the decision, and the licence."""

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.items import Catalogue
from casework.ledger import Ledger, entry_of
from casework.licences import issue
from casework.paperwork import Paperwork
from casework.ports import Clock
from protocol.ids import CaseId, StaffId, StepId
from protocol.states import CaseState


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
