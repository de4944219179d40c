"""Codes are read where they stand; what strangers put in them is only shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.papers import a_code
from document_capture.barcodes import (
    MOST_CODES,
    MOST_TEXT,
    printable,
    read_barcodes,
)


@pytest.mark.parametrize(
    ("drawn", "kind"),
    [
        ("QRCode", "qr"),
        ("Code128", "code128"),
        ("PDF417", "pdf417"),
        ("DataMatrix", "data-matrix"),
    ],
)
def test_each_kind_of_code_is_read_where_it_stands(drawn: str, kind: str) -> None:
    page = np.full((900, 1200, 3), 255, np.uint8)
    code = a_code(drawn, "GZ20260318004517")
    page[300 : 300 + code.shape[0], 200 : 200 + code.shape[1]] = code

    (found,) = read_barcodes(page)

    assert (found.kind, found.text) == (kind, "GZ20260318004517")
    (left, top), (right, bottom) = found.corners[0], found.corners[2]
    assert 200 / 1200 < left < right < (200 + code.shape[1]) / 1200
    assert 300 / 900 < top < bottom < (300 + code.shape[0]) / 900


def test_other_kinds_and_empty_pages_give_nothing() -> None:
    assert read_barcodes(a_code("Aztec", "GZ2026")) == []
    assert read_barcodes(np.full((400, 400, 3), 255, np.uint8)) == []


def test_a_page_tiled_with_codes_is_bounded() -> None:
    page = np.tile(a_code("QRCode", "again", module=3), (5, 5, 1))

    assert len(read_barcodes(page)) == MOST_CODES


def test_a_code_of_nothing_that_can_be_seen_is_no_code() -> None:
    assert read_barcodes(a_code("QRCode", "\u200b\u200b")) == []


def test_chinese_in_a_code_is_kept_and_hidden_characters_are_not() -> None:
    (found,) = read_barcodes(a_code("QRCode", "受理\u202e編號\n1"))

    assert found.text == "受理編號 1"


@given(st.text(max_size=6000))
def test_what_is_shown_has_no_hidden_characters(text: str) -> None:
    shown = printable(text)

    assert len(shown) <= MOST_TEXT
    assert shown.isprintable() or not shown.isascii()
    assert not set(shown) & set("\x00\n\r\t\x1b\u200b\u202e\u2066\ufeff")
