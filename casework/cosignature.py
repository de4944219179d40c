"""Cosignatures: a witness signs that it saw a checkpoint, and when.

The form is that of C2SP: a line of a signed note (``signed-note``) with a
``cosignature/v1`` of Ed25519 (``tlog-cosignature``), so that witnesses of others
can be asked as well. Its key is written as a verifier key: ``NAME+ID+KEY``.
"""

import base64
import hashlib
import re
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from casework.errors import Unreadable

ALGORITHM: Final = b"\x04"
"""Of a timestamped Ed25519 cosignature."""
NAME: Final = re.compile(r"[!-*,-~]{1,100}")
"""What a witness may be called: it is in lines, so no blanks, and no plus sign."""
_TIME, _SIGNATURE, _KEY, _ID = 8, 64, 32, 4


class WitnessKey(msgspec.Struct, frozen=True):
    """Who a witness is: its name, and its raw Ed25519 public key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that lead each of its cosignatures."""
        said = self.name.encode() + b"\n" + ALGORITHM + self.public
        return hashlib.sha256(said).digest()[:_ID]

    def __str__(self) -> str:
        """Return the verifier key, as settings and people pass it on."""
        encoded = base64.b64encode(ALGORITHM + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def read_witness_key(text: str) -> WitnessKey:
    """Return the key that ``text`` names; raises ``Unreadable``."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Unreadable("witness key") from error
    key = WitnessKey(name, blob[1:])
    # One spelling only: it also says whether the id fits the key.
    if not NAME.fullmatch(name) or len(blob) != 1 + _KEY or str(key) != text:
        raise Unreadable("witness key")
    return key


def cosign(note: str, name: str, signer: Ed25519PrivateKey, at: int) -> str:
    """Return the line, without its end, by which ``name`` cosigns ``note``."""
    key = WitnessKey(name, signer.public_key().public_bytes_raw())
    stamped = at.to_bytes(_TIME, "big") + signer.sign(_said(note, at))
    return f"\N{EM DASH} {name} {base64.b64encode(key.id + stamped).decode()}"


def read_cosignature(line: str, note: str, key: WitnessKey) -> int:
    """Return when the witness of ``key`` cosigned ``note``, in seconds since 1970.

    Raises:
        Unreadable: ``line`` is no cosignature of this note by this witness.
    """
    lead = f"\N{EM DASH} {key.name} "
    encoded = line.removeprefix(lead)
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Unreadable("cosignature") from error
    whole = lead + base64.b64encode(blob).decode() == line
    if not whole or blob[:_ID] != key.id or len(blob) != _ID + _TIME + _SIGNATURE:
        raise Unreadable("cosignature by another witness")
    at = int.from_bytes(blob[_ID : _ID + _TIME], "big")
    try:
        signer = Ed25519PublicKey.from_public_bytes(key.public)
        signer.verify(blob[_ID + _TIME :], _said(note, at))
    except InvalidSignature as error:
        raise Unreadable("cosignature") from error
    return at


def _said(note: str, at: int) -> bytes:
    text = note.partition("\n\n")[0]
    return f"cosignature/v1\ntime {at}\n{text}\n".encode()
