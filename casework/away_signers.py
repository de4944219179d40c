"""A signer who is elsewhere: signs on their own phone, by a link that the clerk gave.

Their identity document has to come from that very phone: whoever opened the link is
then the one whose paper the clerk has looked at. A new link begins anew.
"""

import enum

import msgspec

from casework.case import Case
from casework.errors import NotAllowedNow, NotFound, PaperFromLink
from casework.material import Step as MaterialStep
from casework.signers import Signer
from protocol.ids import MaterialId, SignerId
from protocol.states import MaterialState, Task

LINK = "signer-link"
"""What the evidence log says about how the page came."""


class Stage(enum.StrEnum):
    """What the page on the signer's phone is to show."""

    IDENTITY = "identity"
    """Their identity document is wanted."""
    CHECKING = "checking"
    """The clerk looks at it."""
    WAITING = "waiting"
    """The application is not made yet, or somebody else signs before."""
    SIGN = "sign"
    SIGNED = "signed"
    REFUSED = "refused"
    """They did not sign, and the clerk has not made the application again."""


def signer_of(case: Case, wanted: SignerId) -> Signer:
    """Return one of those who sign; raises ``NotFound``."""
    for one in case.signers:
        if one.id == wanted:
            return one
    raise NotFound("signer")


def stage_of(case: Case, wanted: SignerId) -> Stage:
    """Return how far a signer is who has a link."""
    signer = signer_of(case, wanted)
    if signer.signed:
        return Stage.SIGNED
    state = case.material(signer.identity).state
    if state in {MaterialState.CAPTURED, MaterialState.CHECKED}:
        return Stage.CHECKING
    if state is not MaterialState.ACCEPTED:
        return Stage.IDENTITY
    if case.refused_by == wanted and case.task is Task.FORM:
        return Stage.REFUSED
    turn = case.turn is not None and case.turn.id == wanted
    return Stage.SIGN if turn and case.task is Task.SIGN else Stage.WAITING


def expected(case: Case, wanted: SignerId, at: float, *, away: bool) -> Case:
    """Return ``case`` with a signer expected away, or at the counter, from now on.

    Who they are is to be shown again, from there.

    Raises:
        NotAllowedNow: they have signed, or the application is being signed.
    """
    signer = signer_of(case, wanted)
    if signer.signed:
        raise NotAllowedNow("has signed")
    new = _identity_anew(case, signer.identity, at)
    moved = msgspec.structs.replace(signer, away=away)
    signers = tuple(moved if one.id == wanted else one for one in case.signers)
    new = new.with_changes(at, signers=signers)
    return msgspec.structs.replace(new, version=case.version + 1)


def require_way(case: Case, paper: MaterialId, way: str) -> None:
    """Raise ``PaperFromLink`` if ``paper`` has to come by link, and does not."""
    away = any(one.away and one.identity == paper for one in case.signers)
    if away != (way == LINK):
        raise PaperFromLink(paper)


def _identity_anew(case: Case, paper: MaterialId, at: float) -> Case:
    state = case.material(paper).state
    if state is MaterialState.ACCEPTED:
        reason = PaperFromLink.code
        return case.after_material(
            paper, MaterialStep.CLERK_REFUSED, at, reason=reason, confirmed={}
        )
    if state in {MaterialState.CAPTURED, MaterialState.CHECKED}:
        step = MaterialStep.LAST_PAGE_REMOVED
        return case.after_material(paper, step, at, pages=(), reason="", confirmed={})
    return case.with_changes(at)
