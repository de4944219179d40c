"""Numbers of persons and companies of the mainland, Hong Kong and Macau.

Each is found by its shape and judged by its check digit where one is public.
A wrong one may come with a suggestion, which a person has to confirm.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from document_capture.mrz_formats import CONFUSED

MOST_TEXT = 100_000
"""Characters that are searched: forty full pages."""
MOST_FOUND = 100
_PROVINCES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
    "50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
REGIONS = frozenset(_PROVINCES.split())
"""First two digits by GB/T 2260; 81, 82 and 83 are residence permits of people from
Hong Kong, Macau and Taiwan (State Council order of 2018, article 4)."""
AUTHORITIES = REGIONS | {"10", "66", "99"}
"""Third and fourth digit of a company's code, where it is registered. 10 is for what
the State itself registers; 66 and 99, of no region, are not ruled out for the Xinjiang
corps: no list of them is known to us."""
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015 table 1: no I, O, S, V and Z."""
USCC_MISREAD = str.maketrans("IOSZ", "1052")
EARLIEST = dt.date(1880, 1, 1)
"""Nobody who applies was born earlier."""


class Why(StrEnum):
    """Why what was read counts as right, wrong, or neither."""

    CHECKED = "checked"
    """Its check digit holds."""
    NO_CHECK_DIGIT = "no-check-digit"
    """Only its shape speaks for it: none is printed, or how is not public."""
    CHECK_DIGIT = "check-digit"
    """Its check digit does not hold."""
    CHARACTER = "character"
    """A character that cannot stand there."""
    DATE = "date"
    """A date that no calendar has."""
    REGION = "region"
    """A country or region that does not exist."""
    ZONE = "zone"
    """Something in the machine-readable zone is wrong, and not in this field."""
    BARCODE = "barcode"
    """The code's own error correction holds."""
    PRINTED = "printed"
    """It is what is printed; nothing else confirms it."""
    NOT_FOUND = "not-found"


class Identifier(msgspec.Struct, frozen=True):
    """A number as it was read."""

    kind: str
    """resident, residence-permit, home-return, hkid, macau or uscc."""
    text: str
    valid: bool
    why: Why
    suggestion: str = ""
    """The only number that one exchanged lookalike makes right, or nothing."""


def identify(text: str) -> list[Identifier]:
    """Return the numbers in ``text`` in order, right or wrong.

    Args:
        text: any; only the first ``MOST_TEXT`` characters are searched.
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_TEXT]).upper()
    found: list[Identifier] = []
    for match in _SHAPES.finditer(plain):
        read = _JUDGES[str(match.lastgroup)](match.group())
        if read is not None:
            found.append(read)
        if len(found) == MOST_FOUND:
            break
    return found


def why_resident(number: str) -> Why:
    """Judge an identity number of the mainland: GB 11643-1999, 18 characters.

    The last is by ISO 7064 MOD 11-2. Residence permits follow the same rule.
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Why.CHARACTER
    if number[:2] not in REGIONS:
        return Why.REGION
    try:
        born = dt.datetime.strptime(number[6:14] + "Z", "%Y%m%d%z").date()
    except ValueError:
        return Why.DATE
    if born < EARLIEST:
        return Why.DATE
    pairs = zip(number, RESIDENT_WEIGHTS, strict=False)
    total = sum(int(digit) * weight for digit, weight in pairs)
    return _checked(RESIDENT_CHECKS[total % 11] == number[17])


def why_uscc(code: str) -> Why:
    """Judge a unified social credit code: GB 32100-2015, 18 characters, MOD 31."""
    if len(code) != 18 or not set(code) <= set(USCC_ALPHABET):
        return Why.CHARACTER
    if not code[2:8].isdigit() or code[2:4] not in AUTHORITIES:
        return Why.REGION
    total = sum(
        USCC_ALPHABET.index(one) * pow(3, place, 31)
        for place, one in enumerate(code[:17])
    )
    return _checked(USCC_ALPHABET[-total % 31] == code[17])


def why_hkid(number: str) -> Why:
    """Judge an identity card number of Hong Kong: ``A1234563`` or ``AB1234563``.

    Weights 9 to 2, a missing first letter counts 36, letters count from A = 10,
    and with the check digit (A for ten) the sum is a multiple of 11.
    """
    if not re.fullmatch(r"[A-Z]{1,2}[0-9]{6}[0-9A]", number):
        return Why.CHARACTER
    values = [int(one, 36) for one in number]
    if len(values) == 8:
        values.insert(0, 36)
    weights = (*range(9, 1, -1), 1)
    total = sum(value * w for value, w in zip(values, weights, strict=True))
    return _checked(total % 11 == 0)


def _checked(holds: bool) -> Why:
    return Why.CHECKED if holds else Why.CHECK_DIGIT


def _eighteen(number: str) -> Identifier | None:
    """Tell persons from companies: both have eighteen characters.

    One misread number of a person in 31 is right as a company's. What has a person's
    region and birthday, and all but the check digit, is a misread person.
    """
    resident, company = why_resident(number), why_uscc(number)
    if resident is Why.CHECKED:
        return _person(number, resident)
    if company is Why.CHECKED and resident is not Why.CHECK_DIGIT:
        return Identifier("uscc", number, valid=True, why=company)
    if sum(one.isdigit() for one in number) < 8:
        return None
    if _is_person(number):
        return _person(number, resident, _suggestion(number, why_resident))
    repaired = number.translate(USCC_MISREAD)
    if why_uscc(repaired) is Why.CHECKED:
        return Identifier("uscc", number, valid=False, why=company, suggestion=repaired)
    better = _suggestion(repaired, why_uscc)
    return Identifier("uscc", number, valid=False, why=company, suggestion=better)


def _grouped(text: str) -> Identifier | None:
    """Read the eighteen of a person as forms print them, in groups.

    Other digits come in such groups too: it must have a birthday of our time.
    """
    number = text.replace(" ", "")
    return _eighteen(number) if _is_person(number) else None


def _is_person(number: str) -> bool:
    """Whether a birthday of our time stands where a person's number has it."""
    letters = sum(one.isalpha() for one in number[:17])
    return letters <= 1 and number[:2] in REGIONS and number[6:8] in {"19", "20"}


def _person(number: str, why: Why, suggestion: str = "") -> Identifier:
    kind = "residence-permit" if number[:2] in {"81", "82", "83"} else "resident"
    return Identifier(kind, number, why is Why.CHECKED, why, suggestion)


def _hkid(text: str) -> Identifier:
    number = re.sub(r"[ ()]", "", text)
    why = why_hkid(number)
    shown = f"{number[:-1]}({number[-1]})"
    if why is Why.CHECKED:
        return Identifier("hkid", shown, valid=True, why=why)
    better = _suggestion(number, why_hkid)
    better = better and f"{better[:-1]}({better[-1]})"
    return Identifier("hkid", shown, valid=False, why=why, suggestion=better)


def _home_return(text: str) -> Identifier:
    # H or M for the place of origin, eight digits for life, and on permits before
    # 2013 two more for how often it was renewed. None of them checks another.
    return Identifier("home-return", text, valid=True, why=Why.NO_CHECK_DIGIT)


def _macau(text: str) -> Identifier:
    # Seven digits and a check digit in brackets; how it is made is not public.
    number = re.sub(r"[ ()/]", "", text)
    shown = f"{number[:7]}({number[7]})"
    return Identifier("macau", shown, valid=True, why=Why.NO_CHECK_DIGIT)


def _suggestion(number: str, judge: Callable[[str], Why]) -> str:
    right = {one for one in _exchanged(number) if judge(one) is Why.CHECKED}
    return right.pop() if len(right) == 1 else ""


def _exchanged(number: str) -> Iterator[str]:
    """Yield ``number`` with one character replaced by one that looks like it."""
    for place, one in enumerate(number):
        for pair in (*CONFUSED, "1L", "IJ", "1J"):
            if one in pair:
                other = pair[1 - pair.index(one)]
                yield number[:place] + other + number[place + 1 :]


_SHAPES = re.compile(
    r"""
    (?<![A-Z0-9])
    (?: (?P<eighteen> [0-9A-Z]{18} )
      | (?<![0-9][ ])  # groups of a longer number
        (?P<grouped> [0-9]{6} [ ] [0-9]{4} [ ]? [0-9]{4} [ ] [0-9]{3} [0-9X] )
        (?![ ][0-9])
      | (?P<home> [HM][0-9]{8} (?:[0-9]{2})? )
      | (?P<hkid> [A-Z]{1,2} [ ]? [0-9]{6} [ ]? \( [ ]? [0-9A] [ ]? \)
                # Two letters and no brackets: a passport. Within signs: a reference.
                | (?<![-/]) [A-Z][0-9]{6}[0-9A] (?![-/]) )
      | (?P<macau> [157][0-9]{6} [ ]? \( [ ]? [0-9] [ ]? \) | [157]/[0-9]{6}/[0-9] )
    )
    (?![A-Z0-9])
    """,
    re.VERBOSE,
)
_JUDGES: dict[str, Callable[[str], Identifier | None]] = {
    "eighteen": _eighteen,
    "grouped": _grouped,
    "home": _home_return,
    "hkid": _hkid,
    "macau": _macau,
}
