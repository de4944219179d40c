"""Revocation lists of authorities that sign with SM2 (RFC 5280, 5; GM/T 0015)."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from asn1crypto import crl, x509

from casework.signing.sm2 import NoSm2
from casework.signing.sm2_chain import is_signed


def is_revoked(
    way: Sequence[bytes], lists: Sequence[bytes], at: dt.datetime
) -> bool | None:
    """Return whether a certificate on ``way`` is on a list of whoever issued it.

    ``way`` leads from a signer to a root (DER, both in it), ``lists`` are DER. A list
    counts if it was still in force at ``at``, or is younger. On which day something was
    revoked is not asked: that a signature is older is nobody's word but the signer's.
    ``None`` if for one of them there is no list; lists in parts do not count.

    Raises:
        NoSm2: the extra is not installed.
    """
    known = True
    for one, above in itertools.pairwise(way):
        found = [_serials(it, one, above, at) for it in lists]
        counting = [serials for serials in found if serials is not None]
        number = x509.Certificate.load(one).serial_number
        if any(number in serials for serials in counting):
            return True
        known = known and bool(counting)
    return False if known else None


def _serials(
    data: bytes, certificate: bytes, above: bytes, at: dt.datetime
) -> set[int] | None:
    """Return what is revoked by a list, if it speaks of ``certificate`` at all."""
    try:
        one = crl.CertificateList.load(data, strict=True)
        if not _counts(one, x509.Certificate.load(certificate), above, at):
            return None
        rows = one["tbs_cert_list"]["revoked_certificates"]
        return (
            {row["user_certificate"].native for row in rows} if rows.native else set()
        )
    except NoSm2:
        raise
    except Exception:  # asn1crypto's own errors, of what it cannot read
        return None


def _counts(one: Any, certificate: Any, above: bytes, at: dt.datetime) -> bool:
    inner = one["tbs_cert_list"]
    if one.issuer.dump() != certificate.issuer.dump() or one.critical_extensions:
        return False
    ends = inner["next_update"].native
    if ends is None or ends < at:
        return False
    return is_signed(above, inner, one["signature_algorithm"], one["signature"])
