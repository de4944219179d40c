"""The seal of a company that applies: what an item wants, and what a case has of it.

A fresh impression of the seal is a paper of the checklist. A machine cuts the seal
out of its page, the clerk compares it with the company and accepts it, and whoever
signs last has it put on the application (``signing/company.py``).
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from casework.errors import BadItem, SealMissing
from casework.impression import Impression
from casework.material import Material
from protocol.ids import MaterialId, is_identity
from protocol.parts import SealWanted
from protocol.states import MaterialState

LONGEST_NAME = 64
"""Characters that a certificate has for an organisation (X.520, ub-organization-name).

A name that was cut off would be another company's.
"""


class SealSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose seal an application bears, and which paper shows it."""

    paper: str
    """The paper on the checklist with the impression; it has one page."""
    name: str
    """The form's field with the company's name."""
    number: str = ""
    """The form's field with its registration number, if there is one."""

    def view(self) -> SealWanted:
        """Return it as pages need it."""
        paper = MaterialId(self.paper)
        return SealWanted(paper=paper, name=self.name, number=self.number)


class CompanySeal(msgspec.Struct, frozen=True, kw_only=True):
    """The seal that an application is to bear, as the form had it when it was made."""

    name: str
    number: str = ""
    picture: Impression
    turns: int = 0
    """Quarters by which the picture is turned clockwise to be upright."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the upright picture in mm."""
        width, height = self.picture.width, self.picture.height
        return (height, width) if self.turns % 2 else (width, height)


def impression_on(paper: Material) -> Impression:
    """Return the seal on ``paper``; raises ``SealMissing``."""
    found = paper.pages[0].seal if paper.pages else None
    if found is None:
        raise SealMissing(paper.id)
    return found


def seal_of(spec: SealSpec, paper: Material, form: Mapping[str, str]) -> CompanySeal:
    """Return the seal that an application with ``form`` is to bear.

    Raises:
        SealMissing: the clerk has accepted no paper with a seal on it.
    """
    if paper.state is not MaterialState.ACCEPTED:
        raise SealMissing(paper.id)
    return CompanySeal(
        name=form.get(spec.name, ""),
        number=form.get(spec.number, ""),
        picture=impression_on(paper),
        turns=paper.pages[0].turns,
    )


def check_seal(
    file: str, wanted: SealSpec, pages: Mapping[str, int], form: Mapping[str, Any]
) -> None:
    """Raise ``BadItem`` unless paper and fields can make a certificate.

    ``pages`` are how many each paper of the checklist may have.
    """
    if pages.get(wanted.paper) != 1 or is_identity(MaterialId(wanted.paper)):
        raise BadItem(f"{file}: no paper of one page {wanted.paper} for the seal")
    fields = form.get("properties", {})
    if wanted.name not in form.get("required", []):
        raise BadItem(f"{file}: the seal's field {wanted.name} is not required")
    _check_lengths(file, fields, {wanted.name, wanted.number} - {""})


def _check_lengths(
    file: str, fields: Mapping[str, Any], names: Collection[str]
) -> None:
    for name in sorted(names):
        if name not in fields:
            raise BadItem(f"{file}: no form field {name}")
        if fields[name].get("maxLength", LONGEST_NAME + 1) > LONGEST_NAME:
            raise BadItem(f"{file}: {name} may have {LONGEST_NAME} characters at most")
