"""Reads a key with its certificates from a file, and says in words what is wrong."""

import datetime as dt

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificatePublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import pkcs12

from casework.errors import CaseworkError
from casework.signing.certificate_files import LARGEST, PEM
from casework.signing.certificates import Identity

PRIVATE_KEY = b"PRIVATE KEY-----"
SHORTEST_RSA = 2048
"""Bits; shorter keys are not accepted for signatures any more (ETSI TS 119 312)."""
KINDS = "the key is neither RSA nor ECDSA on P-256, P-384 or P-521"
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_DER = serialization.Encoding.DER
_PKCS8 = (_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Opened = tuple[Key | None, list[x509.Certificate]]


class UnusableKey(CaseworkError):
    """A key or certificate with which the office cannot sign; the text says why."""

    code = "unusable-key"


class KeyFile(msgspec.Struct, frozen=True):
    """What a file held: a key with its certificate, and other certificates (DER)."""

    identity: Identity
    others: tuple[bytes, ...] = ()


def read_key_file(data: bytes, password: bytes) -> KeyFile:
    """Return the key in a PKCS#12 (RFC 7292) or PEM file, encrypted or not.

    Raises:
        UnusableKey: not such a file, another password, no key, a key of a kind
            with which we do not sign, or no certificate for the key.
    """
    if len(data) > LARGEST:
        raise UnusableKey("the file is too large for a key")
    try:
        key, held = _of_pem(data, password) if PEM in data else _of_p12(data, password)
    except (ValueError, TypeError) as error:
        raise UnusableKey(
            "the file cannot be opened: another password, or neither PKCS#12 nor PEM"
        ) from error
    if key is None:
        raise UnusableKey("there is no private key in the file")
    public = _public_of(key.public_key())
    own = [one for one in held if _public_of(one.public_key()) == public]
    if not own:
        raise UnusableKey("no certificate in the file belongs to the key in it")
    others = tuple(one.public_bytes(_DER) for one in held if one is not own[0])
    certificate = own[0].public_bytes(_DER)
    return KeyFile(Identity(key.private_bytes(*_PKCS8), certificate), others)


def require_kind(key: object) -> None:
    """Raise ``UnusableKey`` unless this public key is of a kind that we sign with."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SHORTEST_RSA:
            raise UnusableKey(f"the RSA key has fewer than {SHORTEST_RSA} bits")
    elif not (isinstance(key, ec.EllipticCurvePublicKey) and _common(key)):
        raise UnusableKey(KINDS)


def require_valid(certificate: bytes, now: dt.datetime) -> None:
    """Raise ``UnusableKey`` unless a certificate (DER) can be used at ``now``."""
    found = x509.load_der_x509_certificate(certificate)
    if found.not_valid_after_utc < now:
        ended = found.not_valid_after_utc
        raise UnusableKey(f"the certificate ended on {ended:%Y-%m-%d}")
    if found.not_valid_before_utc > now:
        begins = found.not_valid_before_utc
        raise UnusableKey(f"the certificate is not valid before {begins:%Y-%m-%d}")


def require_for_seal(certificate: bytes) -> None:
    """Raise ``UnusableKey`` unless a certificate (DER) is for signing documents."""
    usage = _usage(certificate)
    if usage is not None and not usage.content_commitment:
        raise UnusableKey(
            "the certificate is not for signing documents (its key usage lacks "
            "contentCommitment, also called nonRepudiation)"
        )
    if usage is None:
        raise UnusableKey("the certificate does not say what its key is for")


def require_for_issuing(certificate: bytes) -> None:
    """Raise ``UnusableKey`` unless a certificate (DER) is that of an authority."""
    found = x509.load_der_x509_certificate(certificate)
    try:
        authority = found.extensions.get_extension_for_class(x509.BasicConstraints)
        is_authority = authority.value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    usage = _usage(certificate)
    if (
        not is_authority
        or usage is None
        or not (usage.key_cert_sign and usage.crl_sign)
    ):
        raise UnusableKey(
            "the certificate is not that of an authority: it may not sign "
            "certificates and revocation lists"
        )


def require_signs(certificate: bytes, data: bytes, signature: bytes) -> None:
    """Raise ``UnusableKey`` unless a key made ``signature`` that fits a certificate.

    The signature is SHA-256 with ECDSA (DER) or RSA PKCS #1 v1.5.
    """
    public = x509.load_der_x509_certificate(certificate).public_key()
    require_kind(public)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise UnusableKey("the certificate does not belong to the key") from error


def require_chain(certificate: bytes, known: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the way from a certificate (DER) to its root, without itself.

    ``known`` are all other certificates (DER) that are at hand; a certificate that
    signed itself is the end.

    Raises:
        UnusableKey: one on the way is not among ``known``; its name is told.
    """
    now = x509.load_der_x509_certificate(certificate)
    there = [x509.load_der_x509_certificate(one) for one in known]
    way: list[x509.Certificate] = []
    while now.issuer != now.subject:
        above = next((one for one in there if _issued(one, now)), None)
        if above is None or above in way:
            name = now.issuer.rfc4514_string()
            raise UnusableKey(f"the chain is not complete: {name} is missing")
        way.append(above)
        now = above
    return tuple(one.public_bytes(_DER) for one in way)


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    if above.subject != below.issuer:
        return False
    try:
        below.verify_directly_issued_by(above)
    except Exception:  # InvalidSignature, or a key of another kind: not this one
        return False
    return True


def _usage(certificate: bytes) -> x509.KeyUsage | None:
    found = x509.load_der_x509_certificate(certificate)
    try:
        return found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _of_p12(data: bytes, password: bytes) -> Opened:
    found = pkcs12.load_pkcs12(data, password or None)
    held = [found.cert.certificate] if found.cert is not None else []
    held += [one.certificate for one in found.additional_certs]
    return _ours(found.key), held


def _of_pem(data: bytes, password: bytes) -> Opened:
    if PRIVATE_KEY not in data:
        return None, []
    encrypted = b"ENCRYPTED" in data
    key = serialization.load_pem_private_key(
        _first_key(data), (password or None) if encrypted else None
    )
    held = x509.load_pem_x509_certificates(data) if b"CERTIFICATE" in data else []
    return _ours(key), held


def _first_key(data: bytes) -> bytes:
    """Return the PEM block of the key: certificates may stand before it."""
    end = data.index(PRIVATE_KEY)
    return data[data.rindex(PEM, 0, end) :]


def _ours(key: object) -> Key | None:
    if key is None:
        return None
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        require_kind(key.public_key())
        return key
    raise UnusableKey(KINDS)


def _common(key: ec.EllipticCurvePublicKey) -> bool:
    return isinstance(key.curve, CURVES)


def _public_of(key: CertificatePublicKeyTypes) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(_DER, form)
