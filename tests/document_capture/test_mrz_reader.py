"""Zones are read from pictures of cards, however they lie."""

import cv2
import msgspec
import numpy as np
import pytest

from bench.papers import (
    a_card,
    a_zone,
    as_photographed,
    composed,
    text_page,
    tilted,
)
from document_capture.mrz_formats import FORMATS
from document_capture.mrz_lines import Row, zone_in
from document_capture.mrz_reader import read_mrz
from document_capture.ocr import Ocr

OCR = Ocr()
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def rows(*texts: str) -> list[Row]:
    return [Row(text, 0.99, 100.0 + 30 * n, 20.0) for n, text in enumerate(texts)]


def placed(row: Row, hidden: range = range(0)) -> Row:
    """Return ``row`` with the places of its letters, and some of them covered."""
    kept = [place for place in range(len(row.text)) if place not in hidden]
    text = "".join(row.text[place] for place in kept)
    at = tuple(40.0 + 10.3 * place for place in kept)
    return msgspec.structs.replace(row, text=text, places=at)


@pytest.mark.parametrize(
    ("hidden", "verified"),
    [
        pytest.param(range(40, 44), True, id="of the fillers at the end"),
        pytest.param(range(8, 12), False, id="of the surname"),
        pytest.param(range(16, 17), False, id="one letter of a given name"),
    ],
)
def test_a_name_of_which_letters_are_covered_is_in_doubt(
    hidden: range, verified: bool
) -> None:
    names, numbers = rows(*PASSPORT)

    zone = zone_in([placed(names, hidden), placed(numbers)])

    assert zone is not None
    assert zone.verified is verified
    assert zone.faults == (() if verified else ("count-names",))


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_is_read_from_a_photographed_card(name: str) -> None:
    lines = a_zone(name, 7)

    zone = read_mrz(as_photographed(a_card(lines), 1), OCR)

    assert zone is not None
    assert zone.lines == lines
    assert zone.verified


@pytest.mark.parametrize("degrees", [-9.0, 4.0, 17.0])
def test_a_tilted_card_is_read(degrees: float) -> None:
    lines = a_zone("TD3", 11)

    zone = read_mrz(as_photographed(tilted(a_card(lines), degrees), 2), OCR)

    assert zone is not None
    assert zone.lines == lines


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_card_on_its_side_or_head_is_read(turns: int) -> None:
    lines = a_zone("TD1", 12)

    zone = read_mrz(np.ascontiguousarray(np.rot90(a_card(lines), turns)), OCR)

    assert zone is not None
    assert zone.lines == lines


def test_a_small_picture_of_a_card_is_read() -> None:
    lines = a_zone("TD2", 3)
    small = cv2.resize(
        a_card(lines), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA
    )

    zone = read_mrz(small, OCR)

    assert zone is not None
    assert zone.lines == lines


def test_a_page_without_a_zone_has_none() -> None:
    assert read_mrz(text_page("en"), OCR) is None
    assert read_mrz(np.full((300, 400, 3), 200, np.uint8), OCR) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_printed_wrong_check_digit_is_not_accepted(seed: int) -> None:
    fields = {"document": "P<", "issuer": "UTO", "names": "SPECIMEN<<BETA"}
    fields |= {"number": "X47193826", "birth": "740812", "sex": "F"}
    fields |= {"expiry": "310415", "nationality": "UTO"}
    first, second = composed(FORMATS["TD3"], fields)
    wrong = str((int(second[9]) + 1 + seed) % 10)

    zone = read_mrz(a_card((first, f"{second[:9]}{wrong}{second[10:]}")), OCR)

    assert zone is not None
    assert not zone.verified
    assert "check-number" in zone.faults


def test_lookalikes_are_read_as_what_can_stand_there() -> None:
    read = rows(PASSPORT[0].replace("UTOERIKSSON", "UT0ER1KSS0N"), PASSPORT[1])

    zone = zone_in(read)

    assert zone is not None
    assert zone.lines == PASSPORT


@pytest.mark.parametrize("missing", [1, 4])
def test_fillers_that_were_not_counted_are_put_back(missing: int) -> None:
    read = rows(
        PASSPORT[0][:-missing], PASSPORT[1].replace("<" * 5, "<" * (5 - missing))
    )

    zone = zone_in(read)

    assert zone is not None
    assert zone.lines == PASSPORT


def test_names_whose_fillers_may_be_lost_are_not_verified() -> None:
    zone = zone_in(rows(PASSPORT[0].replace("ERIKSSON<<", "ERIKSSON<"), PASSPORT[1]))

    assert zone is not None
    assert zone.faults == ("count-names",)
    assert not zone.verified


@pytest.mark.parametrize("name", ["TD1", "TD3", "MRV-A"])
def test_a_number_that_may_have_lost_a_digit_is_not_verified(name: str) -> None:
    fields = {"document": "V<" if name == "MRV-A" else "P<", "issuer": "UTO"}
    fields |= {"names": "SPECIMEN<<BETA", "number": "C6666858", "birth": "740812"}
    fields |= {"sex": "F", "expiry": "310415", "nationality": "UTO"}
    lines = composed(FORMATS[name], fields)

    zone = zone_in(rows(*(line.replace("C6666858", "C666858") for line in lines)))

    assert zone is not None
    assert "count-number" in zone.faults
    assert not zone.verified


def test_names_that_were_cut_off_are_not_verified() -> None:
    zone = zone_in(rows("P<UTOERIKSSON<<ANNAMARIAHELENASOFIALOUI", PASSPORT[1]))

    assert zone is not None
    assert not zone.verified


def test_lines_far_apart_are_no_zone() -> None:
    above, below = rows(*PASSPORT)
    away = Row(below.text, below.confidence, below.middle + 400, below.height)

    assert zone_in([above, away]) is None
