"""What happens to a case at the counter, from opening to the receipt."""

import hashlib
from collections.abc import Mapping

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.company_seal import impression_on, seal_of
from casework.errors import (
    AlreadyDone,
    ChangedMeanwhile,
    NotAllowedNow,
    NotFound,
)
from casework.ledger import entry_of
from casework.material import Material
from casework.material import Step as MaterialStep
from casework.signers import as_before
from casework.signings import Signings
from casework.visit import Visit
from protocol.ids import IDENTITY, CaseId, MaterialId, StaffId, StepId
from protocol.states import Role, Task

CONSENT = "recorded-notice/1"
"""Key and version of the text that the applicant agrees to by touching."""


class Cases(Signings):
    """The counter's side of the office: opens cases and carries them to the receipt.

    What is done with the application once it is made is in ``signings``.
    """

    async def open(self, visit: Visit) -> Case:
        """Return the case that ``visit`` reserved an id for; open it the first time."""
        assert visit.case is not None, "reserved when the ticket was answered"
        step = StepId(f"open {visit.id}")
        if done := await self.ledger.result_of(step, visit.case):
            return done
        at = self.clock.now()
        item = self.items.item(visit.item)
        papers = tuple(Material(id=MaterialId(one.id)) for one in item.materials)
        case = Case(
            id=visit.case,
            item=visit.item,
            office=item.office,
            terminal=visit.terminal,
            ticket=visit.id,
            language=visit.language,
            opened=at,
            touched=at,
            clerk=visit.clerk or "",
            materials=papers,
            signers=item.signing({}),
            wanted=papers[0].id if papers else None,
        )
        facts = {
            "item": visit.item,
            "ticket": visit.id,
            # The screen with the items says that the visit is recorded: the touch
            # is the consent, in the language it was read in.
            "consent": CONSENT,
            "language": visit.language.value,
        }
        entry = entry_of("case-opened", case, visit.terminal, facts)
        try:
            await self.ledger.store.add(case, step, entry)
        except AlreadyDone:
            return await self.ledger.store.load(case.id)
        return case

    async def confirm_identity(
        self, case: CaseId, sha256: str, step: StepId, by: StaffId
    ) -> Case:
        """The clerk compared the face and the page ``sha256`` by eye.

        Once more where the document was refused afterwards, and another one came.
        """

        def change(old: Case) -> Case:
            paper = old.material(IDENTITY)
            if paper.sha256 != sha256:
                raise ChangedMeanwhile(IDENTITY)
            at = self.clock.now()
            new = old.after_material(IDENTITY, MaterialStep.CLERK_ACCEPTED, at)
            new = msgspec.structs.replace(new, version=old.version)
            return new.after(CaseStep.IDENTITY_CONFIRMED, at)

        facts = {
            "how": "clerk-compared-by-eye",
            "role": Role.CLERK.value,
            "paper": IDENTITY,
            "compared": sha256,
        }
        return await self.ledger.change(
            case, change, "identity-confirmed", by, step, facts
        )

    async def accept_material(
        self, case: CaseId, paper: MaterialId, sha256: str, step: StepId, by: StaffId
    ) -> Case:
        """The clerk has read the pages ``sha256`` and they are in order.

        Raises:
            SealMissing: the company's seal is wanted on it, and none was found.
            NotAllowedNow: it is the identity document, which is compared with a face.
        """
        if paper == IDENTITY:
            raise NotAllowedNow("confirm-identity")
        facts = {"material": paper, "sha256": sha256}
        before = await self.ledger.store.load(case)
        wanted = self.items.item(before.item).seal
        if wanted is not None and wanted.paper == paper:
            # The seal is part of what the clerk has seen and accepts.
            facts["seal"] = impression_on(before.material(paper)).sha256

        def change(old: Case) -> Case:
            now = old.material(paper)
            if now.sha256 != sha256:
                raise ChangedMeanwhile(paper)
            if "seal" in facts and impression_on(now).sha256 != facts["seal"]:
                raise ChangedMeanwhile(paper)
            at = self.clock.now()
            new = old.after_material(paper, MaterialStep.CLERK_ACCEPTED, at)
            new = msgspec.structs.replace(new, version=old.version)
            return new.after(CaseStep.MATERIAL_ACCEPTED, at)

        return await self.ledger.change(
            case, change, "material-accepted", by, step, facts
        )

    async def refuse_material(
        self, case: CaseId, paper: MaterialId, reason: str, step: StepId, by: StaffId
    ) -> Case:
        """The clerk wants a paper again."""

        def change(old: Case) -> Case:
            refused, at = MaterialStep.CLERK_REFUSED, self.clock.now()
            return old.after_material(paper, refused, at, reason=reason[:300])

        # What a clerk types may be personal; the log is forever.
        digest = hashlib.sha256(reason.encode()).hexdigest()
        facts = {"material": paper, "reason-sha256": digest}
        return await self.ledger.change(
            case, change, "material-refused", by, step, facts
        )

    async def fill_form(self, case: CaseId, values: Mapping[str, str]) -> Case:
        """Keep what the form holds now; unknown fields are refused."""

        def change(old: Case) -> Case:
            fields = self.items.item(old.item).form.get("properties", {})
            if old.task not in {Task.IDENTITY, Task.MATERIALS, Task.FORM}:
                raise NotAllowedNow("form is closed")
            for name, value in values.items():
                if name not in fields or len(value) > fields[name].get(
                    "maxLength", 200
                ):
                    raise NotFound("field")
            return old.with_changes(self.clock.now(), form=dict(values))

        return await self.ledger.change(case, change)

    async def accept_form(self, case: CaseId, step: StepId, by: StaffId) -> Case:
        """Make the application from the form, for the applicant to sign."""
        if done := await self.ledger.result_of(step, case):
            return done
        before = await self.ledger.store.load(case)
        if before.task is not Task.FORM:
            raise NotAllowedNow(f"form in task {before.task}")
        item = self.items.item(before.item)
        before.require_all_accepted()
        item.check_form(before.form)
        signers = as_before(item.signing(before.form), before.signers)
        seal = None
        if item.seal is not None:
            paper = before.material(MaterialId(item.seal.paper))
            seal = seal_of(item.seal, paper, before.form)
        ready = msgspec.structs.replace(before, signers=signers, seal=seal)
        document = await self.papers.application(ready, item)

        def change(old: Case) -> Case:
            if old.form != before.form or old.task is not Task.FORM:
                raise ChangedMeanwhile(case)
            new = old.with_document(document, self.clock.now())
            return msgspec.structs.replace(
                new, signers=signers, seal=seal, refused=None, refused_by=None
            )

        facts = {"sha256": document.sha256}
        if seal is not None:
            facts["seal"] = seal.picture.sha256
        return await self.ledger.change(
            case, change, "application-made", by, step, facts
        )

    async def close(self, case: CaseId, step: CaseStep, by: str, mark: StepId) -> Case:
        """End a consultation, or withdraw what was not yet submitted."""

        def change(old: Case) -> Case:
            return old.after(step, self.clock.now())

        return await self.ledger.change(case, change, f"case-{step.value}", by, mark)
