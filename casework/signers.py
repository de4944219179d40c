"""Who signs the application of a case: in which order, and who has."""

from collections.abc import Sequence

import msgspec

from protocol.ids import APPLICANT, IDENTITY, MaterialId, SignerId
from protocol.parts import SignerView

FIRST_FIELD = "Applicant"
"""The signature field of whoever signs first, and certifies."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """One of those who sign; the order in the case is the order of signing."""

    id: SignerId = APPLICANT
    identity: MaterialId = IDENTITY
    """The paper of the case that is their identity document."""
    name: str = ""
    """As the form had it when the application was made."""
    away: bool = False
    """They sign on their own phone, by a link that the clerk gave."""
    heard: str = ""
    """Who of the staff heard them declare aloud that they have read the application."""
    signed: float = 0.0
    """When; 0 while they have not."""
    strokes: str = ""
    """Where their strokes lie, locked for the escrow's holder."""

    def view(self) -> SignerView:
        """Return the signer as pages need it."""
        return SignerView(
            id=self.id,
            identity=self.identity,
            name=self.name,
            away=self.away,
            signed=bool(self.signed),
            heard=bool(self.heard),
        )


Signers = tuple[Signer, ...]


def whose_turn(signers: Signers) -> Signer | None:
    """Return who signs next; ``None`` once all have signed."""
    return next((one for one in signers if not one.signed), None)


def after_signing(signers: Signers, signer: Signer, at: float, key: str) -> Signers:
    """Return ``signers`` once one of them has signed; ``key`` leads to the strokes."""
    done = msgspec.structs.replace(signer, signed=at, strokes=key)
    return tuple(done if one.id == signer.id else one for one in signers)


def unsigned(signers: Signers) -> Signers:
    """Return ``signers`` before anybody had signed."""
    return tuple(
        msgspec.structs.replace(one, heard="", signed=0.0, strokes="")
        for one in signers
    )


def as_before(signers: Signers, before: Signers) -> Signers:
    """Return ``signers`` as made from a form, each expected where they were before."""
    away = {one.id for one in before if one.away}
    return tuple(msgspec.structs.replace(one, away=one.id in away) for one in signers)


def field_of(place: int) -> str:
    """Return the name of the signature field of the signer at ``place``, from 0."""
    return f"Signer{place + 1}" if place else FIRST_FIELD


def fields_of(signers: Sequence[object]) -> list[str]:
    """Return the names of all their signature fields, in the order of signing."""
    return [field_of(place) for place in range(len(signers))]


def stroke_files(signers: Signers) -> dict[str, str]:
    """Return under which name in a dossier the strokes at which key are kept."""
    several = len(signers) > 1
    return {
        f"strokes-{one.id}.escrow" if several else "strokes.escrow": one.strokes
        for one in signers
        if one.strokes
    }
