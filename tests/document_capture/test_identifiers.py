"""Numbers are told apart, judged by their check digits, and never corrected."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_capture.identifiers import (
    MOST_FOUND,
    RESIDENT_CHECKS,
    RESIDENT_WEIGHTS,
    USCC_ALPHABET,
    Identifier,
    Why,
    identify,
    why_hkid,
    why_resident,
    why_uscc,
)

DIGITS = "0123456789"
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2026, 1, 1))
REGION = st.sampled_from(["110105", "440106", "810000", "820000", "830000"])


def only(text: str) -> Identifier:
    (one,) = identify(text)
    return one


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("11010519491231002X", "resident"),
        ("810000199408230021", "residence-permit"),
        ("830000199201300022", "residence-permit"),
        ("91110000600037341L", "uscc"),
        ("A123456(3)", "hkid"),
        ("G123456(A)", "hkid"),
        ("L555555(0)", "hkid"),
        ("AB987654(3)", "hkid"),
    ],
)
def test_numbers_with_a_right_check_digit_are_valid(text: str, kind: str) -> None:
    assert only(text) == Identifier(kind, text, valid=True, why=Why.CHECKED)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("H10293847", "home-return"),
        ("M1029384701", "home-return"),
        ("1234567(8)", "macau"),
    ],
)
def test_where_no_check_digit_is_public_that_is_said(text: str, kind: str) -> None:
    assert only(text) == Identifier(kind, text, valid=True, why=Why.NO_CHECK_DIGIT)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", Why.CHECK_DIGIT),
        ("11010519491331002X", Why.DATE),
        ("11010518001231002X", Why.DATE),
        ("99010519491231002X", Why.REGION),
        ("1101051949123100", Why.CHARACTER),
    ],
)
def test_a_wrong_identity_number_says_why(number: str, why: Why) -> None:
    assert why_resident(number) is why


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91110000600037341M", Why.CHECK_DIGIT),
        ("9111O000600037341L", Why.CHARACTER),
        ("9111A000600037341L", Why.REGION),
        ("91770000600037341L", Why.REGION),
    ],
)
def test_a_wrong_credit_code_says_why(code: str, why: Why) -> None:
    assert why_uscc(code) is why


def test_a_misread_number_of_a_person_is_never_right_as_one_of_a_company() -> None:
    read = "511192198305010003"
    assert why_uscc(read) is Why.CHECKED, "one in 31 is"

    one = only(read)

    assert (one.kind, one.valid, one.why) == ("resident", False, Why.CHECK_DIGIT)


@pytest.mark.parametrize(
    ("read", "suggested"),
    [
        pytest.param("9111OOOO60003734IL", "91110000600037341L", id="letters it lacks"),
        pytest.param("91110000600037341I", "91110000600037341L", id="I for L"),
        pytest.param("11010519491Z31002X", "11010519491231002X", id="Z for 2"),
    ],
)
def test_a_misread_number_is_suggested_and_not_corrected(
    read: str, suggested: str
) -> None:
    one = only(read)

    assert one.text == read
    assert not one.valid
    assert one.suggestion == suggested


@pytest.mark.parametrize("code", ["52310120501760000G", "12310120425000001Q"])
def test_a_public_body_of_a_district_19_or_20_is_no_person(code: str) -> None:
    one = only(code)

    assert (one.kind, one.valid) == ("uscc", True)


def test_numbers_are_found_in_chinese_and_wide_writing() -> None:
    text = "證件號碼：Ａ１２３４５６（３），代碼91110000600037341L。電話 2345 6789"

    assert [one.text for one in identify(text)] == ["A123456(3)", "91110000600037341L"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("A 123456(3)", "A123456(3)", id="Hong Kong"),
        pytest.param("AB 987654 (3)", "AB987654(3)", id="two letters"),
        pytest.param("110105 19491231 002X", "11010519491231002X", id="in three"),
        pytest.param("110105 1949 1231 002X", "11010519491231002X", id="in four"),
    ],
)
def test_a_number_in_groups_is_one_number(text: str, number: str) -> None:
    [found] = identify(f"No. {text}.")

    assert (found.text, found.valid) == (number, True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("110105 1949 1231 002X 55", id="of a longer number"),
        pytest.param("622202 1234 5678 9012", id="of a bank card"),
    ],
)
def test_groups_of_another_number_are_no_person(text: str) -> None:
    assert identify(text) == []


def test_a_longer_number_is_not_cut_into_a_known_one() -> None:
    assert identify("XYA123456(3) 11010519491231002X9 H1029384755512") == []


def test_a_passport_number_is_not_taken_for_an_identity_card() -> None:
    assert why_hkid("EB1234566") is Why.CHECKED, "one in eleven is"

    assert identify("EB1234566") == []
    assert only("EB123456(6)").kind == "hkid"


def test_a_page_full_of_numbers_is_bounded() -> None:
    assert len(identify("A123456(3) " * 1000)) == MOST_FOUND


@given(REGION, DAYS, st.integers(0, 999))
def test_every_right_identity_number_is_valid_and_any_wrong_digit_found(
    region: str, day: dt.date, serial: int
) -> None:
    first = f"{region}{day:%Y%m%d}{serial:03}"
    total = sum(int(d) * w for d, w in zip(first, RESIDENT_WEIGHTS, strict=True))
    number = first + RESIDENT_CHECKS[total % 11]
    others = [
        number[:place] + digit + number[place + 1 :]
        for place in range(17)
        for digit in DIGITS
        if digit != number[place]
    ]

    assert why_resident(number) is Why.CHECKED
    assert all(why_resident(other) is not Why.CHECKED for other in others)


@given(st.text(USCC_ALPHABET, min_size=9, max_size=9), st.integers(0, 30))
def test_exactly_one_check_character_fits_a_credit_code(part: str, _: int) -> None:
    first = f"91440400{part}"

    fitting = [one for one in USCC_ALPHABET if why_uscc(first + one) is Why.CHECKED]

    assert len(fitting) == 1


@given(st.from_regex(r"[A-Z]{1,2}[0-9]{6}", fullmatch=True))
def test_exactly_one_check_digit_fits_a_hong_kong_number(first: str) -> None:
    fitting = [d for d in DIGITS + "A" if why_hkid(first + d) is Why.CHECKED]

    assert len(fitting) == 1


@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    assert all(one.text for one in identify(text))
