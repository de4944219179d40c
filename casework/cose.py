"""COSE_Sign1 (RFC 9052) with ES256, and the published set of keys (RFC 7517).

ES256 because every browser's own cryptography verifies it, old telephones too;
signed as RFC 6979 says, so that the same words have the same signature.
"""

import base64
import hashlib
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework import cbor
from casework.errors import BadCode, BadKeys
from casework.evidence import canonical

ALGORITHM, KEY_ID = 1, 4
"""Header parameters (RFC 9052, section 3.1)."""
ES256: Final = -7
SIGN1_TAG: Final = b"\xd2"
HALF: Final = 32
"""Bytes of r and of s."""
KEY_ID_BYTES: Final = 8
LARGEST_KEY_SET: Final = 65_536
MOST_KEYS: Final = 32
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (SP 800-186, 3.2.1.3)."""


class PublicKey(msgspec.Struct, frozen=True):
    """One key as it is published: a JSON Web Key of P-256."""

    kid: str
    x: str
    y: str
    kty: str = "EC"
    crv: str = "P-256"
    alg: str = "ES256"
    use: str = "sig"


class KeySet(msgspec.Struct, frozen=True):
    """What an office publishes: its name, and every key that signed its codes."""

    issuer: str
    keys: list[PublicKey]

    def encoded(self) -> bytes:
        """Return the set as the file that is published."""
        return canonical(msgspec.to_builtins(self)) + b"\n"

    def fingerprint(self) -> str:
        """Return the SHA-256 of the keys, to be compared with the printed one."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self.keys))).hexdigest()


def derive_signer(secret: bytes, purpose: str) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key that ``secret`` gives for ``purpose``.

    48 bytes before the reduction leave no bias (SP 800-56A, 5.6.1.2.1).
    """
    info = f"smart-counter {purpose}".encode()
    wide = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=info)
    number = int.from_bytes(wide.derive(secret), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key(signer: ec.EllipticCurvePrivateKey) -> PublicKey:
    """Return how the public half of ``signer`` is published."""
    numbers = signer.public_key().public_numbers()
    x, y = (number.to_bytes(HALF, "big") for number in (numbers.x, numbers.y))
    return PublicKey(kid=_base64url(_key_id(x, y)), x=_base64url(x), y=_base64url(y))


def read_keys(data: bytes) -> KeySet:
    """Return a published set of keys.

    Raises:
        BadKeys: too large, another form, or a point that is not on the curve.
    """
    if len(data) > LARGEST_KEY_SET:
        raise BadKeys("too large")
    try:
        found = msgspec.json.decode(data, type=KeySet)
        for key in found.keys:
            _point(key)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadKeys(str(error)) from error
    if not 1 <= len(found.keys) <= MOST_KEYS:
        raise BadKeys("none, or too many")
    return found


def sign(payload: cbor.Value, signer: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a tagged COSE_Sign1 whose payload is ``payload`` in CBOR."""
    x, y = (_bytes(text) for text in (public_key(signer).x, public_key(signer).y))
    protected = cbor.encode({ALGORITHM: ES256, KEY_ID: _key_id(x, y)})
    body = cbor.encode(payload)
    how = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(signer.sign(_signed(protected, body), how))
    signature = r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")
    return SIGN1_TAG + cbor.encode([protected, {}, body, signature])


def verified(data: bytes, keys: KeySet) -> cbor.Value:
    """Return the payload of a COSE_Sign1 that one of ``keys`` signed.

    Raises:
        BadCode: another form, another algorithm, an unknown key, or a signature
            that does not fit.
    """
    try:
        protected, payload, signature = _parts(data)
        header = cbor.decode(protected)
        if not isinstance(header, dict) or set(header) != {ALGORITHM, KEY_ID}:
            raise BadCode("header")
        if header[ALGORITHM] != ES256:
            raise BadCode("algorithm")
        public = _known(header[KEY_ID], keys)
        r, s = (int.from_bytes(half) for half in (signature[:HALF], signature[HALF:]))
        der, how = encode_dss_signature(r, s), ec.ECDSA(hashes.SHA256())
        public.verify(der, _signed(protected, payload), how)
        return cbor.decode(payload)
    except InvalidSignature as error:
        raise BadCode("signature") from error
    except ValueError as error:
        raise BadCode(str(error)) from error


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    if not data.startswith(SIGN1_TAG):
        raise BadCode("not a COSE_Sign1")
    match cbor.decode(data[1:]):
        case [bytes(protected), dict(other), bytes(payload), bytes(signature)] if (
            not other and len(signature) == 2 * HALF
        ):
            return protected, payload, signature
        case _:
            raise BadCode("not a COSE_Sign1")


def key_named(kid: str, keys: KeySet) -> ec.EllipticCurvePublicKey:
    """Return the key that is published under this name, or raise ``BadCode``."""
    for key in keys.keys:
        if key.kid == kid:
            return _point(key)
    raise BadCode("unknown key")


def _known(key_id: cbor.Value, keys: KeySet) -> ec.EllipticCurvePublicKey:
    if not isinstance(key_id, bytes):
        raise BadCode("unknown key")
    return key_named(_base64url(key_id), keys)


def _signed(protected: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, b"", payload])


def _point(key: PublicKey) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_bytes(text)) for text in (key.x, key.y))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _key_id(x: bytes, y: bytes) -> bytes:
    """Return the first bytes of the key's thumbprint (RFC 7638)."""
    said = {"crv": "P-256", "kty": "EC", "x": _base64url(x), "y": _base64url(y)}
    return hashlib.sha256(canonical(said)).digest()[:KEY_ID_BYTES]


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
