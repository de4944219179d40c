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

ACCOUNTS: Final[Mapping[str, frozenset[str]]] = {
    "consents.json": frozenset(
        {"case-opened", "application-signed", "signature-refused"}
    ),
    "identity.json": frozenset({"identity-confirmed"}),
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
            "release-unlocked",
            "sheet-printed",
            "no-sheet",
            "sheet-unknown",
            "sheet-spoiled",
            "credential-given",
        }
    ),
}
"""Which entries each account repeats: all of these kinds, in order."""


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
        if one.kind in ACCOUNTS[name]
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


def repeats(name: str, kind: str, facts: Iterable[str]) -> bool:
    """Return whether the account ``name`` repeats any of these facts of a kind."""
    return kind in ACCOUNTS[name] and any(fact != BY for fact in facts)
