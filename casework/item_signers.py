"""Who signs the application of a service item, as its file says."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

import msgspec

from casework.errors import BadItem
from casework.signers import Signer, Signers
from protocol.ids import IDENTITY, MaterialId, SignerId, is_identity
from protocol.parts import SignerWanted
from protocol.views import Text

MOST = 6
"""Signers of one application: so many have room on its last page."""
ID = "^[a-z][a-z0-9-]{0,14}$"
"""Their ids are in the names of certificates, which have 64 characters."""


class SignerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of those who sign; the order in the file is the order of signing."""

    id: Annotated[str, msgspec.Meta(pattern=ID)]
    title: Text
    """What they are to it: legal representative, shareholder."""
    name: str = ""
    """The form's field that says who they are, if it has one."""
    identity: str = IDENTITY
    """The paper on the checklist that is their identity document."""
    remote: bool = False
    """Whether they may sign somewhere else, on their own phone, by a link."""

    def view(self) -> SignerWanted:
        """Return the signer as pages need it."""
        identity = MaterialId(self.identity)
        return SignerWanted(
            id=SignerId(self.id),
            title=self.title,
            identity=identity,
            remote=self.remote,
        )


SignerSpecs = Annotated[list[SignerSpec], msgspec.Meta(max_length=MOST)]
"""Empty: one applicant, whose identity document is ``identity``."""


def signers_of(wanted: Sequence[SignerSpec], form: Mapping[str, str]) -> Signers:
    """Return who signs an application with ``form``, in order."""
    if not wanted:
        return (Signer(),)
    return tuple(
        Signer(
            id=SignerId(one.id),
            identity=MaterialId(one.identity),
            name=form.get(one.name, ""),
        )
        for one in wanted
    )


def check_signers(
    file: str,
    wanted: Sequence[SignerSpec],
    papers: Collection[str],
    fields: Collection[str],
) -> None:
    """Raise ``BadItem`` unless each has an identity document of their own.

    The first sits at the counter: it is their visit.
    """
    if wanted and wanted[0].remote:
        raise BadItem(f"{file}: the first signer {wanted[0].id} cannot be remote")
    for one in wanted:
        if "en" not in one.title:
            raise BadItem(f"{file}: signer {one.id} has no English title")
        if one.identity not in papers or not is_identity(MaterialId(one.identity)):
            raise BadItem(f"{file}: no identity paper {one.identity}")
        if one.name and one.name not in fields:
            raise BadItem(f"{file}: no form field {one.name}")
    ids, identities = {one.id for one in wanted}, {one.identity for one in wanted}
    if min(len(ids), len(identities)) != len(wanted):
        raise BadItem(f"{file}: two signers with one id or one identity paper")
