"""Certificates of SM2 keys (GM/T 0015), and whether one stands under a root."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from asn1crypto import x509

from casework.errors import Unreadable
from casework.signing.sm2 import POINT_SIZE, NoSm2, sm2_verify
from casework.signing.sm2_form import SM2_WITH_SM3

CURVE: Final = "1.2.156.10197.1.301"
WHOLE_BYTES: Final = b"\0"
"""How a string of bits begins that leaves none out (X.690, 8.6.2)."""
DEEPEST: Final = 6
"""Certificates on a way to a root; mainland authorities have three or four."""
UNDERSTOOD: Final = frozenset(
    {"basic_constraints", "key_usage", "extended_key_usage", "certificate_policies"}
)
"""Critical extensions that are looked at, or that change nothing here."""
SIGNING: Final = frozenset({"digital_signature", "non_repudiation"})


def public_of(certificate: bytes) -> bytes:
    """Return the public key of a certificate (DER): ``POINT_SIZE`` bytes.

    Raises:
        Unreadable: no certificate, or not of an SM2 key.
    """
    try:
        held = x509.Certificate.load(certificate, strict=True)
        key = held["tbs_certificate"]["subject_public_key_info"]
        kind, curve = key["algorithm"]["algorithm"].native, key["algorithm"]
        of_curve = kind == "ec" and curve["parameters"].chosen.dotted == CURVE
        whole = key["public_key"].contents[:1] == WHOLE_BYTES
        point = bytes(key["public_key"].native)
    except Exception as error:  # asn1crypto's own errors: a finding
        raise Unreadable("certificate") from error
    if not (of_curve and whole) or len(point) != 1 + POINT_SIZE or point[0] != 4:
        raise Unreadable("not the certificate of an SM2 key")
    return point[1:]


def name_of(certificate: bytes) -> str:
    """Return what a certificate (DER) calls its holder; empty if that is nothing."""
    try:
        held = x509.Certificate.load(certificate).subject
        return str(held.native.get("common_name", held.human_friendly))
    except Exception:  # asn1crypto's own errors: it has no name
        return ""


def may_sign(certificate: bytes) -> bool:
    """Return whether a certificate (DER) is for signing documents."""
    usage = x509.Certificate.load(certificate).key_usage_value
    return usage is not None and bool(SIGNING & usage.native)


def way_up(
    certificate: bytes,
    others: Sequence[bytes],
    roots: Sequence[bytes],
    at: dt.datetime,
) -> tuple[bytes, ...]:
    """Return the way from a signer's certificate to the root it stood under at ``at``.

    All are DER; both ends are in it, and it is empty if there is none. What is looked
    at of RFC 5280, 6.1: names, signatures (SM2 with SM3), dates, who may issue and how
    deep, and that nothing critical is unknown. Revocation is ``sm2_revocation``'s.
    Whoever has constraints on names is refused.

    Raises:
        NoSm2: the extra is not installed.
    """
    try:
        held = [x509.Certificate.load(one, strict=True) for one in others]
        tops = [x509.Certificate.load(one, strict=True) for one in roots]
        signer = x509.Certificate.load(certificate, strict=True)
        if not (may_sign(certificate) and _stands(signer, at)):
            return ()
        return tuple(one.dump() for one in _leads_up(signer, held, tops, at))
    except NoSm2:
        raise
    except Exception:  # asn1crypto's own errors, of what it cannot read
        return ()


def _leads_up(
    signer: Any, held: list[Any], tops: list[Any], at: dt.datetime
) -> list[Any]:
    known, way = {one.dump() for one in tops}, [signer]
    for below in range(DEEPEST):
        if way[-1].dump() in known:
            return way
        above = next(
            (one for one in [*tops, *held] if _issued(one, way[-1], below, at)), None
        )
        if above is None:
            return []
        way.append(above)
    return []


def _issued(above: Any, now: Any, below: int, at: dt.datetime) -> bool:
    """Return whether ``above`` issued ``now``, below which ``below`` others stand."""
    if above.subject.dump() != now.issuer.dump() or not _stands(above, at):
        return False
    limits, usage = above.basic_constraints_value, above.key_usage_value
    if limits is None or not limits["ca"].native:
        return False
    if usage is not None and "key_cert_sign" not in usage.native:
        return False
    # The signer itself is no authority: it does not count (RFC 5280, 4.2.1.9).
    deepest = limits["path_len_constraint"].native
    if deepest is not None and below > deepest:
        return False
    inner, value = now["tbs_certificate"], now["signature_value"]
    return is_signed(above.dump(), inner, now["signature_algorithm"], value)


def is_signed(above: bytes, inner: Any, algorithm: Any, value: Any) -> bool:
    """Return whether ``above`` (DER) signed the inner part of a certificate or list.

    Raises:
        NoSm2: the extra is not installed.
    """
    same = inner["signature"].dump() == algorithm.dump()
    # A signature is whole bytes; the library overlooks a last bit that is not counted.
    if (
        not same
        or value.contents[:1] != WHOLE_BYTES
        or algorithm["algorithm"].dotted != SM2_WITH_SM3
    ):
        return False
    try:
        key = public_of(above)
    except Unreadable:
        return False
    return sm2_verify(key, inner.dump(), value.native)


def _stands(one: Any, at: dt.datetime) -> bool:
    dates = one["tbs_certificate"]["validity"]
    critical = {str(name) for name in one.critical_extensions}
    return (
        dates["not_before"].native <= at <= dates["not_after"].native
        and critical <= UNDERSTOOD
    )
