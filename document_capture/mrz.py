"""Checks a machine-readable zone, character by character; corrects nothing.

A zone with a fault may come with one suggestion. It stays a suggestion until a
person has compared it with the paper: a check digit is one of ten, so one
wrong reading in ten would pass for right if programs were allowed to try.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

import msgspec

from document_capture.mrz_dates import birth_date, expiry_date, is_date
from document_capture.mrz_formats import (
    ALPHABET,
    ALPHABETS,
    CONFUSED,
    COUNTRIES,
    FILLER,
    Format,
    Span,
    format_of,
)

MOST_TEXT = 400
"""Characters: five times a zone; longer text is not looked at."""
WEIGHTS = (7, 3, 1)
NAMES = re.compile(r"[A-Z]+(<[A-Z]+)*(<<[A-Z]+(<[A-Z]+)*)?<*")
"""Doc 9303 part 3, section 4.6: words of a surname, two fillers, of given names."""
SAME_LETTER = re.compile(r"([A-Z])\1{3}")
"""Hardly a name has a letter four times on end: fillers are, read as C, K or S."""
UNCHECKED = {"optional", "expiry"}
"""Fields that may be empty, with a filler for their check digit."""
SAME_TO_THE_EYE = "OI"
EXCHANGE = {pair[i]: pair[1 - i] for pair in CONFUSED for i in (0, 1)}


class NotMrz(Exception):
    """The text is no machine-readable zone of any format."""

    code = "mrz-unreadable"


class CheckDigit(msgspec.Struct, frozen=True):
    """One printed check digit, and whether what it covers agrees with it."""

    name: str
    """number, birth, expiry, optional or composite."""
    printed: str
    holds: bool


class Suggestion(msgspec.Struct, frozen=True):
    """What may stand there instead; for a person to confirm, never applied here."""

    field: str
    read: str
    suggested: str
    lines: tuple[str, ...]


class Mrz(msgspec.Struct, frozen=True):
    """A zone as it was read. Fillers are removed from the fields."""

    format: str
    lines: tuple[str, ...]
    document: str
    issuer: str
    number: str
    nationality: str
    birth: str
    """ISO 8601; empty when it is no date, shorter when day or month is unknown."""
    sex: str
    """M, F, or X for unspecified."""
    expiry: str
    """ISO 8601; empty when it is no date or the paper does not expire."""
    surname: str
    given_names: str
    optional: str
    optional_2: str
    checks: tuple[CheckDigit, ...]
    faults: tuple[str, ...]
    """What is wrong: ``check-``, ``alphabet-``, ``unknown-`` or ``date-`` and a field;
    and ``count-names`` where the reader may have lost a filler between names.

    Names and nationality are covered by no check digit: for them only the
    alphabet and the list of countries speak. And a check digit is blind to
    characters whose values differ by ten: 6 and G, 1 and L, 0 and A, K and U.
    """
    verified: bool
    """Whether every check digit, alphabet, country and date is right."""
    suggestion: Suggestion | None


def check_digit(text: str) -> str:
    """Return the check digit of ``text``: Doc 9303 part 3 section 4.9.

    Args:
        text: of ``A-Z0-9<``.
    """
    total = sum(
        _value(one) * weight
        for one, weight in zip(text, itertools.cycle(WEIGHTS), strict=False)
    )
    return str(total % 10)


def parse(lines: Sequence[str]) -> Mrz:
    """Return the zone in ``lines``, with every fault that it has.

    Args:
        lines: two or three, with their fillers, without blanks between.

    Raises:
        NotMrz: no format has lines like these, or a character is not of a zone.
    """
    found = tuple(lines[:4])
    if sum(map(len, found)) > MOST_TEXT:
        raise NotMrz("too long")
    layout = format_of(found)
    if layout is None:
        raise NotMrz(f"no format with lines of {[len(line) for line in found]}")
    if not set("".join(found)) <= set(ALPHABET):
        raise NotMrz("a character that no zone has")
    if found[0][0] not in "ACIPV":
        raise NotMrz("no kind of document begins like this")
    faults = _faults(found, layout)
    return _read(found, layout, faults, _suggestion(found, layout, faults))


def faults_of(lines: Sequence[str]) -> tuple[str, ...] | None:
    """Return only the faults, or ``None`` if no format has lines like these."""
    found = tuple(lines)
    layout = format_of(found)
    return None if layout is None else _faults(found, layout)


def text_of(lines: Sequence[str], span: Span) -> str:
    """Return the characters in ``span``."""
    return lines[span[0]][span[1] : span[2]]


def _read(
    lines: tuple[str, ...],
    layout: Format,
    faults: tuple[str, ...],
    suggestion: Suggestion | None,
) -> Mrz:
    field = {name: text_of(lines, span) for name, span in layout.fields.items()}
    number, optional = _number_and_optional(lines, layout)
    surname, _, given = field["names"].partition("<<")
    expiry = expiry_date(field["expiry"])
    return Mrz(
        format=layout.name,
        lines=lines,
        document=field["document"].strip(FILLER),
        issuer=field["issuer"].strip(FILLER),
        number=number,
        nationality=field["nationality"].strip(FILLER),
        birth=birth_date(field["birth"], expiry),
        sex="X" if field["sex"] == FILLER else field["sex"],
        expiry=expiry,
        surname=_words(surname),
        given_names=_words(given),
        optional=_words(optional),
        optional_2=_words(field.get("optional_2", "")),
        checks=tuple(
            CheckDigit(name, printed, holds)
            for name, printed, holds in _checks(lines, layout)
        ),
        faults=faults,
        verified=not faults,
        suggestion=suggestion,
    )


def _checks(lines: tuple[str, ...], layout: Format) -> Iterator[tuple[str, str, bool]]:
    for name, check in layout.checks.items():
        printed = text_of(lines, check.at)
        covered = "".join(text_of(lines, span) for span in check.over)
        if name == "number" and _is_long(lines, layout):
            covered, printed = _long_number(lines, layout)
        empty = name in UNCHECKED and printed == FILLER and not covered.strip(FILLER)
        yield name, printed, empty or printed == check_digit(covered)


def _is_long(lines: tuple[str, ...], layout: Format) -> bool:
    """Whether the number goes on in the optional field: parts 5 and 6, note j."""
    if layout.name not in {"TD1", "TD2"}:
        return False
    rest = text_of(lines, layout.fields["optional"]).partition(FILLER)[0]
    at = text_of(lines, layout.checks["number"].at)
    number = text_of(lines, layout.fields["number"])
    return at == FILLER and len(rest) >= 2 and FILLER not in number


def _long_number(lines: tuple[str, ...], layout: Format) -> tuple[str, str]:
    rest = text_of(lines, layout.fields["optional"]).partition(FILLER)[0]
    return text_of(lines, layout.fields["number"]) + rest[:-1], rest[-1]


def _number_and_optional(lines: tuple[str, ...], layout: Format) -> tuple[str, str]:
    optional = text_of(lines, layout.fields["optional"])
    if _is_long(lines, layout):
        return _long_number(lines, layout)[0], optional.partition(FILLER)[2]
    return text_of(lines, layout.fields["number"]).strip(FILLER), optional


def _faults(lines: tuple[str, ...], layout: Format) -> tuple[str, ...]:
    faults = [f"check-{name}" for name, _, holds in _checks(lines, layout) if not holds]
    for name, span in layout.fields.items():
        text = text_of(lines, span)
        if not set(text) <= set(ALPHABETS.get(name, ALPHABET)):
            faults.append(f"alphabet-{name}")
        elif name in {"issuer", "nationality"} and not _is_country(name, text):
            faults.append(f"unknown-{name}")
        elif name in {"birth", "expiry"} and not is_date(text):
            faults.append(f"date-{name}")
        elif name == "number" and not text.strip(FILLER):
            faults.append("unknown-number")
        elif name == "names" and not _are_names(text):
            faults.append("unknown-names")
    return tuple(faults)


def _are_names(text: str) -> bool:
    return bool(NAMES.fullmatch(text)) and not SAME_LETTER.search(text)


def _is_country(name: str, text: str) -> bool:
    code = text.rstrip(FILLER)
    # Macau's identity card names no nationality.
    return code in COUNTRIES or (name == "nationality" and not code)


def _suggestion(
    lines: tuple[str, ...], layout: Format, faults: tuple[str, ...]
) -> Suggestion | None:
    """Return the only exchange of lookalikes that leaves no fault, if there is one."""
    if not faults:
        return None
    found: list[Suggestion] = []
    for name, span in _suspects(layout, faults):
        row, begin, end = span
        for place in range(begin, end):
            other = _lookalike(lines[row], begin, place)
            changed = (
                *lines[:row],
                lines[row][:place] + other + lines[row][place + 1 :],
                *lines[row + 1 :],
            )
            if format_of(changed) is layout and not _faults(changed, layout):
                read, better = text_of(lines, span), text_of(changed, span)
                found.append(Suggestion(name, read, better, changed))
    return found[0] if len(found) == 1 else None


def _lookalike(line: str, begin: int, place: int) -> str:
    """Return what a reader may have taken for the character at ``place``, or nothing.

    A digit is taken for a letter at the beginning of a number only, and never for one
    that looks the same: who is offered an O sees the 0 that stands on the paper.
    """
    other = EXCHANGE.get(line[place], "")
    behind = any(one.isdigit() for one in line[begin:place])
    return "" if other.isalpha() and (behind or other in SAME_TO_THE_EYE) else other


def _suspects(layout: Format, faults: tuple[str, ...]) -> Iterator[tuple[str, Span]]:
    """Yield the fields and check digits that a failing check covers.

    A zone without a failing check digit has nothing that could confirm a guess.
    """
    if not any(fault.startswith("check-") for fault in faults):
        return
    for name, span in layout.fields.items():
        if name not in {"document", "issuer", "nationality", "names", "sex"}:
            yield name, span
    for name, check in layout.checks.items():
        yield f"check-{name}", check.at


def _words(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _value(one: str) -> int:
    return 0 if one == FILLER else int(one, 36)
