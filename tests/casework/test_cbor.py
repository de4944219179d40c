"""Base45 and CBOR are those of their standards, and only in their one strict form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import base45, cbor


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")],
)
def test_base45_is_that_of_the_standard(data: bytes, text: str) -> None:
    assert (base45.encode(data), base45.decode(text)) == (text, data)


@given(st.binary(max_size=100))
def test_base45_gives_back_what_it_took(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "ab c", "::"])
def test_base45_refuses_what_it_never_writes(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        base45.decode(text)


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [
        (0, "00"),
        (24, "1818"),
        (1000000, "1a000f4240"),
        (-1000, "3903e7"),
        (True, "f5"),
        (b"\1\2\3\4", "4401020304"),
        ("水", "63e6b0b4"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({1: 2, 3: 4}, "a201020304"),
    ],
)
def test_cbor_is_that_of_the_standards_examples(value: Any, hexadecimal: str) -> None:
    assert cbor.encode(value).hex() == hexadecimal
    assert cbor.decode(bytes.fromhex(hexadecimal)) == value


@pytest.mark.parametrize(
    "hexadecimal",
    ["1800", "9fff", "5f4101ff", "fb3ff0000000000000", "a203040102", "a2010a010b",
     "a1616101", "81818181818100", "9b7fffffffffffffff", "0000", "", "f6", "62c328"],
)  # fmt: skip
def test_cbor_in_another_form_is_refused(hexadecimal: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cbor.decode(bytes.fromhex(hexadecimal))


@given(st.binary(max_size=100))
def test_whatever_cbor_is_read_was_written_in_its_one_form(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except ValueError:
        return
    assert cbor.encode(value) == data
