"""The office's SM2 key: makes a signature beside a sealed PDF, over its very bytes."""

import dataclasses
import datetime as dt

from asn1crypto import keys, pem

from casework.errors import Unreadable
from casework.signing.certificate_files import LARGEST, PEM
from casework.signing.key_files import UnusableKey
from casework.signing.sm2 import (
    KEY_SIZE,
    NoSm2,
    Sm2Failed,
    sm2_sign,
    sm2_verify,
    sm3,
)
from casework.signing.sm2_chain import CURVE, may_sign, public_of
from casework.signing.sm2_form import attributes_of, make_file

PROBE = b"smart-counter: does this key belong to this certificate?"
KEY = "PRIVATE KEY"
ANOTHER_FORM = (
    "the key is not in PKCS#8 without a password: openssl pkcs8 -topk8 -nocrypt "
    "writes it so"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sm2Seal:
    """An SM2 key with its certificate, and what lies between that and a root (DER)."""

    key: bytes = dataclasses.field(repr=False)
    certificate: bytes
    others: tuple[bytes, ...] = ()

    def sign(self, pdf: bytes, at: dt.datetime) -> bytes:
        """Return the file of a detached signature of ``pdf`` (``sm2_form``)."""
        attributes = attributes_of(sm3(pdf), at)
        public = public_of(self.certificate)
        signature = sm2_sign(self.key, public, attributes)
        return make_file(self.certificate, self.others, attributes, signature)


def read_sm2_file(data: bytes) -> Sm2Seal:
    """Return the key in a PEM file: PKCS#8 without password, and its certificate.

    Certificates of other keys in the file are what lies between it and its root.

    Raises:
        NoSm2: the extra is not installed.
        UnusableKey: not such a file, a key of another kind, no certificate that
            fits it, or one that is not for signing.
    """
    if len(data) > LARGEST:
        raise UnusableKey("the file is too large for a key")
    key, held = _key_in(data), _certificates_in(data)
    own = next((one for one in held if _fits(key, one)), None)
    if own is None:
        raise UnusableKey("no certificate in the file belongs to the SM2 key in it")
    if not may_sign(own):
        raise UnusableKey(
            "the certificate is not for signing documents (its key usage lacks "
            "digitalSignature and nonRepudiation)"
        )
    others = tuple(one for one in held if one is not own)
    return Sm2Seal(key=key, certificate=own, others=others)


def _key_in(data: bytes) -> bytes:
    found = [der for kind, der in _blocks(data) if kind == KEY]
    if len(found) != 1:
        raise UnusableKey(ANOTHER_FORM)
    try:
        info = keys.PrivateKeyInfo.load(found[0], strict=True)
        kind = info["private_key_algorithm"]
        curve = kind["parameters"]
        ours = kind["algorithm"].native == "ec" and curve.chosen.dotted == CURVE
        number: int = info["private_key"].parsed["private_key"].native if ours else 0
        key = number.to_bytes(KEY_SIZE, "big")
    except Exception as error:  # asn1crypto's own errors
        raise UnusableKey(ANOTHER_FORM) from error
    if not number:
        raise UnusableKey("the key is not on the SM2 curve")
    return key


def _certificates_in(data: bytes) -> list[bytes]:
    return [der for kind, der in _blocks(data) if kind == "CERTIFICATE"]


def _blocks(data: bytes) -> list[tuple[str, bytes]]:
    if PEM not in data:
        raise UnusableKey("the file is not PEM")
    try:
        return [(kind, der) for kind, _, der in pem.unarmor(data, multiple=True)]
    except ValueError as error:
        raise UnusableKey("the file is not PEM") from error


def _fits(key: bytes, certificate: bytes) -> bool:
    """Return whether what ``key`` signs is verified with ``certificate`` (DER)."""
    try:
        public = public_of(certificate)
        return sm2_verify(public, PROBE, sm2_sign(key, public, PROBE))
    except NoSm2:
        raise
    except (Unreadable, Sm2Failed):
        return False
