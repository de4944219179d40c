"""Encryption at rest: AES-256-GCM, one key per case, in pieces that can be seeked.

A sealed object is a header (magic, random prefix) and pieces of ``PIECE`` bytes,
each with its own tag. The piece's number, whether it is the last, and the
object's name are authenticated, so pieces cannot be swapped, cut off or moved
to another case (STREAM construction, Hoang et al., CRYPTO 2015).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.errors import Unreadable
from casework.ports import ObjectStore

MAGIC = b"SCV1"
PIECE = 256 * 1024
TAG = 16
HEADER = len(MAGIC) + 7
KEY_BYTES = 32


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def wrap(master: bytes, key: bytes, name: str) -> bytes:
    """Return ``key`` encrypted under ``master``, bound to ``name``."""
    nonce = os.urandom(12)
    return nonce + AESGCM(master).encrypt(nonce, key, name.encode())


def unwrap(master: bytes, wrapped: bytes, name: str) -> bytes:
    """Undo ``wrap``; raises ``Unreadable`` if anything was changed."""
    try:
        return AESGCM(master).decrypt(wrapped[:12], wrapped[12:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(name) from error


def derived(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose (HKDF, RFC 5869, SHA-256)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, None, purpose.encode()).derive(key)


def seal(key: bytes, name: str, data: bytes) -> bytes:
    """Return ``data`` encrypted for storage under ``name``."""
    prefix = os.urandom(7)
    cipher = AESGCM(key)
    out = [MAGIC + prefix]
    last = max(0, (len(data) - 1) // PIECE)
    for number in range(last + 1):
        piece = data[number * PIECE : (number + 1) * PIECE]
        nonce = _nonce(prefix, number, last=number == last)
        out.append(cipher.encrypt(nonce, piece, name.encode()))
    return b"".join(out)


def unseal(key: bytes, name: str, sealed: bytes) -> bytes:
    """Undo ``seal``; raises ``Unreadable`` if a byte or the name differs."""
    if len(sealed) < HEADER + TAG or not sealed.startswith(MAGIC):
        raise Unreadable(name)
    body = sealed[HEADER:]
    last = (len(body) - 1) // (PIECE + TAG)
    parts = [
        _open_piece(key, name, sealed[:HEADER], _slice(body, number), number, last)
        for number in range(last + 1)
    ]
    return b"".join(parts)


async def read_range(
    store: ObjectStore, key: bytes, name: str, span: tuple[int, int], size: int
) -> bytes:
    """Return plain bytes ``span[0]`` to ``span[1]`` (exclusive) of a sealed object.

    Only the pieces that hold them are fetched and decrypted. ``size`` is the
    plain size of the whole object.
    """
    start, end = max(0, span[0]), min(span[1], size)
    if start >= end:
        return b""
    first, final = start // PIECE, (end - 1) // PIECE
    last = max(0, (size - 1) // PIECE)
    header = await store.get_range(name, 0, HEADER)
    offset = HEADER + first * (PIECE + TAG)
    length = (final - first) * (PIECE + TAG) + min(PIECE, size - final * PIECE) + TAG
    body = await store.get_range(name, offset, length)
    parts = [
        _open_piece(key, name, header, _slice(body, number - first), number, last)
        for number in range(first, final + 1)
    ]
    return b"".join(parts)[start - first * PIECE : end - first * PIECE]


def _slice(body: bytes, number: int) -> bytes:
    return body[number * (PIECE + TAG) : (number + 1) * (PIECE + TAG)]


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _open_piece(
    key: bytes, name: str, header: bytes, piece: bytes, number: int, last: int
) -> bytes:
    nonce = _nonce(header[len(MAGIC) :], number, last=number == last)
    try:
        return AESGCM(key).decrypt(nonce, piece, name.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(name) from error
