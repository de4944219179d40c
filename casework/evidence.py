"""What an entry of the evidence log looks like, byte by byte, and checkpoints.

A leaf is canonical JSON: keys sorted, no spaces, UTF-8. A checkpoint is a signed
note (C2SP tlog-checkpoint): origin, size and root on a line each, then an
Ed25519 signature of these lines.
"""

import base64
import hashlib
import json
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from casework.errors import Unreadable
from casework.ports import Entry

ORIGIN = "smart-counter/evidence"


def leaf_bytes(entry: Entry) -> bytes:
    """Return the bytes that the log hashes for ``entry``."""
    return canonical(msgspec.to_builtins(entry))


def canonical(value: Any) -> bytes:
    """Return ``value`` as canonical JSON, so that equal values have equal bytes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


class Checkpoint(msgspec.Struct, frozen=True):
    """A promise about the first ``size`` entries: their Merkle root."""

    size: int
    root: bytes

    def signed(self, key: Ed25519PrivateKey) -> str:
        """Return the checkpoint as a signed note."""
        text = self._text()
        public = key.public_key().public_bytes_raw()
        signature = _key_id(public) + key.sign(text.encode())
        line = base64.b64encode(signature).decode()
        return f"{text}\n\N{EM DASH} {ORIGIN} {line}\n"

    def _text(self) -> str:
        return f"{ORIGIN}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(note: str, public: bytes) -> Checkpoint:
    """Return the checkpoint in ``note`` if ``public`` (raw Ed25519) signed it.

    Raises:
        Unreadable: not a checkpoint, or not signed by this key.
    """
    try:
        text, _, signature_line = note.partition("\n\n")
        origin, size, root = text.split("\n")
        mark, name, encoded = signature_line.strip().split(" ")
        blob = base64.b64decode(encoded, validate=True)
        checkpoint = Checkpoint(int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise Unreadable("checkpoint") from error
    known = origin == name == ORIGIN and mark == "\N{EM DASH}"
    if not known or blob[:4] != _key_id(public):
        raise Unreadable("checkpoint by another log")
    try:
        signer = Ed25519PublicKey.from_public_bytes(public)
        signer.verify(blob[4:], (text + "\n").encode())
    except InvalidSignature as error:
        raise Unreadable("checkpoint signature") from error
    return checkpoint


def _key_id(public: bytes) -> bytes:
    return hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
