"""Zones are checked character by character, and nothing is corrected silently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.papers import a_zone, composed
from document_capture.mrz import NotMrz, check_digit, parse, text_of
from document_capture.mrz_formats import ALPHABET, DIGITS, FORMATS

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
"""The example of Doc 9303 part 4, appendix B."""
MACAU = (
    "I<MAC12345674<6<<<<<<<<<<<<<<<",
    "6106225M3012305<<<<<<<<<<<<<<0",
    "SPECIMEN<<KA<KEONG<<<<<<<<<<<<",
)


def changed(lines: tuple[str, ...], row: int, place: int, to: str) -> tuple[str, ...]:
    line = lines[row][:place] + to + lines[row][place + 1 :]
    return (*lines[:row], line, *lines[row + 1 :])


def test_the_passport_of_the_standard_is_verified() -> None:
    zone = parse(PASSPORT)

    assert zone.verified
    assert (zone.format, zone.document, zone.issuer) == ("TD3", "P", "UTO")
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.number, zone.optional) == ("L898902C3", "ZE184226B")
    assert (zone.birth, zone.sex, zone.expiry) == ("1974-08-12", "F", "2012-04-15")
    assert {check.name for check in zone.checks} == {
        *("number", "birth", "expiry", "optional", "composite")
    }


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            (
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ),
            id="TD1",
        ),
        pytest.param(
            (
                "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
                "D231458907UTO7408122F1204159<<<<<<<6",
            ),
            id="TD2",
        ),
        pytest.param(
            (
                "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
            ),
            id="MRV-A",
        ),
        pytest.param(
            (
                "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
                "L8988901C4XXX4009078F9612109<<<<<<<<",
            ),
            id="MRV-B",
        ),
    ],
)
def test_the_examples_of_the_standard_are_verified(lines: tuple[str, ...]) -> None:
    zone = parse(lines)

    assert zone.verified
    assert zone.surname == "ERIKSSON"


def test_a_number_longer_than_nine_goes_on_in_the_optional_field() -> None:
    fields = {"document": "I<", "issuer": "UTO", "names": "STEVENSON<<PETER"}
    layout = FORMATS["TD1"]
    fields |= {"number": "D23145890", "birth": "340712", "sex": "M"}
    fields |= {"expiry": "270115", "nationality": "UTO"}
    rest = "734" + check_digit("D23145890734")
    lines = composed(layout, {**fields, "optional": rest})
    lines = changed(lines, 0, 14, "<")
    covered = "".join(text_of(lines, span) for span in layout.checks["composite"].over)
    lines = changed(lines, 1, 29, check_digit(covered))

    zone = parse(lines)

    assert zone.verified
    assert (zone.number, zone.optional) == ("D23145890734", "")


def test_a_card_of_macau_names_no_nationality() -> None:
    zone = parse(MACAU)

    assert zone.verified
    assert zone.nationality == ""


@pytest.mark.parametrize(
    ("row", "place", "to", "fault"),
    [
        pytest.param(0, 5, "3", "alphabet-names", id="a digit in a name"),
        pytest.param(1, 10, "8", "alphabet-nationality", id="a digit in a country"),
        pytest.param(1, 10, "Q", "unknown-nationality", id="no such country"),
        pytest.param(1, 20, "K", "alphabet-sex", id="no such sex"),
        pytest.param(1, 15, "9", "date-birth", id="a month 98"),
    ],
)
def test_a_fault_has_a_name(row: int, place: int, to: str, fault: str) -> None:
    zone = parse(changed(PASSPORT, row, place, to))

    assert fault in zone.faults
    assert not zone.verified


@pytest.mark.parametrize(
    "names",
    [
        pytest.param("FRAULYSSECCCHRISTOPHE<CCCCCCCCCCCCC<CCCC", id="fillers as C"),
        pytest.param("ULYSSE<<CHRISTOPHE<<S<<", id="given names twice"),
        pytest.param("<ULYSSE<<CHRISTOPHE", id="no surname"),
        pytest.param("ULYSSE<<<CHRISTOPHE", id="three fillers between"),
    ],
)
def test_names_that_no_zone_has_are_not_verified(names: str) -> None:
    zone = parse((f"P<UTO{names:<<39}"[:44], PASSPORT[1]))

    assert zone.faults == ("unknown-names",)


@pytest.mark.parametrize(
    "names",
    ["GROSSSCHMIDT<<JOHN<III", "MONONYM", "VAN<DER<BERG<<A<B<C", "A<<B"],
)
def test_names_of_any_form_that_the_standard_has_are_verified(names: str) -> None:
    assert parse((f"P<UTO{names:<<39}", PASSPORT[1])).verified


def test_a_zone_without_a_number_is_not_verified() -> None:
    zone = parse((PASSPORT[0], "<<<<<<<<<<UTO<<<<<<<F<<<<<<<<<<<<<<<<<<<<<<0"))

    assert {"unknown-number", "check-number", "check-birth"} <= set(zone.faults)


def test_a_misread_character_is_suggested_and_not_put_in() -> None:
    zone = parse(changed(PASSPORT, 1, 5, "O"))

    assert not zone.verified
    assert zone.number == "L8989O2C3"
    assert zone.suggestion is not None
    assert zone.suggestion.suggested == "L898902C3"
    assert zone.suggestion.lines == PASSPORT


def test_a_letter_in_a_date_is_suggested_away() -> None:
    zone = parse(changed(PASSPORT, 1, 14, "A"))
    other = parse(changed(PASSPORT, 1, 18, "Z"))

    assert zone.suggestion is None
    assert other.suggestion is not None
    assert (other.suggestion.field, other.suggestion.suggested) == ("birth", "740812")


def test_no_suggestion_when_two_exchanges_would_do() -> None:
    visa = "V<UTOX<<Y".ljust(36, "<")
    # Weights repeat after three characters: the first O and the fourth are equal.
    fits = check_digit("0OOO00000")
    assert fits == check_digit("OOO000000")

    zone = parse((visa, f"OOOO00000{fits}UTO7408122F1204159<<<<<<<<"))

    assert zone.faults == ("check-number",)
    assert zone.suggestion is None


def test_a_zone_whose_check_digits_hold_gets_no_suggestion() -> None:
    zone = parse(changed(PASSPORT, 0, 5, "3"))

    assert zone.faults == ("alphabet-names",)
    assert zone.suggestion is None


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((), id="nothing"),
        pytest.param(("P<UTO",), id="one short line"),
        pytest.param(("P" * 44, "L" * 43), id="one character short"),
        pytest.param(("P" * 44, "l" * 44), id="small letters"),
        pytest.param(("X" * 44, "L" * 44), id="no kind of document"),
        pytest.param(("P" * 1000, "L" * 1000), id="endless"),
    ],
)
def test_what_is_no_zone_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(NotMrz):
        parse(lines)


@given(name=st.sampled_from(list(FORMATS)), seed=st.integers(0, 10_000))
def test_a_composed_zone_is_verified_and_says_what_was_put_in(
    name: str, seed: int
) -> None:
    lines = a_zone(name, seed)

    zone = parse(lines)

    assert zone.verified
    assert zone.format == name
    assert zone.lines == lines
    assert zone.number == text_of(lines, FORMATS[name].fields["number"]).strip("<")


@given(
    name=st.sampled_from(list(FORMATS)),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_any_one_wrong_digit_under_a_check_digit_is_found(
    name: str, seed: int, data: st.DataObject
) -> None:
    lines, layout = a_zone(name, seed), FORMATS[name]
    check = data.draw(st.sampled_from(list(layout.checks.values())))
    row, begin, end = data.draw(st.sampled_from([*check.over, check.at]))
    digits = [place for place in range(begin, end) if lines[row][place].isdigit()]
    if not digits:
        return
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from(DIGITS.replace(lines[row][place], "")))

    zone = parse(changed(lines, row, place, other))

    assert not zone.verified
    assert any(not check.holds for check in zone.checks)


@given(
    name=st.sampled_from(list(FORMATS)),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_a_suggestion_is_never_what_was_read(
    name: str, seed: int, data: st.DataObject
) -> None:
    lines = a_zone(name, seed)
    row = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(1, len(lines[row]) - 1))
    broken = changed(lines, row, place, data.draw(st.sampled_from(ALPHABET)))

    zone = parse(broken)

    assert zone.lines == broken
    if zone.suggestion is not None:
        assert not zone.verified
        assert zone.suggestion.lines != broken
        assert parse(zone.suggestion.lines).verified


@given(st.lists(st.text(alphabet=ALPHABET + "é ", max_size=50), max_size=5))
def test_no_text_breaks_the_parser(lines: list[str]) -> None:
    try:
        parse(lines)
    except NotMrz as error:
        assert error.code == "mrz-unreadable"


@given(
    st.sampled_from([(3, 30), (2, 36), (2, 44)]),
    st.data(),
)
def test_lines_of_the_right_length_never_break_the_parser(
    size: tuple[int, int], data: st.DataObject
) -> None:
    count, length = size
    one = st.text(alphabet=ALPHABET, min_size=length, max_size=length)
    lines = ["P" + data.draw(one)[1:], *(data.draw(one) for _ in range(count - 1))]

    zone = parse(lines)

    assert len(zone.checks) >= 3


@pytest.mark.parametrize("place", range(1, 9))
def test_nobody_is_offered_a_letter_that_looks_like_the_digit(place: int) -> None:
    number = "K00000000"[:place] + "1" + "K00000000"[place + 1 :]
    for digit in DIGITS:
        lines = changed(PASSPORT, 1, 9, digit)
        lines = (lines[0], number + lines[1][9:])

        suggestion = parse(lines).suggestion

        assert suggestion is None or not set(suggestion.suggested) & set("OI")
