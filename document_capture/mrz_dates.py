"""Dates of a machine-readable zone: six digits, of which two name the year.

Doc 9303 part 3 section 4.8. The century is not printed; it is concluded.
"""

import datetime as dt

from document_capture.mrz_formats import DIGITS, FILLER

LATEST_EXPIRY = "69"
"""A paper that expires in a later year of its century expired in the last one."""
LATEST_BIRTH = "40"
"""The same for a birth, on a paper that does not expire."""


def expiry_date(six: str) -> str:
    """Return when the paper expires, as ISO 8601; empty if never or if no date."""
    return iso_date(six, "19" if six[:2] > LATEST_EXPIRY else "20")


def birth_date(six: str, expiry: str) -> str:
    """Return the later century in which one is born before the paper expires.

    Somebody older than a hundred years is taken for a child by this, as by any
    reader of two digits.

    Args:
        six: ``YYMMDD``.
        expiry: ISO 8601, or empty.
    """
    later = iso_date(six, "20")
    if (
        not later
        or (expiry and later > expiry)
        or (not expiry and six[:2] > LATEST_BIRTH)
    ):
        return iso_date(six, "19") or later
    return later


def is_date(six: str) -> bool:
    """Whether ``six`` is a date in some century, or nothing but fillers."""
    if not six.strip(FILLER):
        return True
    return any(iso_date(six, century) for century in ("19", "20"))


def iso_date(six: str, century: str) -> str:
    """Return ``YYMMDD`` as ISO 8601 in ``century`` (19, 20); empty if it is no date.

    Day, or day and month, may be unknown: fillers. Then so many are left out.
    """
    known = six.rstrip(FILLER)
    if len(six) != 6 or len(known) not in {2, 4, 6} or not set(known) <= set(DIGITS):
        return ""
    parts = [century + known[:2], known[2:4], known[4:6]]
    try:
        dt.date(int(parts[0]), int(parts[1] or 1), int(parts[2] or 1))
    except ValueError:
        return ""
    return "-".join(part for part in parts if part)
