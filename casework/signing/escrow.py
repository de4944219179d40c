"""Strokes of a signature, locked so that only the holder of a key far away reads them.

How somebody writes is biometric. The office keeps the strokes for a court and
cannot read them: X25519 with a key of one use (RFC 7748), HKDF-SHA-256
(RFC 5869), AES-256-GCM. Only their digest stands in the open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.errors import Unreadable

MAGIC = b"SCE1"
KEY = 32
NONCE = 12
HEADER = len(MAGIC) + KEY + NONCE
PURPOSE = b"smart-counter escrow 1"


def new_key() -> tuple[bytes, bytes]:
    """Return a private and a public X25519 key, 32 bytes each."""
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()


def public_half(private: bytes) -> bytes:
    """Return the public half of a private key."""
    key = X25519PrivateKey.from_private_bytes(private)
    return key.public_key().public_bytes_raw()


def lock(public: bytes, name: str, data: bytes) -> bytes:
    """Return ``data`` for the holder of ``public``'s other half, bound to ``name``."""
    once = X25519PrivateKey.generate()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    head = once.public_key().public_bytes_raw()
    nonce = os.urandom(NONCE)
    locked = _cipher(shared, head, public).encrypt(nonce, data, name.encode())
    return MAGIC + head + nonce + locked


def unlock(private: bytes, name: str, locked: bytes) -> bytes:
    """Undo ``lock``.

    Raises:
        Unreadable: another key, another name, or a changed byte.
    """
    if len(locked) <= HEADER or not locked.startswith(MAGIC):
        raise Unreadable("escrow")
    head = locked[len(MAGIC) : len(MAGIC) + KEY]
    nonce = locked[len(MAGIC) + KEY : HEADER]
    try:
        key = X25519PrivateKey.from_private_bytes(private)
        shared = key.exchange(X25519PublicKey.from_public_bytes(head))
        cipher = _cipher(shared, head, key.public_key().public_bytes_raw())
        return cipher.decrypt(nonce, locked[HEADER:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("escrow") from error


def _cipher(shared: bytes, head: bytes, public: bytes) -> AESGCM:
    derived = HKDF(hashes.SHA256(), KEY, head + public, PURPOSE).derive(shared)
    return AESGCM(derived)
