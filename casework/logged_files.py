"""When the log first said which bytes a file of a dossier has.

Members that the office writes only for the dossier (``record.json`` and the like)
are in the log with it. Pages, PDFs and manifests of recordings were there before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from casework.accounts import ACCOUNTS
from casework.film_check import is_film

Said = tuple[str, Mapping[str, str]]
"""Kind and facts of an entry."""

STROKES = "strokes.escrow"
"""How the name was written, locked for the holder of the escrow key."""
CODES = "codes.json"
"""The published keys with which the licence's code is checked."""
NEW = frozenset(
    {
        "record.json",
        "form.json",
        "papers.json",
        "item.json",
        "template.json",
        "certificate.txt",
        CODES,
        *ACCOUNTS,
    }
)
"""Members that exist only in the dossier."""
TIMELINE = "/timeline.json"
LICENCE: Final = {"licence.pdf": "licence", "licence.pdf.sm2": "sm2"}
FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "page-stored": {"materials/{material}/{page}.jpg": "sha256"},
    "original-stored": {"materials/{material}/{page}-original.jpg": "sha256"},
    "material-accepted": {"materials/{material}/seal.png": "seal"},
    "material-bound": {"material-{material}.pdf": "sha256"},
    "application-made": {"application.pdf": "sha256"},
    "signer-signed": {
        "application.pdf": "signed",
        "strokes-{signer}.escrow": "escrow",
    },
    "application-signed": {
        "application.pdf": "signed",
        "receipt.pdf": "receipt",
        STROKES: "escrow",
        "strokes-{signer}.escrow": "escrow",
    },
    "application-countersigned": {
        "application.pdf": "sha256",
        "application.pdf.sm2": "sm2",
    },
    "document-stamped": {"{name}.pdf": "sha256", "{name}.pdf.sm2": "sm2"},
    "case-decided": LICENCE,
    "licence-amended": LICENCE,
    "licence-renewed": LICENCE,
    "licence-duplicated": LICENCE,
    "recording-stored": {"recordings/{call}/manifest.json": "manifest"},
}
"""Which fact of which entry is the digest of which file."""


def was_logged(name: str, digest: str, entries: Iterable[Said]) -> bool | None:
    """Return whether the log's last word on a file was ``digest``, before the dossier.

    ``None`` for a member that exists only in the dossier, and for films: the log has
    their manifest.
    """
    if name in NEW or name.endswith(TIMELINE) or is_film(name):
        return None
    last: str | None = None
    anywhere = False
    for kind, facts in entries:
        last = _digest_of(name, kind, facts) or last
        anywhere |= digest in facts.values()
    return anywhere if last is None else last == digest


def _digest_of(name: str, kind: str, facts: Mapping[str, str]) -> str | None:
    """Return which digest an entry gives to the file ``name``, if it speaks of it."""
    known = defaultdict(str, facts)
    for file, fact in FILES.get(kind, {}).items():
        if file.format_map(known) == name:
            return facts.get(fact)
    return None
