"""Accounts: what the log says of one question, so that a person can read it.

``consents.json``, ``identity.json``, ``decisions.json`` and ``printing.json`` of a
dossier repeat entries of the log in words. Nothing is only there: whoever verifies
compares each row with its entry, and counts that none was left out. Who did it is
in the entry alone, so that it can be withheld without losing the account.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from casework.evidence import BY
from protocol.ids import MaterialId, is_identity

ACCOUNTS: Final[Mapping[str, frozenset[str]]] = {
    "consents.json": frozenset(
        {
            "case-opened",
            "signer-sent-link",
            "signer-at-counter",
            "signer-signed",
            "application-signed",
            "declaration-heard",
            "signature-refused",
            "application-withdrawn",
            "face-agreed",
        }
    ),
    "identity.json": frozenset(
        {
            "identity-confirmed",
            "signer-sent-link",
            "signer-at-counter",
            "material-accepted",
            "material-refused",
        }
    ),
    "decisions.json": frozenset(
        {
            "material-accepted",
            "material-refused",
            "case-decided",
            "licence-amended",
            "licence-renewed",
            "licence-duplicated",
            "licence-suspended",
            "licence-restored",
            "licence-revoked",
        }
    ),
    "printing.json": frozenset(
        {
            "licence-released",
            "wrong-release-code",
            "wrong-release-document",
            "release-unlocked",
            "face-compared",
            "face-not-compared",
            "face-vouched",
            "face-refused",
            "sheet-printed",
            "no-sheet",
            "sheet-unknown",
            "sheet-spoiled",
            "credential-given",
        }
    ),
}
"""Which entries each account repeats: all of these kinds, in order."""
PAPERS: Final = frozenset({"material-accepted", "material-refused"})
"""Kinds of entries of which ``identity.json`` has only those about an identity
document: how a signer who came later, or who is elsewhere, was established."""
PAPER: Final = "material"
"""The fact of such an entry that names the paper."""


class Told(msgspec.Struct, frozen=True):
    """An entry as a dossier shows it: index, kind, time, and the facts opened."""

    index: int
    kind: str
    at: float
    facts: Mapping[str, str]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry in an account. ``plain`` explains it in the applicant's language.

    ``said`` are its facts without the one that says who.
    """

    entry: int
    what: str
    at: float
    said: Mapping[str, str]
    plain: Mapping[str, str] = {}


def rows_of(name: str, entries: Iterable[Told]) -> list[Row]:
    """Return what the account ``name`` has to say, without words."""
    return [
        Row(
            entry=one.index,
            what=one.kind,
            at=one.at,
            said={fact: value for fact, value in one.facts.items() if fact != BY},
        )
        for one in entries
        if _belongs(name, one.kind, one.facts)
    ]


def disagreement(name: str, account: bytes, entries: Iterable[Told]) -> str | None:
    """Return where an account is not what ``entries`` say; ``None`` if nowhere."""
    try:
        told = msgspec.json.decode(account, type=list[Row])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "unreadable"
    wanted = rows_of(name, entries)
    for row, right in zip(told, wanted, strict=False):
        if msgspec.structs.replace(row, plain={}) != right:
            return f"{right.entry} {right.what}"
    return None if len(told) == len(wanted) else f"{len(told)} of {len(wanted)}"


def repeats(
    name: str, kind: str, facts: Mapping[str, str], lost: Iterable[str]
) -> bool:
    """Return whether the account ``name`` repeats any fact that is to be ``lost``.

    ``kind`` and ``facts`` are those of the entry while they can still be read.
    """
    return _belongs(name, kind, facts) and any(fact != BY for fact in lost)


def _belongs(name: str, kind: str, facts: Mapping[str, str]) -> bool:
    if kind not in ACCOUNTS[name]:
        return False
    if name != "identity.json" or kind not in PAPERS:
        return True
    return is_identity(MaterialId(facts.get(PAPER, "")))
