"""Certificates and revocation lists that the office issues (RFC 5280).

The keys that are made here are EC P-256; an issuer from a file may be RSA, too.
"""

import datetime as dt
import enum
from collections.abc import Sequence

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CRL_DAYS = 400
"""How long a revocation list is believed by somebody who has no newer one.

Longer than a year, so that a paper on which time stamps are renewed once a year
can always be checked without any network.
"""
BEFORE = dt.timedelta(minutes=1)
"""How far back a certificate is valid: clocks of readers differ."""

REASONS = {
    "unspecified": x509.ReasonFlags.unspecified,
    "key-compromise": x509.ReasonFlags.key_compromise,
    "superseded": x509.ReasonFlags.superseded,
    "cessation": x509.ReasonFlags.cessation_of_operation,
    "affiliation-changed": x509.ReasonFlags.affiliation_changed,
}
"""Why a certificate is revoked (RFC 5280, 5.3.1)."""

_DER = serialization.Encoding.DER
_PKCS8 = (_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Purpose(enum.Enum):
    """What a certificate is for; it is good for nothing else."""

    AUTHORITY = enum.auto()
    SIGNING = enum.auto()
    TIME_STAMPING = enum.auto()


class Identity(msgspec.Struct, frozen=True):
    """A private key (PKCS #8) and its certificate (X.509), both DER."""

    key: bytes
    certificate: bytes

    def __repr__(self) -> str:
        return "Identity(***)"


class Revoked(msgspec.Struct, frozen=True):
    """A certificate that is not believed from ``at`` (seconds since 1970) on."""

    serial: int
    at: float
    reason: str = "unspecified"
    """One of ``REASONS``."""


def make_root(name: str, now: dt.datetime, lasts: dt.timedelta) -> Identity:
    """Return a root: a key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name), _name(name), key.public_key(), now, lasts)
    builder = _for(builder, Purpose.AUTHORITY)
    certificate = builder.sign(key, hashes.SHA256())
    return Identity(key.private_bytes(*_PKCS8), certificate.public_bytes(_DER))


def issue(
    subject: str | x509.Name,
    root: Identity,
    now: dt.datetime,
    lasts: dt.timedelta,
    purpose: Purpose = Purpose.SIGNING,
) -> Identity:
    """Return a fresh key with a certificate that ``root`` signed."""
    issuer_key = _key_of(root)
    issuer = x509.load_der_x509_certificate(root.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(subject) if isinstance(subject, str) else subject
    builder = _builder(name, issuer.subject, key.public_key(), now, lasts)
    builder = _for(builder, purpose)
    builder = builder.add_extension(_issuer_id(issuer), critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    return Identity(key.private_bytes(*_PKCS8), certificate.public_bytes(_DER))


def revocation_list(
    root: Identity, now: dt.datetime, revoked: Sequence[Revoked] = ()
) -> bytes:
    """Return the list (DER) of what ``root`` does not stand for any more."""
    key = _key_of(root)
    issuer = x509.load_der_x509_certificate(root.certificate)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(now).next_update(now + dt.timedelta(days=CRL_DAYS))
    builder = builder.add_extension(_issuer_id(issuer), critical=False)
    number = x509.CRLNumber(int(now.timestamp() * 1000))
    builder = builder.add_extension(number, critical=False)
    for one in revoked:
        at = dt.datetime.fromtimestamp(one.at, dt.UTC)
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial)
        if one.reason != "unspecified":  # RFC 5280, 5.3.1: then it is left out
            reason = x509.CRLReason(REASONS[one.reason])
            entry = entry.add_extension(reason, critical=False)
        builder = builder.add_revoked_certificate(entry.revocation_date(at).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(_DER)


def ends(certificate: bytes) -> dt.datetime:
    """Return until when a certificate (DER) is valid."""
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc


def serial_of(certificate: bytes) -> int:
    """Return the serial number of a certificate (DER)."""
    return x509.load_der_x509_certificate(certificate).serial_number


def _key_of(identity: Identity) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(identity.key, None)
    kinds = ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey
    assert isinstance(key, kinds), "the kinds that are made here, or read from a file"
    return key


def _issuer_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return what names the issuer's key, as its own certificate names it."""
    kind = x509.SubjectKeyIdentifier
    try:
        held = issuer.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        key = issuer.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey), "checked"
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(held)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    lasts: dt.timedelta,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
    builder = builder.public_key(public).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - BEFORE)
    builder = builder.not_valid_after(now + lasts)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return builder.add_extension(identifier, critical=False)


def _for(builder: x509.CertificateBuilder, purpose: Purpose) -> x509.CertificateBuilder:
    authority = purpose is Purpose.AUTHORITY
    bounds = x509.BasicConstraints(authority, 0 if authority else None)
    builder = builder.add_extension(bounds, critical=True)
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(usage, critical=True)
    if purpose is Purpose.TIME_STAMPING:  # RFC 3161, 2.3: alone and critical
        only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(only, critical=True)
    return builder


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])
