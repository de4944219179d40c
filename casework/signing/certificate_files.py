"""Reads files of certificates and of revocation lists: PEM, several in one, or DER."""

import datetime as dt
from collections.abc import Iterable
from typing import TypeGuard

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from casework.errors import Unreadable

LARGEST = 1024 * 1024
"""Bytes of a file; what is in it goes into every signed paper."""
Issuer = EllipticCurvePublicKey | RSAPublicKey
"""The kinds of keys with which authorities sign."""
PEM = b"-----BEGIN "


def certificates_in(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a file, in its order.

    Raises:
        Unreadable: too large, or no certificates.
    """
    try:
        if len(data) > LARGEST:
            raise Unreadable("too large")
        if PEM in data:
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise Unreadable("certificates") from error
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def revocations_in(data: bytes) -> bytes:
    """Return the revocation list (DER) of a file.

    Raises:
        Unreadable: too large, or no revocation list.
    """
    try:
        if len(data) > LARGEST:
            raise Unreadable("too large")
        if PEM in data:
            found = x509.load_pem_x509_crl(data)
        else:
            found = x509.load_der_x509_crl(data)
    except ValueError as error:
        raise Unreadable("revocation list") from error
    return found.public_bytes(Encoding.DER)


def require_newer(
    revocations: bytes, before: bytes | None, issuers: Iterable[bytes]
) -> None:
    """Look whether a revocation list (DER) may take the place of ``before``.

    Raises:
        Unreadable: none of ``issuers`` (DER) signed it, or it is the older one.
    """
    found = x509.load_der_x509_crl(revocations)
    keys = [x509.load_der_x509_certificate(one).public_key() for one in issuers]
    if not any(found.is_signature_valid(one) for one in keys if _can_issue(one)):
        raise Unreadable("signed by none of the authorities that are set")
    if before is None:
        return
    if found.last_update_utc < x509.load_der_x509_crl(before).last_update_utc:
        raise Unreadable("older than the one that was there")


def _can_issue(key: object) -> TypeGuard[Issuer]:
    return isinstance(key, Issuer)


def issuer_of_list(revocations: bytes) -> bytes:
    """Return the name (DER) of whoever issued a revocation list (DER)."""
    return x509.load_der_x509_crl(revocations).issuer.public_bytes()


def is_revoked(certificate: bytes, lists: Iterable[bytes], now: dt.datetime) -> bool:
    """Return whether a certificate is on one of ``lists`` since ``now`` or before.

    All are DER. That its issuer signed the lists was seen before.
    """
    one = x509.load_der_x509_certificate(certificate)
    for data in lists:
        found = x509.load_der_x509_crl(data)
        if found.issuer == one.issuer:
            row = found.get_revoked_certificate_by_serial_number(one.serial_number)
            if row is not None and row.revocation_date_utc <= now:
                return True
    return False


def is_root(certificate: bytes) -> bool:
    """Return whether a certificate (DER) was signed with its own key."""
    found = x509.load_der_x509_certificate(certificate)
    return found.issuer == found.subject


def split(held: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the roots among certificates (DER), and the others."""
    roots = tuple(one for one in held if is_root(one))
    return roots, tuple(one for one in held if one not in roots)
