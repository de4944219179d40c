"""Names and first bytes of strangers' files are shown and believed with care."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_client.sticks import LONGEST_NAME, kind_of, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("章程 v2.pdf", "章程 v2.pdf"),
        ("gpj.\u202efdp.exe", "gpj.\ufffdfdp.exe"),
        ("two\nlines.pdf", "two\ufffdlines.pdf"),
        (os.fsdecode(b"\xff\xfe.pdf"), "\ufffd\ufffd.pdf"),
        ("<b>bold</b>.pdf", "<b>bold</b>.pdf"),
    ],
)
def test_odd_names_are_shown_safely(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@given(st.binary(min_size=1, max_size=255))
def test_every_name_can_be_shown(raw: bytes) -> None:
    shown = shown_name(os.fsdecode(raw))

    assert 0 < len(shown) <= LONGEST_NAME
    assert shown.isprintable()
    shown.encode()


def test_a_long_name_keeps_its_end() -> None:
    assert shown_name("x" * 200 + "-lease.pdf").endswith("x-lease.pdf")


@given(st.binary(max_size=20))
def test_first_bytes_are_one_of_four_kinds_or_nothing(head: bytes) -> None:
    assert kind_of(head) in {"PDF", "JPEG", "PNG", "HEIC", ""}
