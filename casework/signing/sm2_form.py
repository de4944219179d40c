"""The file of a detached SM2 signature: SignedData of GM/T 0010 (GB/T 35275).

It is the SignedData of PKCS #7 with object identifiers of its own. What is signed is
the DER of the signed attributes, one of which is the SM3 of the file beside it.
"""

import datetime as dt
from typing import Any, ClassVar, Final

import msgspec
from asn1crypto import cms, core, x509

from casework.errors import Unreadable

SIGNED_DATA: Final = "1.2.156.10197.6.1.4.2.2"
DATA: Final = "1.2.156.10197.6.1.4.2.1"
SM3: Final = "1.2.156.10197.1.401"
SM2: Final = "1.2.156.10197.1.301.1"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
"""Names the same signature; certificates have it, and some who sign have it here."""
LARGEST: Final = 64 * 1024
"""Bytes of a file with its certificates; two thousand are usual."""
DIGEST_SIZE: Final = 32
UTC_TIME_ENDS: Final = 2050
"""The year from which a time is written with four digits."""


class Detached(msgspec.Struct, frozen=True, kw_only=True):
    """What the file of a detached signature says. Nothing of it is proved yet."""

    certificate: bytes
    """The signer's (DER)."""
    others: tuple[bytes, ...]
    """Certificates (DER) that may lie between it and a root."""
    attributes: bytes
    """What was signed (DER)."""
    digest: bytes
    """The SM3 of the file that was signed, 32 bytes."""
    signature: bytes
    """As GM/T 0009 encodes it (DER)."""
    at: dt.datetime | None
    """When it was signed, by the signer's own word."""


class _File(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """ContentInfo (GM/T 0010, 7.1), for types that asn1crypto has no names for."""

    _fields: ClassVar = [
        ("content_type", core.ObjectIdentifier),
        ("content", cms.SignedData, {"explicit": 0}),
    ]


def attributes_of(digest: bytes, at: dt.datetime) -> bytes:
    """Return the signed attributes (DER) for a file whose SM3 is ``digest``."""
    # UTCTime has two digits for the year (RFC 5652, 11.3).
    form = "utc_time" if at.year < UTC_TIME_ENDS else "generalized_time"
    time = cms.Time({form: at.replace(microsecond=0)})
    rows = [
        {"type": "content_type", "values": [DATA]},
        {"type": "message_digest", "values": [digest]},
        {"type": "signing_time", "values": [time]},
    ]
    return bytes(cms.CMSAttributes(rows).dump())


def make_file(
    certificate: bytes, others: tuple[bytes, ...], attributes: bytes, signature: bytes
) -> bytes:
    """Return the file (DER) of a signature of ``attributes``."""
    signer = x509.Certificate.load(certificate)
    named = {"issuer": signer.issuer, "serial_number": signer.serial_number}
    held = [x509.Certificate.load(one) for one in others]
    row = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": named}),
        "digest_algorithm": {"algorithm": SM3},
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": {"algorithm": SM2},
        "signature": signature,
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": SM3}],
        "encap_content_info": {"content_type": DATA},
        "certificates": [signer, *held],
        "signer_infos": [row],
    }
    return bytes(_File({"content_type": SIGNED_DATA, "content": signed}).dump())


def read_file(data: bytes) -> Detached:
    """Return what the file of a detached signature says.

    Raises:
        Unreadable: too large, or not the detached signature of one signer with SM2
            and SM3, with signed attributes and the signer's certificate.
    """
    if len(data) > LARGEST:
        raise Unreadable("SM2 signature")
    try:
        return _read(_File.load(data, strict=True))
    except Unreadable:
        raise
    except Exception as error:  # asn1crypto's own errors: a finding
        raise Unreadable("SM2 signature") from error


def _read(file: Any) -> Detached:
    signed = file["content"]
    content = signed["encap_content_info"]
    _require(file["content_type"].dotted == SIGNED_DATA)
    _require(content["content_type"].dotted == DATA)
    _require(content["content"].native is None)
    _require(len(signed["signer_infos"]) == len(signed["digest_algorithms"]) == 1)
    signer = signed["signer_infos"][0]
    _require(signed["version"].native == signer["version"].native == "v1")
    for one in (signed["digest_algorithms"][0], signer["digest_algorithm"]):
        _require(one["algorithm"].dotted == SM3)
    named = signer["signature_algorithm"]["algorithm"].dotted
    _require(named in {SM2, SM2_WITH_SM3})
    said = _attributes(signer["signed_attrs"])
    _require(said["content_type"].dotted == DATA)
    held = [one.chosen for one in signed["certificates"]]
    own = [one for one in held if _is_of(one, signer["sid"].chosen)]
    _require(len(own) == 1)
    digest, time = said["message_digest"].native, said.get("signing_time")
    _require(len(digest) == DIGEST_SIZE)
    return Detached(
        certificate=own[0].dump(),
        others=tuple(one.dump() for one in held if one is not own[0]),
        attributes=signer["signed_attrs"].untag().dump(),
        digest=digest,
        signature=signer["signature"].native,
        at=None if time is None else time.native,
    )


def _attributes(rows: Any) -> dict[str, Any]:
    """Return the one value of each attribute; what is there twice says nothing."""
    found: dict[str, Any] = {}
    for row in rows:
        name = row["type"].native
        _require(name not in found and len(row["values"]) == 1)
        found[name] = row["values"][0]
    return found


def _is_of(certificate: Any, named: Any) -> bool:
    same = certificate.issuer.dump() == named["issuer"].dump()
    return bool(same and certificate.serial_number == named["serial_number"].native)


def _require(holds: bool) -> None:
    if not holds:
        raise Unreadable("SM2 signature")
