"""Signed lists of the certificate authorities that a jurisdiction recognises.

A list is JSON: what it says as text, and an Ed25519 signature of exactly that
text. Mutual recognition between mainland, Hong Kong and Macau works by such
published lists; which one a signature is on is part of what is verified.
"""

import datetime as dt

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding

from casework.errors import CaseworkError
from casework.evidence import canonical
from casework.signing.verdicts import Anchor

FORMAT = "smart-counter-trust-list/1"
LARGEST = 4 * 1024 * 1024
"""Bytes of a list: a thousand authorities need half of it."""


class BadTrustList(CaseworkError):
    """Not a trust list, not signed by the key given, or too old to be believed."""

    code = "bad-trust-list"


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One authority, and when what it issued is recognised (dates, both included)."""

    name: str
    certificate: str
    """X.509, PEM."""
    begins: dt.date
    ends: dt.date
    policies: list[str] = []
    """Object identifiers of the certificate policies that are recognised."""


class TrustList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the publisher of a list says."""

    jurisdiction: str
    """``mainland``, ``hong-kong``, ``macau``, or another word."""
    issued: dt.date
    next_update: dt.date
    authorities: list[Listed]
    format: str = FORMAT


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    list: str
    signature: str


def sign_list(said: TrustList, key: Ed25519PrivateKey) -> bytes:
    """Return the list as a file that anybody with the public key can check."""
    text = canonical(msgspec.to_builtins(said)).decode()
    return msgspec.json.encode(_Signed(text, key.sign(text.encode()).hex()))


def read_list(data: bytes, public: bytes, now: dt.datetime) -> list[Anchor]:
    """Return the roots that a list names, each with when and for what.

    Raises:
        BadTrustList: not a list, not signed by ``public`` (raw Ed25519), or past
            the day of its next update.
    """
    if len(data) > LARGEST:
        raise BadTrustList("too large")
    try:
        signed = msgspec.json.decode(data, type=_Signed)
        signer = Ed25519PublicKey.from_public_bytes(public)
        signer.verify(bytes.fromhex(signed.signature), signed.list.encode())
        said = msgspec.json.decode(signed.list, type=TrustList)
        anchors = [_anchor(said, one) for one in said.authorities]
    except (msgspec.DecodeError, InvalidSignature, ValueError) as error:
        raise BadTrustList(type(error).__name__) from error
    if said.format != FORMAT or now.date() > said.next_update:
        raise BadTrustList("another format, or too old")
    return anchors


def _anchor(said: TrustList, one: Listed) -> Anchor:
    found = x509.load_pem_x509_certificate(one.certificate.encode())
    return Anchor(
        certificate=found.public_bytes(Encoding.DER),
        list_name=said.jurisdiction,
        name=one.name,
        begins=one.begins,
        ends=one.ends,
        policies=tuple(one.policies),
    )
