"""Tokens: EdDSA only, every claim required, short-lived (RFC 7519, RFC 8037)."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from protocol.ids import TerminalId

ISSUER = "smart-counter"
DESK = "desk"
"""Audience of a session at a desk."""
PLAY = "play"
"""Audience of a token that plays one recording."""
DEVICE = "counter-server"
"""Audience of a device's proof."""
REQUIRED = ["exp", "iat", "aud", "iss", "jti"]
LEEWAY = 60.0
"""Seconds by which clocks may differ."""
PROOF_LASTS = 60
LONGEST = 4096


class BadToken(Exception):
    """A token that is forged, expired, or for something else."""

    code = "bad-token"


def issue(
    key: Ed25519PrivateKey, audience: str, lasts: float, now: float, **claims: str
) -> str:
    """Return a token of ours with ``claims`` for ``audience``."""
    body: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "iat": int(now),
        "exp": int(now + lasts),
        "jti": secrets.token_hex(16),
        **claims,
    }
    return jwt.encode(body, key, algorithm="EdDSA")


def read(
    key: Ed25519PublicKey, token: str, audience: str, issuer: str = ISSUER
) -> Mapping[str, Any]:
    """Return the claims of a token.

    Raises:
        BadToken: not ours, not for ``audience``, expired, or a claim is missing.
    """
    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY if audience == DEVICE else 0,
            options={"require": REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise BadToken(type(error).__name__) from error
    return claims


def unverified_issuer(token: str) -> str:
    """Return whose key to look up; nothing else of it is believed."""
    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise BadToken(type(error).__name__) from error
    return str(claims.get("iss", ""))


def terminal_id(public_key: bytes) -> TerminalId:
    """Return the id of a terminal: 128 bits of its key's SHA-256."""
    return TerminalId(hashlib.sha256(public_key).hexdigest()[:32])


def check_public_key(public_key: bytes) -> None:
    """Raise ``ValueError`` unless this is a raw Ed25519 public key."""
    Ed25519PublicKey.from_public_bytes(public_key)
