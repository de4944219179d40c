"""The device key: what a terminal proves itself with, on every request."""

import hashlib
import os
import secrets
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.ids import TerminalId

AUDIENCE = "counter-server"
LASTS = 55
"""Seconds for which a proof is good; the server allows 60."""


class Device:
    """One terminal's Ed25519 key (RFC 8032), kept in a file of this user only."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = key.public_key().public_bytes_raw()
        self.public_key = public.hex()
        self.id = TerminalId(hashlib.sha256(public).hexdigest()[:32])

    def key_for(self, purpose: str, salt: bytes) -> bytes:
        """Return 32 bytes that need both this device and ``salt`` (HKDF, RFC 5869)."""
        kdf = HKDF(hashes.SHA256(), 32, salt, purpose.encode())
        return kdf.derive(self._key.private_bytes_raw())

    def proof(self, method: str, path: str) -> str:
        """Return the Authorization header for exactly one request."""
        now = int(time.time())
        claims = {
            "iss": self.id,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LASTS,
            "jti": secrets.token_hex(16),
            "htm": method,
            "htu": path,
        }
        return f"Device {jwt.encode(claims, self._key, algorithm='EdDSA')}"


def open_device(folder: Path) -> Device:
    """Return the device whose key is in ``folder``; make it on the first start."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "device.key"
    if path.exists():
        return Device(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))
    key = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes_raw())
    return Device(key)
