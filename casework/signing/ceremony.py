"""What has to be true of a signing, and what is kept of it."""

import hashlib

import msgspec

from casework.case import Case
from casework.errors import (
    BadSignature,
    MaterialsMissing,
    NotAllowedNow,
    NotTheseBytes,
)
from casework.evidence import canonical
from casework.signers import Signer
from casework.signing.evidence_file import COUNTER, OWN_DEVICE, Ceremony
from casework.signing.strokes import has_pressure, require_signature
from protocol.ids import SignerId
from protocol.messages import SignApplication
from protocol.parts import Point
from protocol.states import CaseState, MaterialState, Task

DECLARATION = "paper-declaration/1"
"""Key and version of the text that the applicant declares to have read."""
ALOUD = "aloud"
"""How it was declared, if a clerk heard it; else it was by touch."""
LEAST_SECONDS = 0.2
"""A page that was on the screen for less than this was scrolled past, not shown."""
COUNTERSIGNABLE = {
    CaseState.SUBMITTED,
    CaseState.REVIEWING,
    CaseState.APPROVED,
    CaseState.ISSUED,
    CaseState.PRINTED,
}
"""Rules may have approved already while the applicant still reads the receipt."""


def ceremony_of(
    case: Case, said: SignApplication, *, by_link: bool = False
) -> Ceremony:
    """Return what is kept of a signing; ``by_link`` if on the signer's own phone.

    Raises:
        NotAllowedNow: it is somebody else's turn.
        MaterialsMissing: the clerk has not accepted who the signer is.
        BadSignature: a page was not shown, the strokes are no signature, or nobody
            heard what is said to have been declared aloud.
        NotTheseBytes: another application than the one in the case.
    """
    signer = require_turn(case, said.signer, by_link=by_link)
    require_signature(said.strokes)
    shown = case.document("application")
    if shown is None or shown.sha256 != said.sha256:
        raise NotTheseBytes("application")
    seen = {one.page for one in said.pages if one.seconds >= LEAST_SECONDS}
    if seen != set(range(1, shown.pages + 1)):
        raise BadSignature("not every page was shown")
    if said.declared == ALOUD and not signer.heard:
        raise BadSignature("nobody heard the declaration")
    return Ceremony(
        case=case.id,
        shown_sha256=shown.sha256,
        shown_bytes=shown.size,
        pages=tuple(said.pages),
        declared=f"{DECLARATION} {said.declared}",
        language=case.language.value,
        strokes_sha256=hashlib.sha256(stroke_bytes(said.strokes)).hexdigest(),
        strokes_pressure=has_pressure(said.strokes),
        identity=_identity_of(case, signer),
        signer=signer.id,
        place=[one.id for one in case.signers].index(signer.id),
        of=len(case.signers),
        device=OWN_DEVICE if by_link else COUNTER,
        heard=signer.heard if said.declared == ALOUD else "",
        seal=case.seal.picture.sha256 if case.seal else "",
    )


def require_turn(case: Case, wanted: SignerId, *, by_link: bool = False) -> Signer:
    """Return the signer whose turn it is.

    Raises:
        NotAllowedNow: it is not the turn of ``wanted``, or they are expected
            elsewhere: at the counter, or on their own phone.
    """
    signer = case.turn
    if case.task is not Task.SIGN or signer is None:
        raise NotAllowedNow(f"sign in task {case.task}")
    if (signer.id, signer.away) != (wanted, by_link):
        raise NotAllowedNow(f"sign in task {case.task}")
    return signer


def stroke_bytes(strokes: list[list[Point]]) -> bytes:
    """Return the strokes as canonical JSON: what is digested and put into escrow."""
    return canonical(msgspec.to_builtins(strokes))


def require_uncountersigned(case: Case) -> None:
    """Raise ``NotAllowedNow`` unless the clerk can still sign below the applicant."""
    if case.state not in COUNTERSIGNABLE or case.countersigned:
        raise NotAllowedNow(f"countersign in state {case.state}")


def _identity_of(case: Case, signer: Signer) -> str:
    paper = next((one for one in case.materials if one.id == signer.identity), None)
    if paper is None:
        return ""
    if paper.state is not MaterialState.ACCEPTED:
        raise MaterialsMissing(paper.id)
    return paper.sha256
