"""The form of a dossier: which members it has, and what its manifest says.

A dossier is an ``archive`` with ``manifest.json``, canonical JSON. Nothing in it
stands alone: each member's digest is a fact of the last entry, ``dossier-made``;
each fact is opened to a digest in its entry's leaf; each leaf is proved to be in
the tree whose root the checkpoint signs, and whose last leaf is that last entry.
"""

import hashlib

import msgspec

from casework.errors import Unreadable
from casework.evidence import canonical
from casework.ports import Opened

FORMAT = "smart-counter-dossier/3"
MANIFEST = "manifest.json"
MADE = "dossier-made"
"""The entry that says what is in the dossier; it is always the last one."""
FILE = "file "
"""A fact of ``MADE`` with this before the member's name is its SHA-256."""
KEYS = "keys"
"""A fact of ``MADE``: the fingerprint of the office's keys."""
STAMPED = "timestamped"
"""A fact of ``MADE``: ``yes`` if the checkpoint has a timestamp."""
WITNESSES = "witnesses"
"""A fact of ``MADE``: the keys of the witnesses that cosigned the checkpoint."""
NEEDED = frozenset({KEYS, STAMPED, WITNESSES})
"""Facts of ``MADE`` that cannot be withheld."""
MOST_ENTRIES = 20_000
"""A case has tens of entries; more is somebody's trap."""


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The office's keys, in hex: the log's (raw Ed25519), root certificate (DER).

    Where there are several roots, they stand one after the other. ``time`` is left
    out unless somebody else's authority tells the time: then it has the roots of it.
    """

    log: str
    root: str
    time: str = ""

    def fingerprint(self) -> str:
        """Return the SHA-256 that the office publishes, in hexadecimal."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self))).hexdigest()


class Proved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of the log, the facts that are shown, and its way to the root."""

    index: int
    leaf: str
    opened: dict[str, Opened]
    proof: list[str]

    def shown(self) -> dict[str, str]:
        """Return the facts that can be read, by name."""
        return {name: one.value for name, one in self.opened.items()}


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that proves the other members.

    ``timestamp`` is a token (RFC 3161, DER, base64) over the SHA-256 of the
    checkpoint, or empty. ``withheld`` names what was taken out on purpose:
    ``index fact``. ``cosignatures`` are the lines of the witnesses that the last entry
    names, in its order.
    """

    format: str
    checkpoint: str
    timestamp: str
    keys: Keys
    withheld: list[str]
    entries: list[Proved]
    cosignatures: list[str]

    def to_bytes(self) -> bytes:
        """Return the member ``manifest.json``."""
        return canonical(msgspec.to_builtins(self))


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest in ``data``.

    Raises:
        Unreadable: something else, of another format, or not as we write it.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable("manifest.json") from error
    if manifest.format != FORMAT:
        raise Unreadable("another format")
    if manifest.to_bytes() != data or len(manifest.entries) > MOST_ENTRIES:
        raise Unreadable("manifest.json")
    return manifest
