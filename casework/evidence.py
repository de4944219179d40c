"""What an entry of the evidence log looks like, byte by byte, and checkpoints.

A leaf is canonical JSON: keys sorted, no spaces, UTF-8. Its facts are digests of
salt, name and value, so that each can be shown or withheld by itself, and none
can be guessed once its salt is destroyed. A checkpoint is a signed note (C2SP
tlog-checkpoint): origin, size and root on a line each, then an Ed25519 signature
of these lines.
"""

import base64
import hashlib
import json
import os
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from casework.errors import Unreadable
from casework.ports import Entry, Opened

ORIGIN = "smart-counter/evidence"


LEAF_VERSION = 2
SALT = 16
"""Bytes of a fact's salt: 128 bits, so that no value can be tried out."""
BY = "by"
"""The fact that says who did it: a person, so it can be withheld as well."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the log hashes of an entry. ``facts`` are digests in hexadecimal.

    ``after`` is the index of the entry before it of the same case, or -1: who
    leaves one out of a case breaks this chain.
    """

    kind: str
    at: float
    case: str | None
    after: int
    facts: dict[str, str]
    v: int


def make_leaf(entry: Entry, after: int) -> tuple[bytes, dict[str, Opened]]:
    """Return the bytes that the log hashes, and what opens their facts."""
    facts = {**entry.facts, BY: entry.by}
    opened = {
        name: Opened(os.urandom(SALT).hex(), value) for name, value in facts.items()
    }
    leaf = Leaf(
        kind=entry.kind,
        at=entry.at,
        case=entry.case,
        after=after,
        facts={name: fact_digest(name, one) for name, one in opened.items()},
        v=LEAF_VERSION,
    )
    return canonical(msgspec.to_builtins(leaf)), opened


def read_leaf(leaf: bytes) -> Leaf:
    """Return what a leaf says; raises ``Unreadable`` for anything else."""
    try:
        read = msgspec.json.decode(leaf, type=Leaf)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unreadable("leaf") from error
    if read.v != LEAF_VERSION or canonical(msgspec.to_builtins(read)) != leaf:
        raise Unreadable("leaf of another form")
    return read


def fact_digest(name: str, opened: Opened) -> str:
    """Return the digest of a fact: SHA-256 of salt, name, a zero byte and value.

    Raises:
        ValueError: the salt is not ``SALT`` bytes in hexadecimal.
    """
    salt = bytes.fromhex(opened.salt)
    if len(salt) != SALT or opened.salt != salt.hex():
        raise ValueError("salt")
    said = salt + name.encode() + b"\0" + opened.value.encode()
    return hashlib.sha256(said).hexdigest()


def is_opened_by(digest: str, name: str, opened: Opened) -> bool:
    """Return whether ``opened`` is what the leaf's ``digest`` was made of."""
    try:
        return fact_digest(name, opened) == digest
    except ValueError:
        return False


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
        public = key.public_key().public_bytes_raw()
        return self._note(_key_id(public) + key.sign(self._text().encode()))

    def _note(self, signature: bytes) -> str:
        line = base64.b64encode(signature).decode()
        return f"{self._text()}\n\N{EM DASH} {ORIGIN} {line}\n"

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
    # One spelling only: base64 and integers have others for the same value.
    if not known or checkpoint._note(blob) != note or blob[:4] != _key_id(public):
        raise Unreadable("checkpoint by another log")
    try:
        signer = Ed25519PublicKey.from_public_bytes(public)
        signer.verify(blob[4:], (text + "\n").encode())
    except InvalidSignature as error:
        raise Unreadable("checkpoint signature") from error
    return checkpoint


def _key_id(public: bytes) -> bytes:
    return hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
