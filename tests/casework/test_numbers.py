from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import BadNumber
from casework.numbers import acceptance_number, grouped, read_number

DAY = date(2026, 11, 21)
SERIALS = st.integers(1, 99_999)


def test_a_number_is_read_as_it_is_printed() -> None:
    number = acceptance_number(DAY, 1)

    assert number.startswith("2026112100001")
    assert read_number(grouped(number)) == number


@given(SERIALS, st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(serial: int, place: int, more: int) -> None:
    number = acceptance_number(DAY, serial)
    wrong = str((int(number[place]) + more) % 10)

    with pytest.raises(BadNumber):
        read_number(number[:place] + wrong + number[place + 1 :])


@given(st.text(max_size=40))
def test_garbage_is_never_a_number(text: str) -> None:
    try:
        read = read_number(text)
    except BadNumber:
        return
    assert len(read) == 14
