"""Everything that can be read on one page, and the fields a service item wants."""

from collections.abc import Sequence

import msgspec

from document_capture.barcodes import Barcode, read_barcodes
from document_capture.identifiers import Identifier, Why, identify
from document_capture.images import Image
from document_capture.labels import place_of, plain, value_of
from document_capture.mrz import Mrz
from document_capture.mrz_formats import ALPHABET, FORMATS
from document_capture.mrz_reader import read_mrz
from document_capture.ocr import Box, Line, Ocr

LOOKS_LIKE_ZONE = 24
"""So many characters of a zone, fillers among them, make a line worth a search."""
ALIKE = 0.7
"""Share of equal characters that makes a printed line a line of the zone."""
UNSURE = 0.5
"""Confidence in a code that something on the page speaks against."""
NAMES = frozenset({"surname", "given_names"})
CHECKED_IN_MRZ = frozenset({"number", "birth", "expiry"})
FAULTS = {
    "check": Why.CHECK_DIGIT,
    "alphabet": Why.CHARACTER,
    "unknown": Why.REGION,
    "date": Why.DATE,
    "count": Why.CHARACTER,
}
WHOLE_PAGE: Box = (0.0, 0.0, 1.0, 1.0)


class FieldTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to find one field; the ways that are given are tried in this order."""

    name: str
    mrz: str = ""
    """A field of ``Mrz``: surname, given_names, number, nationality, birth, ..."""
    barcode: str = ""
    """A kind of ``Barcode``: the first such code is the value."""
    box: Box | None = None
    """Where it always stands, as shares of the page."""
    identifier: str = ""
    """A kind of ``Identifier``; beside a label if the page has several."""
    labels: tuple[str, ...] = ()
    """Its label in the languages of the paper: the value stands right or below."""


class ReadField(msgspec.Struct, frozen=True):
    """What was read for one template; an empty text was not found."""

    name: str
    text: str
    confidence: float
    """0 to 1."""
    place: Box
    verified: bool
    """A check digit or the error correction of a code confirms it: nobody has to."""
    why: Why
    suggestion: str = ""
    """For a person to confirm."""


class Reading(msgspec.Struct, frozen=True):
    """One page."""

    lines: list[Line]
    mrz: Mrz | None
    barcodes: list[Barcode]
    identifiers: list[Identifier]
    fields: list[ReadField]


def read_page(page: Image, wanted: Sequence[FieldTemplate], ocr: Ocr) -> Reading:
    """Read everything on ``page``, and find the fields that are wanted.

    Args:
        page: (h, w, 3) BGR, straight and upright.
        wanted: what the service item asks for.
        ocr: the networks; loaded once for all pages.

    Raises:
        OcrMissing: the networks are not installed.
    """
    lines = ocr.read_lines(page)
    zone_asked = any(field.mrz for field in wanted)
    zone = None
    if zone_asked or any(_looks_like_zone(line.text) for line in lines):
        zone = read_mrz(page, ocr)
    found = Reading(
        lines=lines,
        mrz=zone,
        barcodes=read_barcodes(page),
        identifiers=identify("\n".join(line.text for line in lines)),
        fields=[],
    )
    labels = [label for field in wanted for label in field.labels]
    fields = [_field(one, page, found, labels, ocr) for one in wanted]
    return msgspec.structs.replace(found, fields=fields)


def _field(
    one: FieldTemplate, page: Image, found: Reading, labels: Sequence[str], ocr: Ocr
) -> ReadField:
    field = None
    if one.mrz and found.mrz is not None:
        field = _from_zone(one, found.mrz, found.lines)
    if field is None and one.barcode:
        field = _from_barcode(one, found, labels)
    if field is None and one.box is not None:
        line = ocr.read_field(page, one.box)
        field = _printed(one, line.text, line) if line.text else None
    if field is None and (one.identifier or one.labels):
        field = _from_lines(one, found.lines, labels)
    absent = ReadField(one.name, "", 0.0, one.box or WHOLE_PAGE, False, Why.NOT_FOUND)
    return field or absent


def _from_zone(
    one: FieldTemplate, zone: Mrz, lines: Sequence[Line]
) -> ReadField | None:
    known = FORMATS[zone.format].fields
    at = "names" if one.mrz in NAMES else one.mrz
    span = known.get(at)
    text = getattr(zone, one.mrz, "") if span else ""
    if span is None or not isinstance(text, str) or not text:
        return None
    line = _printed_as(zone.lines[span[0]], lines)
    covered = one.mrz in CHECKED_IN_MRZ
    why = Why.CHECKED if covered else Why.NO_CHECK_DIGIT
    suggestion = ""
    if zone.faults:
        why = _why(zone.faults, at)
        better = zone.suggestion
        if better is not None and better.field == one.mrz:
            suggestion = better.suggested.strip("<")
    place, confidence = WHOLE_PAGE, 0.0
    if line is not None:
        left, top, width, height = place_of(line)
        share = width / len(zone.lines[span[0]])
        place = (left + span[1] * share, top, (span[2] - span[1]) * share, height)
        confidence = line.confidence
    return ReadField(
        one.name, text, confidence, place, covered and zone.verified, why, suggestion
    )


def _why(faults: Sequence[str], field: str) -> Why:
    """Return what is wrong with a field of a zone that has ``faults``."""
    for fault in faults:
        kind, _, of = fault.partition("-")
        if of == field:
            return FAULTS[kind]
    return Why.ZONE


def _from_barcode(
    one: FieldTemplate, found: Reading, labels: Sequence[str]
) -> ReadField | None:
    """Return what the code says; not as sure where anything speaks against it."""
    codes = [code for code in found.barcodes if code.kind == one.barcode]
    if not codes:
        return None
    text = codes[0].text
    printed = value_of(one.labels, found.lines, labels) if one.labels else None
    sure = (
        len({code.text for code in codes}) == 1
        and (not one.identifier or any(n.valid for n in _of_kind(one, text)))
        and (printed is None or _says(printed[0], text))
    )
    place = place_of(Line(text, 1.0, codes[0].corners))
    return ReadField(one.name, text, 1.0 if sure else UNSURE, place, sure, Why.BARCODE)


def _says(printed: str, code: str) -> bool:
    """Return whether a code has what is printed in it, but for blanks and signs."""
    one, other = (
        "".join(filter(str.isalnum, plain(text))).upper() for text in (printed, code)
    )
    return bool(one and other) and (one in other or other in one)


def _from_lines(
    one: FieldTemplate, lines: Sequence[Line], labels: Sequence[str]
) -> ReadField | None:
    labelled = value_of(one.labels, lines, labels) if one.labels else None
    if not one.identifier:
        return None if labelled is None else _printed(one, *labelled)
    if labelled is not None:
        # Somebody else's number may stand anywhere else on the page.
        beside = _of_kind(one, labelled[1].text)
        if not beside:
            return _printed(one, *labelled)
        return _numbered(one, max(beside, key=lambda n: n.valid), labelled[1])
    found = [(number, line) for line in lines for number in _of_kind(one, line.text)]
    if not found:
        return None
    field = _numbered(one, *max(found, key=lambda pair: pair[0].valid))
    if one.labels and field.verified:
        # Its label was not read, or nothing stands beside it: whose number is it?
        return msgspec.structs.replace(field, verified=False, why=Why.PRINTED)
    return field


def _of_kind(one: FieldTemplate, text: str) -> list[Identifier]:
    return [number for number in identify(text) if number.kind == one.identifier]


def _numbered(one: FieldTemplate, number: Identifier, line: Line) -> ReadField:
    return ReadField(
        one.name,
        number.text,
        line.confidence,
        place_of(line),
        number.why is Why.CHECKED,
        number.why,
        number.suggestion,
    )


def _printed(one: FieldTemplate, text: str, line: Line) -> ReadField:
    for number in _of_kind(one, text):
        return _numbered(one, number, line)
    return ReadField(
        one.name, text, line.confidence, place_of(line), False, Why.PRINTED
    )


def _looks_like_zone(text: str) -> bool:
    return "<" in text and sum(letter in ALPHABET for letter in text) >= LOOKS_LIKE_ZONE


def _printed_as(zone_line: str, lines: Sequence[Line]) -> Line | None:
    """Return the line on the page that reads most like a line of the zone."""

    def equal(line: Line) -> float:
        pairs = zip(line.text.replace(" ", ""), zone_line, strict=False)
        return sum(one == other for one, other in pairs) / len(zone_line)

    best = max(lines, key=equal, default=None)
    return best if best is not None and equal(best) >= ALIKE else None
