"""Who signs an application, one after the other, and what follows the last."""

import datetime as dt
import secrets
from collections.abc import Callable

import msgspec

from casework.away_signers import expected
from casework.case import Case, Document
from casework.case import Step as CaseStep
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotTheseBytes
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.numbers import acceptance_number
from casework.papers.receipt import ZONE
from casework.paperwork import Paperwork
from casework.ports import Clock
from casework.signers import Signer
from casework.signing.ceremony import (
    ceremony_of,
    require_turn,
    require_uncountersigned,
    stroke_bytes,
)
from casework.signing.evidence_file import COUNTER, OWN_DEVICE, Ceremony
from protocol.ids import CaseId, SignerId, StaffId, StepId
from protocol.messages import HearDeclaration, RefuseToSign, SignApplication
from protocol.states import Task

CODE_DIGITS = 8
"""Digits of the code with which the licence is fetched."""
Change = Callable[[Case], Case]


class Signed(msgspec.Struct, frozen=True):
    """What one signing has made, before the case knows of it."""

    signer: Signer
    told: Ceremony
    at: float
    document: Document
    key: str
    escrow: str
    company: str = ""
    """Serial number of the certificate of a company's seal that was put on."""

    def facts(self) -> dict[str, str]:
        """Return what the evidence log keeps of it."""
        told = self.told
        seal = {"seal": told.seal, "seal-certificate": self.company}
        return {
            **(seal if self.company else {}),
            "signer": self.signer.id,
            "device": told.device,
            "identity": told.identity,
            "shown": told.shown_sha256,
            "pages": " ".join(f"{one.page}:{one.seconds:.1f}s" for one in told.pages),
            "declared": told.declared,
            "strokes": told.strokes_sha256,
            "escrow": self.escrow,
            "signed": self.document.sha256,
        }

    def apply(self, old: Case) -> Case:
        """Return ``old`` with the signature, one version later.

        Raises:
            ChangedMeanwhile: what was signed is not what the case holds any more.
        """
        shown = old.document("application")
        if shown is None or shown.sha256 != self.told.shown_sha256:
            raise ChangedMeanwhile(old.id)
        new = old.after_signature(self.signer, self.at, self.key)
        new = new.with_document(self.document, self.at)
        return msgspec.structs.replace(new, version=old.version + 1)


class Signings:
    """The acts of signing; each is once per step, with its evidence."""

    def __init__(
        self, ledger: Ledger, papers: Paperwork, items: Catalogue, clock: Clock
    ) -> None:
        self.ledger = ledger
        self.papers = papers
        self.items = items
        self.clock = clock

    async def sign(self, said: SignApplication, *, link: str = "") -> Case:
        """Sign; with the last signature number, submit and hand out the receipt.

        ``link`` names the link by which the signer's own phone came, if it did.
        """
        if done := await self.ledger.result_of(said.step, said.case):
            return done
        before = await self.ledger.store.load(said.case)
        signed = await self._signed(before, said, by_link=bool(link))
        who, facts = link or before.terminal, signed.facts()
        kind: str = "signer-signed"
        change: Change = signed.apply
        if signed.apply(before).turn is None:
            kind = "application-signed"
            change, receipt = await self._submission(before, signed)
            facts["receipt"] = receipt.sha256
        return await self.ledger.change(before.id, change, kind, who, said.step, facts)

    async def _signed(
        self, case: Case, said: SignApplication, *, by_link: bool
    ) -> Signed:
        signer = require_turn(case, said.signer, by_link=by_link)
        told = ceremony_of(case, said, by_link=by_link)
        at = self.clock.now()
        document, company = await self.papers.signed(case, said.strokes, told)
        strokes = stroke_bytes(said.strokes)
        key, escrow = await self.papers.escrowed(case.id, strokes)
        return Signed(signer, told, at, document, key, escrow, company)

    async def _submission(
        self, before: Case, signed: Signed
    ) -> tuple[Change, Document]:
        """Return what the last signature changes, and the receipt."""
        at = signed.at
        number = await self._new_number(at)
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        given = {"number": number, "release_code": code, "wanted": None}

        def submitted(old: Case) -> Case:
            return signed.apply(old).after(CaseStep.SUBMITTED, at, **given)

        item = self.items.item(before.item)
        receipt = await self.papers.receipt(submitted(before), item)

        def change(old: Case) -> Case:
            new = submitted(old).with_document(receipt, at)
            return msgspec.structs.replace(new, version=old.version + 1)

        return change, receipt

    async def expect(
        self, case: CaseId, signer: SignerId, step: StepId, by: StaffId, *, away: bool
    ) -> Case:
        """The clerk expects a signer at the counter, or gives them a link.

        Raises:
            NotAllowedNow: too late, or the item does not allow it.
        """

        def change(old: Case) -> Case:
            wanted = self.items.item(old.item).signers
            if away and not any(one.remote for one in wanted if one.id == signer):
                raise NotAllowedNow("not remote")
            return expected(old, signer, self.clock.now(), away=away)

        kind = "signer-sent-link" if away else "signer-at-counter"
        facts = {"signer": signer}
        return await self.ledger.change(case, change, kind, by, step, facts)

    async def refuse_to_sign(
        self, said: RefuseToSign, by: str, *, by_link: bool = False
    ) -> Case:
        """Somebody does not sign what was shown: back to the form, for all."""

        def change(old: Case) -> Case:
            shown = old.document("application")
            if old.task is not Task.SIGN or shown is None:
                raise NotAllowedNow(f"refuse in task {old.task}")
            if shown.sha256 != said.sha256:
                raise ChangedMeanwhile(old.id)
            signer = require_turn(old, said.signer, by_link=by_link)
            new = old.without_application(self.clock.now())
            return msgspec.structs.replace(
                new, refused=said.reason, refused_by=signer.id
            )

        facts = {
            "shown": said.sha256,
            "reason": said.reason.value,
            "signer": said.signer,
            "device": OWN_DEVICE if by_link else COUNTER,
        }
        return await self.ledger.change(
            said.case, change, "signature-refused", by, said.step, facts
        )

    async def reopen_form(self, case: CaseId, step: StepId, by: StaffId) -> Case:
        """The application shown was not right: withdraw it, also from who signed."""

        def change(old: Case) -> Case:
            if old.task is not Task.SIGN:
                raise NotAllowedNow(f"reopen in task {old.task}")
            return old.without_application(self.clock.now())

        return await self.ledger.change(case, change, "application-withdrawn", by, step)

    async def hear(self, said: HearDeclaration, by: StaffId) -> Case:
        """The clerk heard at the counter that a signer has read what was shown.

        Raises:
            NotAllowedNow: it is somebody else's turn, or they are elsewhere.
            NotTheseBytes: another application is shown by now.
        """

        def change(old: Case) -> Case:
            signer, shown = require_turn(old, said.signer), old.document("application")
            if shown is None or shown.sha256 != said.sha256:
                raise NotTheseBytes("application")
            heard = msgspec.structs.replace(signer, heard=by)
            signers = tuple(heard if one is signer else one for one in old.signers)
            return old.with_changes(self.clock.now(), signers=signers)

        facts = {"signer": said.signer, "shown": said.sha256}
        return await self.ledger.change(
            said.case, change, "declaration-heard", by, said.step, facts
        )

    async def countersign(self, case: CaseId, step: StepId, by: StaffId) -> Case:
        """The clerk saw them all sign; the authority seals what all signed."""
        if done := await self.ledger.result_of(step, case):
            return done
        before = await self.ledger.store.load(case)
        require_uncountersigned(before)
        document = await self.papers.countersigned(before, by)
        old = before.document("application")

        def change(now: Case) -> Case:
            if now.document("application") != old:
                raise ChangedMeanwhile(case)
            new = now.with_document(document, self.clock.now())
            return msgspec.structs.replace(new, countersigned=by)

        facts = {"signed": old.sha256 if old else "", "sha256": document.sha256}
        facts |= document.beside_facts()
        return await self.ledger.change(
            case, change, "application-countersigned", by, step, facts
        )

    async def _new_number(self, at: float) -> str:
        day = dt.datetime.fromtimestamp(at, ZONE).date()
        serial = await self.ledger.store.next_serial(f"{day:%Y%m%d}")
        return acceptance_number(day, serial)
