"""Writes the accounts of a case, with words beside what the log says."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from casework.accounts import ACCOUNTS, Row, Told, rows_of
from casework.cases import CONSENT
from casework.signing.ceremony import DECLARATION
from protocol.faces import FACE_CONSENT
from protocol.states import Language
from protocol.texts import texts

AGREED_TO: Final[Mapping[str, str]] = {
    "case-opened": "consent",
    "signer-signed": "declared",
    "application-signed": "declared",
    "face-agreed": "consent",
}
"""Facts that name a text, with its version, that somebody agreed to."""
CURRENT: Final = (CONSENT, DECLARATION, FACE_CONSENT)
"""The versions of texts of which we still have the words."""


def make_accounts(entries: Iterable[Told], language: Language) -> dict[str, bytes]:
    """Return every account of a case, by the name of its member."""
    listed = list(entries)
    return {
        name: _written([_explained(row, language) for row in rows_of(name, listed)])
        for name in ACCOUNTS
    }


def _explained(row: Row, language: Language) -> Row:
    when = dt.datetime.fromtimestamp(row.at, dt.UTC)
    plain = {"time": f"{when:%Y-%m-%d %H:%M:%S} UTC"}
    title = texts().get(f"entry-{row.what}")
    if title:
        plain["title"] = title[language]
    agreed = row.said.get(AGREED_TO.get(row.what, ""), "").partition(" ")[0]
    if agreed in CURRENT:
        plain["words"] = texts()[agreed.partition("/")[0]][language]
    return msgspec.structs.replace(row, plain=plain)


def _written(rows: list[Row]) -> bytes:
    """Return rows as JSON that a person can read in any editor."""
    said = msgspec.to_builtins(rows)
    return json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False).encode()
