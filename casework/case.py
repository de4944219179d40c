"""An application, and every move it can make."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.company_seal import CompanySeal
from casework.errors import MaterialsMissing, NotAllowedNow, NotFound
from casework.face_check import FaceCheck
from casework.licence import Licence
from casework.machine import following
from casework.material import MOVES as MATERIAL_MOVES
from casework.material import Material, Page
from casework.material import Step as MaterialStep
from casework.signers import Signer, Signers, after_signing, unsigned, whose_turn
from protocol.ids import CaseId, ItemId, MaterialId, SignerId, TerminalId, TicketId
from protocol.states import CaseState as State
from protocol.states import Language, MaterialState, Refusal, Task


class Step(enum.StrEnum):
    """What can happen to a case."""

    IDENTITY_CONFIRMED = "identity-confirmed"
    MATERIAL_ACCEPTED = "material-accepted"
    SIGNER_SIGNED = "signer-signed"
    """Somebody signed, and others have still to sign."""
    APPLICATION_SIGNED = "application-signed"
    """The last of those who sign has signed."""
    APPLICATION_WITHDRAWN = "application-withdrawn"
    """What some have signed is not what all will sign: back to the form."""
    SUBMITTED = "submitted"
    REVIEW_BEGAN = "review-began"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    CORRECTION_BEGAN = "correction-began"
    LICENCE_ISSUED = "licence-issued"
    LICENCE_REISSUED = "licence-reissued"
    SHEET_PRINTED = "sheet-printed"
    REPRINT_ALLOWED = "reprint-allowed"
    DELIVERED = "delivered"
    CLOSED = "closed"
    APPLICANT_LEFT = "applicant-left"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.OPENED: {
        Step.IDENTITY_CONFIRMED: State.IDENTIFIED,
        Step.CLOSED: State.CLOSED,
        Step.APPLICANT_LEFT: State.WITHDRAWN,
    },
    State.IDENTIFIED: {
        Step.IDENTITY_CONFIRMED: State.IDENTIFIED,
        Step.MATERIAL_ACCEPTED: State.COLLECTING,
        Step.APPLICANT_LEFT: State.WITHDRAWN,
    },
    State.COLLECTING: {
        Step.IDENTITY_CONFIRMED: State.COLLECTING,
        Step.MATERIAL_ACCEPTED: State.COLLECTING,
        Step.SIGNER_SIGNED: State.SIGNING,
        Step.APPLICATION_SIGNED: State.SIGNED,
        Step.APPLICANT_LEFT: State.WITHDRAWN,
    },
    State.SIGNING: {
        Step.SIGNER_SIGNED: State.SIGNING,
        Step.APPLICATION_SIGNED: State.SIGNED,
        Step.APPLICATION_WITHDRAWN: State.COLLECTING,
        Step.APPLICANT_LEFT: State.WITHDRAWN,
    },
    State.SIGNED: {Step.SUBMITTED: State.SUBMITTED},
    State.SUBMITTED: {
        Step.REVIEW_BEGAN: State.REVIEWING,
        Step.APPROVED: State.APPROVED,
    },
    State.REVIEWING: {
        Step.APPROVED: State.APPROVED,
        Step.REJECTED: State.REJECTED,
        Step.RETURNED: State.RETURNED,
    },
    State.RETURNED: {
        Step.CORRECTION_BEGAN: State.COLLECTING,
        Step.APPLICANT_LEFT: State.WITHDRAWN,
    },
    State.APPROVED: {Step.LICENCE_ISSUED: State.ISSUED},
    State.ISSUED: {
        Step.LICENCE_REISSUED: State.ISSUED,
        Step.SHEET_PRINTED: State.PRINTED,
        Step.DELIVERED: State.DELIVERED,
    },
    State.PRINTED: {
        Step.LICENCE_REISSUED: State.ISSUED,
        Step.CLOSED: State.CLOSED,
        Step.REPRINT_ALLOWED: State.ISSUED,
    },
    State.DELIVERED: {
        Step.LICENCE_REISSUED: State.ISSUED,
        Step.CLOSED: State.CLOSED,
    },
    State.REJECTED: {Step.CLOSED: State.CLOSED},
    State.CLOSED: {},
    State.WITHDRAWN: {},
}
"""``submitted -> approved`` in one step is instant approval by rules."""


AT_THE_COUNTER = frozenset({State.OPENED, State.IDENTIFIED, State.COLLECTING})
"""The states in which papers and form can still change."""


class Beside(msgspec.Struct, frozen=True):
    """The SM2 signature of a PDF. ``key`` is its place in the object store."""

    key: str
    sha256: str


class Document(msgspec.Struct, frozen=True):
    """A PDF made for the case. ``key`` is its place in the object store.

    ``untimed``: it was signed while no time stamp was to be had, and waits for one.
    """

    name: str
    key: str
    sha256: str
    size: int
    pages: int
    untimed: bool = False
    sm2: Beside | None = None

    def beside_facts(self) -> dict[str, str]:
        """Return what the log says of its SM2 signature; nothing without one."""
        return {} if self.sm2 is None else {"sm2": self.sm2.sha256}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One application by one person for one service item.

    Times are seconds since 1970, UTC. ``version`` grows by one with every
    change; a store refuses to save over a newer one.
    """

    id: CaseId
    item: ItemId
    office: str
    terminal: TerminalId
    ticket: TicketId
    language: Language
    opened: float
    touched: float
    state: State = State.OPENED
    version: int = 0
    number: str = ""
    clerk: str = ""
    form: dict[str, str] = {}
    materials: tuple[Material, ...] = ()
    documents: tuple[Document, ...] = ()
    wanted: MaterialId | None = None
    reason: str = ""
    release_code: str = ""
    release_tries: int = 0
    release_job: str = ""
    face: FaceCheck | None = None
    """The last look at the face of whoever fetches the licence, where one is wanted."""
    licence: Licence | None = None
    strokes: str = ""
    """Where the strokes lie of cases that were signed before signers had their own."""
    signers: Signers = (Signer(),)
    seal: CompanySeal | None = None
    """What is put on the application once all have signed, if a company applies."""
    refused: Refusal | None = None
    """Why somebody did not sign the application before; ``refused_by`` is who."""
    refused_by: SignerId | None = None
    countersigned: str = ""
    """The clerk who signed below the applicant, once they did."""

    def with_changes(self, at: float, **changes: object) -> "Case":
        """Return the next version of this case."""
        return msgspec.structs.replace(
            self, version=self.version + 1, touched=at, **changes
        )

    def after(self, step: Step, at: float, **changes: object) -> "Case":
        """Return this case as it stands once ``step`` has happened.

        Raises:
            NotAllowedNow: the table has no such move from the present state.
        """
        return self.with_changes(
            at, state=following(MOVES, self.state, step), **changes
        )

    def material(self, wanted: MaterialId) -> Material:
        """Return one paper; raises ``NotFound`` if the item does not ask for it."""
        for one in self.materials:
            if one.id == wanted:
                return one
        raise NotFound("material")

    def after_material(
        self, wanted: MaterialId, step: MaterialStep, at: float, **changes: object
    ) -> "Case":
        """Return this case once ``step`` has happened to one of its papers."""
        old = self.material(wanted)
        state = following(MATERIAL_MOVES, old.state, step)
        if step is MaterialStep.CLERK_REFUSED:
            changes |= {"refusals": old.refusals + 1, "anyway": None}
        new = self.with_material(wanted, at, state=state, **changes)
        # An application lists the papers; when one changes it is made anew.
        stale = {"application", old.document_name}
        documents = tuple(one for one in self.documents if one.name not in stale)
        return msgspec.structs.replace(
            new, documents=documents, wanted=_next_wanted(new.materials)
        )

    def with_material(self, wanted: MaterialId, at: float, **changes: object) -> "Case":
        """Return this case with one of its papers changed, while that is possible.

        Raises:
            NotAllowedNow: the case has been signed or ended.
        """
        if self.state not in AT_THE_COUNTER:
            raise NotAllowedNow(f"papers in state {self.state}")
        old = self.material(wanted)
        new = msgspec.structs.replace(old, **changes)
        papers = tuple(new if one is old else one for one in self.materials)
        return self.with_changes(at, materials=papers)

    def with_evidence(
        self, wanted: MaterialId, at: float, pages: tuple[Page, ...]
    ) -> "Case":
        """Return this case with ``pages`` that differ in their untouched pictures only.

        Raises:
            NotAllowedNow: the applicant took the application back, or it is closed.
        """
        if self.state in {State.WITHDRAWN, State.CLOSED}:
            raise NotAllowedNow(f"evidence in state {self.state}")
        old = self.material(wanted)
        new = msgspec.structs.replace(old, pages=pages)
        papers = tuple(new if one is old else one for one in self.materials)
        return self.with_changes(at, materials=papers)

    def document(self, name: str) -> Document | None:
        """Return the PDF of that name, if it has been made."""
        return next((one for one in self.documents if one.name == name), None)

    def with_document(self, new: Document, at: float) -> "Case":
        """Return this case with ``new`` in the place of its namesake."""
        others = tuple(one for one in self.documents if one.name != new.name)
        return self.with_changes(at, documents=(*others, new))

    @property
    def turn(self) -> Signer | None:
        """Who signs the application next; ``None`` once all have signed."""
        return whose_turn(self.signers)

    def after_signature(self, signer: Signer, at: float, strokes: str) -> "Case":
        """Return this case once ``signer``, whose turn it is, has signed."""
        signers = after_signing(self.signers, signer, at, strokes)
        more = whose_turn(signers) is not None
        step = Step.SIGNER_SIGNED if more else Step.APPLICATION_SIGNED
        return self.after(step, at, signers=signers)

    def without_application(self, at: float) -> "Case":
        """Return this case back at the form: whoever has signed, signs anew."""
        others = tuple(one for one in self.documents if one.name != "application")
        back = {"documents": others, "signers": unsigned(self.signers)}
        if self.state is State.SIGNING:
            return self.after(Step.APPLICATION_WITHDRAWN, at, **back)
        return self.with_changes(at, **back)

    def require_all_accepted(self) -> None:
        """Raise ``MaterialsMissing`` unless every paper was accepted or is owed."""
        for one in self.materials:
            if one.state not in {MaterialState.ACCEPTED, MaterialState.OWED}:
                raise MaterialsMissing(one.id)

    @property
    def task(self) -> Task:
        """What the case waits for: both screens draw their step list from this."""
        if self.state is State.OPENED:
            return Task.IDENTITY
        if self.state not in {State.IDENTIFIED, State.COLLECTING, State.SIGNING}:
            return Task.RECEIPT
        if _next_wanted(self.materials) is not None:
            return Task.MATERIALS
        return Task.SIGN if self.document("application") else Task.FORM


def _next_wanted(papers: tuple[Material, ...]) -> MaterialId | None:
    done = {MaterialState.ACCEPTED, MaterialState.OWED}
    return next((one.id for one in papers if one.state not in done), None)
