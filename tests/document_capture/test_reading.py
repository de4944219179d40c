"""A page becomes the fields that a service item wants, and says how sure they are."""

import msgspec
import numpy as np
import pytest

from bench.papers import a_card, a_code, a_zone, text_page
from document_capture.barcodes import Barcode
from document_capture.identifiers import Why
from document_capture.labels import value_of
from document_capture.mrz import parse
from document_capture.mrz_formats import FORMATS
from document_capture.ocr import Line, Ocr
from document_capture.reading import (
    FieldTemplate,
    ReadField,
    Reading,
    _from_barcode,
    _from_lines,
    _from_zone,
    read_page,
)
from protocol.texts import texts

OCR = Ocr()


def a_line(text: str, left: float, top: float, width: float = 0.2) -> Line:
    right, bottom = left + width, top + 0.02
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return Line(text, 0.9, corners)


def value(labels: list[str], *lines: Line, others: tuple[str, ...] = ()) -> str:
    found = value_of(labels, lines, others)
    return "" if found is None else found[0]


def fields_of(reading: Reading) -> dict[str, ReadField]:
    return {field.name: field for field in reading.fields}


def test_a_value_stands_behind_its_label() -> None:
    line = a_line("姓名 Name：陳示範　國籍：中國香港", 0.1, 0.1)

    assert value(["姓名", "Name"], line) == "陳示範"
    assert value(["國籍"], line) == "中國香港"


def test_a_value_stands_to_the_right_before_it_stands_below() -> None:
    label = a_line("姓名 Name", 0.1, 0.1)
    right, below = a_line("陳示範", 0.5, 0.1), a_line("男", 0.1, 0.13)

    assert value(["姓名", "Name"], label, right, below) == "陳示範"
    assert value(["姓名", "Name"], label, below) == "男"


def test_another_label_is_nobodys_value() -> None:
    label, other = a_line("Surname", 0.1, 0.1), a_line("Given names", 0.5, 0.1)
    below = a_line("ERIKSSON", 0.1, 0.13)

    assert (
        value(["Surname"], label, other, below, others=("Given names",)) == "ERIKSSON"
    )


def test_a_label_inside_another_word_is_no_label() -> None:
    assert value(["Name"], a_line("Surnames of all", 0.1, 0.1)) == ""


def test_a_neighbour_that_is_all_label_is_no_value() -> None:
    label, empty = a_line("公司", 0.1, 0.1), a_line("- Ltd: x", 0.4, 0.1)

    assert value_of(["公司"], [label, empty]) is None


def test_a_value_far_below_is_not_taken() -> None:
    assert value(["姓名"], a_line("姓名", 0.1, 0.1), a_line("頁尾", 0.1, 0.9)) == ""


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("姓名 / Nome: 陳大文", "陳大文"),
        ("出生日期 Data de nascimento 04-03-1951", "04-03-1951"),
        ("Address of the premises: Flat 8, 33 Sample Road", "Flat 8, 33 Sample Road"),
        ("Address No. 5 Sample Road", "No. 5 Sample Road"),
        ("Name Max Born", "Max Born"),
        ("Name Max Born 1990", "Max"),
    ],
)
def test_words_for_the_same_label_are_no_value(printed: str, text: str) -> None:
    labels = ["姓名", "Name", "出生日期", "Address"]

    assert value(labels, a_line(printed, 0.1, 0.1), others=("Born",)) == text


def test_a_label_of_any_paper_is_not_the_value_of_an_empty_place() -> None:
    label, other = a_line("姓名", 0.1, 0.1), a_line("國籍 Nacionalidade", 0.1, 0.13)

    assert value(["姓名"], label, other) == ""


OWN, WITNESS = "A123456(3)", "G123456(A)"


def a_hkid(*printed: str) -> ReadField:
    """Return the number that is read where its label may stand among others."""
    lines = [a_line(text, 0.1, 0.1 + 0.1 * n, 0.5) for n, text in enumerate(printed)]
    wanted = FieldTemplate("number", identifier="hkid", labels=("身份證號碼",))
    found = _from_lines(wanted, lines, wanted.labels)
    return found or ReadField("number", "", 0.0, (0, 0, 1, 1), False, Why.NOT_FOUND)


def test_a_number_beside_its_label_is_the_one() -> None:
    field = a_hkid(f"見證人 {WITNESS}", f"身份證號碼 {OWN}")

    assert (field.text, field.verified) == (OWN, True)


@pytest.mark.parametrize("own", ["A12345G(3)", "8123456(3)", "A123456(4)", ""])
def test_somebody_elses_number_is_never_verified(own: str) -> None:
    field = a_hkid(f"身份證號碼 {own}", f"見證人 {WITNESS}")

    assert not field.verified
    assert field.text != WITNESS or not own


def test_a_code_is_not_sure_where_anything_speaks_against_it() -> None:
    one, other = (a_code("QRCode", text) for text in ("GZ20260318", "ADVERTISEMENT"))
    wanted = [FieldTemplate("code", barcode="qr"), COMPANY]

    alone, two, wrong = (
        fields_of(read_page(page, wanted, OCR))
        for page in (one, np.hstack([one, other]), a_code("QRCode", "911100006000373"))
    )

    assert alone["code"].verified
    assert not two["code"].verified
    assert two["code"].confidence < 0.9
    assert not wrong["company"].verified


COMPANY = FieldTemplate("company", barcode="qr", identifier="uscc")


@pytest.mark.parametrize(
    ("printed", "sure"), [("1234", False), ("GZ20260318", True), ("20260318", True)]
)
def test_a_code_that_contradicts_what_is_printed_is_not_sure(
    printed: str, sure: bool
) -> None:
    code = Barcode("qr", "GZ20260318", [[0.1, 0.5], [0.2, 0.5], [0.2, 0.6], [0.1, 0.6]])
    lines = [a_line(f"編號 {printed}", 0.1, 0.1, 0.5)]
    wanted = FieldTemplate("code", barcode="qr", labels=("編號",))

    field = _from_barcode(wanted, Reading(lines, None, [code], [], []), wanted.labels)

    assert field is not None
    assert (field.verified, field.confidence > 0.9) == (sure, sure)


@pytest.mark.parametrize("wrong", ["number", "birth", "expiry"])
def test_a_value_of_a_zone_in_which_anything_is_wrong_is_not_verified(
    wrong: str,
) -> None:
    zone = parse(_with_a_wrong(wrong, a_zone("TD3", 5)))

    read = {
        name: _from_zone(FieldTemplate(name, mrz=name), zone, [])
        for name in ("number", "birth", "expiry", "surname")
    }

    told = {name: field and (field.verified, field.why) for name, field in read.items()}
    assert told == {
        name: (False, Why.CHECK_DIGIT if name == wrong else Why.ZONE) for name in read
    }


def _with_a_wrong(field: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    row, _, end = FORMATS["TD3"].fields[field]
    line = lines[row]
    digit = str((int(line[end]) + 1) % 10)
    changed = line[:end] + digit + line[end + 1 :]
    return (*lines[:row], changed, *lines[row + 1 :])


def test_fields_of_a_printed_page_are_found_by_label_and_number() -> None:
    wanted = [
        FieldTemplate("company", labels=("企业名称",)),
        FieldTemplate("code", identifier="uscc", labels=("统一社会信用代码",)),
        FieldTemplate("permit", identifier="home-return"),
        FieldTemplate("phone", labels=("联系电话",)),
        FieldTemplate("absent", labels=("船名",)),
    ]

    fields = fields_of(read_page(text_page("zh-Hans"), wanted, OCR))

    assert fields["company"].text == "示范市样本科技有限公司"
    assert fields["company"].why is Why.PRINTED
    assert fields["code"].text == "91110000600037341L"
    assert fields["code"].verified
    assert fields["permit"].text == "H10293847"
    assert not fields["permit"].verified
    assert fields["phone"].text == "+852 9123 4567"
    assert fields["absent"].why is Why.NOT_FOUND
    assert 0.1 < fields["code"].place[1] < 0.2


def test_a_card_gives_its_zone_and_its_code() -> None:
    lines = a_zone("TD1", 7)
    card, code = a_card(lines), a_code("QRCode", "GZ20260318")
    page = np.vstack([np.full((code.shape[0], card.shape[1], 3), 255, np.uint8), card])
    page[: code.shape[0], : code.shape[1]] = code
    wanted = [
        FieldTemplate("surname", mrz="surname"),
        FieldTemplate("number", mrz="number"),
        FieldTemplate("acceptance", barcode="qr"),
        FieldTemplate("line", box=(0.0, 0.85, 1.0, 0.07)),
    ]

    reading = read_page(page, wanted, OCR)

    fields, truth = fields_of(reading), parse(lines)
    assert reading.mrz == truth
    assert (fields["number"].text, fields["number"].verified) == (truth.number, True)
    # No check digit covers a name: a person has to look at it.
    assert (fields["surname"].text, fields["surname"].verified) == (
        truth.surname,
        False,
    )
    assert (fields["acceptance"].text, fields["acceptance"].verified) == (
        "GZ20260318",
        True,
    )
    assert fields["line"].confidence > 0.5
    assert all(0 <= share <= 1 for field in reading.fields for share in field.place)


def test_a_reading_survives_the_wire() -> None:
    reading = read_page(
        text_page("en"), [FieldTemplate("a", labels=("Director",))], OCR
    )

    assert msgspec.json.decode(msgspec.json.encode(reading), type=Reading) == reading
    assert reading.mrz is None


def test_a_template_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="lable"):
        msgspec.json.decode(b'{"name": "a", "lable": []}', type=FieldTemplate)


def test_every_reason_has_a_text_in_all_languages() -> None:
    assert {f"read-{why.value}" for why in Why} <= set(texts())
