"""What opens a release beside its number: the code, or the holder's document."""

import unicodedata
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from casework.case import Case
from casework.errors import BadItem, NotFound, ReleaseNeedsCode, ReleaseNeedsDocument
from protocol.ids import IDENTITY

NUMBER: Final = "number"
"""The field of the identity document that holds its number, in service items."""
LEAST: Final = 4
"""Characters that a number has at least; a shorter one tells nobody apart."""


class ReleaseBy(StrEnum):
    """What an office lets a licence go to paper against, beside its number."""

    CODE = "code"
    DOCUMENT = "document"
    EITHER = "either"


class Way(StrEnum):
    """What was given at the window."""

    CODE = "code"
    DOCUMENT = "document"


OPENS: Final = {
    ReleaseBy.CODE: frozenset({Way.CODE}),
    ReleaseBy.DOCUMENT: frozenset({Way.DOCUMENT}),
    ReleaseBy.EITHER: frozenset({Way.CODE, Way.DOCUMENT}),
}


def ways_of(case: Case, by: ReleaseBy) -> frozenset[Way]:
    """Return what can open this case; the code whenever the document cannot.

    Nobody may have confirmed the number of the identity document, on a paper that
    no machine could read: then there is nothing to compare with.
    """
    if not confirmed_number(case):
        return frozenset({Way.CODE})
    return OPENS[by]


def require_way(case: Case, by: ReleaseBy, way: Way) -> None:
    """Raise what is wanted instead, unless ``way`` can open this case."""
    if way not in ways_of(case, by):
        raise ReleaseNeedsCode(by) if way is Way.DOCUMENT else ReleaseNeedsDocument(by)


def confirmed_number(case: Case) -> str:
    """Return the number of the applicant's document as the clerk confirmed it.

    Normalised; empty if nobody did. Only the applicant's own document counts: where
    several signed, the others' does not open the release.
    """
    try:
        said = case.material(IDENTITY).confirmed.get(NUMBER, "")
    except NotFound:
        return ""
    return normalised(said)


def normalised(number: str) -> str:
    """Return letters and digits of a number, in one form: ``Ａ１２３(4)``, ``A1234``.

    Empty if fewer than ``LEAST`` are left.
    """
    plain = unicodedata.normalize("NFKC", number).upper()
    kept = "".join(one for one in plain if one.isascii() and one.isalnum())
    return kept if len(kept) >= LEAST else ""


def check_release(file: str, by: ReleaseBy, read: Collection[str]) -> None:
    """Raise ``BadItem`` if a document is to open it whose number nobody reads.

    ``read``: the fields that the item reads from the applicant's identity document.
    """
    if by is not ReleaseBy.CODE and NUMBER not in read:
        raise BadItem(f"{file}: release: {by} needs a field {NUMBER} of {IDENTITY}")
