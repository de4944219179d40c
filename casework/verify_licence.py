"""Checks the code of a licence, and the licence's PDF, on any machine, offline."""

import datetime as dt
from typing import Final

import msgspec
import pikepdf

from casework.checks import Check
from casework.cose import KeySet
from casework.errors import BadCode, BadList, Unreadable
from casework.licence_code import LicenceClaims, read_code
from casework.licence_list import WithdrawnList, read_list
from casework.licence_record import LicenceRecord
from casework.papers.archival import embedded_source
from casework.papers.licence import SOURCE
from casework.papers.receipt import ZONE
from protocol.states import Standing

LARGEST_RECORD: Final = 200_000
"""Bytes of the record in a PDF; the longest real one is a twentieth of this."""


class _Embedded(msgspec.Struct, frozen=True):
    record: LicenceRecord
    code: str


def verify_code(
    code: str, keys: KeySet, withdrawn: bytes | None, now: float
) -> list[Check]:
    """Return every check of a code; it is good if all of them hold.

    Without a list of withdrawn licences the last check does not hold: nobody knows
    whether the licence was revoked since it was printed.
    """
    try:
        claims = read_code(code, keys)
    except BadCode as error:
        return [Check("check-code", "QR", False, str(error))]
    said = f"{claims.title} {claims.holder} {claims.number}"
    checks = [
        Check("check-code", said, True, claims.issuer),
        Check("check-issued", f"{_day(claims.issued)}", claims.issued <= now),
    ]
    if claims.expires:
        last = _day(claims.expires - 1)
        checks.append(Check("check-not-expired", last, now < claims.expires))
    if claims.specimen:
        checks.append(Check("check-no-specimen", claims.title, False))
    return [*checks, _in_force(claims, keys, withdrawn, now)]


def verify_licence_pdf(
    pdf: bytes, keys: KeySet, withdrawn: bytes | None, now: float
) -> list[Check]:
    """Return the checks of a licence's PDF besides its signature.

    The record that lies in it must be the one that its code was made for.
    """
    try:
        found = _embedded(pdf)
    except Unreadable as error:
        return [Check("check-record", SOURCE, False, str(error))]
    checks = verify_code(found.code, keys, withdrawn, now)
    try:
        agrees = read_code(found.code, keys).agrees_with(found.record)
    except BadCode:
        agrees = False
    return [*checks, Check("check-record", SOURCE, agrees)]


def record_in(pdf: bytes) -> LicenceRecord:
    """Return the record that lies in a licence's PDF, or raise ``Unreadable``."""
    return _embedded(pdf).record


def _embedded(pdf: bytes) -> _Embedded:
    try:
        data = embedded_source(pdf, SOURCE, LARGEST_RECORD)
        return msgspec.json.decode(data or b"", type=_Embedded)
    except (pikepdf.PdfError, msgspec.DecodeError, ValueError) as error:
        raise Unreadable(type(error).__name__) from error


def _in_force(
    claims: LicenceClaims, keys: KeySet, data: bytes | None, now: float
) -> Check:
    name = "check-in-force"
    if data is None:
        return Check(name, claims.number, False, "no list of withdrawn licences")
    try:
        found: WithdrawnList = read_list(data, keys)
    except BadList as error:
        return Check(name, claims.number, False, str(error))
    if not found.fresh(now):
        return Check(name, claims.number, False, f"list of {_day(found.made)}: too old")
    standing = found.standing(claims.mark)
    holds = standing is Standing.IN_FORCE
    return Check(name, claims.number, holds, f"{standing}, list of {_day(found.made)}")


def _day(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, ZONE).date().isoformat()
