"""Reads a timestamp token (RFC 3161): what it says was there, and when."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from asn1crypto import cms, tsp, x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from casework.errors import Unreadable
from casework.signing.trust import read_certificates

LARGEST = 64 * 1024
"""Bytes of a token with its chain; five thousand are usual."""
DIGESTS = frozenset({"sha256", "sha384", "sha512"})


def stamped_time(token: bytes, data: bytes, roots: bytes) -> dt.datetime:
    """Return when the authority under ``roots`` saw ``data``.

    ``roots`` are certificates (DER), one after the other.

    The chain is checked at that very time: an authority's certificate may have
    expired since. Runs its own event loop: call it from a thread.

    Raises:
        Unreadable: no token, for other data, or under none of these roots.
    """

    def imprint(algorithm: str) -> bytes:
        return hashlib.new(algorithm, data).digest() if algorithm in DIGESTS else b""

    return token_time(token, imprint, read_certificates(roots))


def token_time(
    token: bytes, imprint: Callable[[str], bytes], roots: Iterable[bytes]
) -> dt.datetime:
    """Return the time in a token whose signer stands under one of ``roots`` (DER).

    ``imprint`` returns what was stamped as digested by an algorithm, or nothing.

    Raises:
        Unreadable: as ``stamped_time``.
    """
    if len(token) > LARGEST:
        raise Unreadable("timestamp")
    try:
        at, said = _validated(token, imprint, roots)
    except Exception as error:  # asn1crypto's and pyHanko's own errors: a finding
        raise Unreadable("timestamp") from error
    trusted = said["trust_problem_indic"] is None and said["validation_path"]
    if not (said["intact"] and said["valid"] and trusted):
        raise Unreadable("timestamp")
    return at


def _validated(
    token: bytes, imprint: Callable[[str], bytes], roots: Iterable[bytes]
) -> tuple[dt.datetime, dict[str, Any]]:
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert isinstance(info, tsp.TSTInfo), "anything else is no token"
    at: dt.datetime = info["gen_time"].native
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(one) for one in roots],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=at,
    )

    return at, asyncio.run(validate_tst_signed_data(signed, context, imprint))
