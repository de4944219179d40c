"""A licence's code is believed with the office's keys, and nothing else is."""

import datetime as dt
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from casework import base45, cose
from casework.checks import Check
from casework.cose import KeySet, read_keys
from casework.errors import BadCode, BadKeys, BadList
from casework.licence_code import LONGEST, make_code, published_keys, read_code
from casework.licence_list import LASTS, make_list, read_list
from casework.licence_record import CopyMark
from casework.papers.licence import make_licence
from casework.papers.receipt import ZONE
from casework.verify_licence import verify_code, verify_licence_pdf
from document_capture.barcodes import read_barcodes
from document_capture.pdf_pages import draw_page
from protocol.states import Standing
from tests.builders import NOON, an_authority
from tests.licence_builders import (
    AUTHORITY,
    COPY,
    NUMBER,
    SIGNER,
    a_code,
    a_drawing,
    a_record,
    the_keys,
)

KEYS = the_keys()
RECORD = a_record()
CODE = a_code(RECORD)
MARK = COPY.of(RECORD.digest())
LARGEST_VERSION = 13
DPI = 200


def a_list(now: float = NOON, **standing: Standing) -> bytes:
    marks = {MARK: standing["mine"]} if standing else {}
    return make_list({b"another1": Standing.REVOKED, **marks}, "局", now, SIGNER)


def by_name(checks: list[Check]) -> dict[str, bool]:
    return {check.name: check.holds for check in checks}


def test_a_code_says_what_is_compared_with_the_sheet() -> None:
    claims = read_code(CODE, KEYS)

    assert (claims.number, claims.holder) == (NUMBER, RECORD.holder)
    assert (claims.title, claims.issuer) == ("营业执照", RECORD.authority)
    assert claims.agrees_with(RECORD)
    assert not claims.agrees_with(a_record(company="另一家"))
    day = dt.datetime.fromtimestamp(claims.issued, ZONE).date()
    assert day.isoformat() == RECORD.issued


def test_the_same_record_has_the_same_code() -> None:
    assert a_code(RECORD) == CODE
    assert a_code(RECORD, CopyMark("duplicate", 2)) != CODE


@given(st.integers(0, len(CODE) - 1), st.sampled_from(base45.LETTERS))
def test_a_code_with_one_other_character_is_not_believed(place: int, new: str) -> None:
    changed = CODE[:place] + new + CODE[place + 1 :]

    [first, *_] = verify_code(changed, KEYS, None, NOON)

    assert first.holds == (changed == CODE)


@given(st.text(max_size=300))
def test_garbage_is_no_code(text: str) -> None:
    for code in (text, f"LIC1:{text}."):
        with pytest.raises(BadCode):
            read_code(code, KEYS)


def test_a_code_of_another_office_is_not_believed() -> None:
    others = published_keys(an_authority(), "另一個局")

    with pytest.raises(BadCode, match="unknown key"):
        read_code(CODE, others)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
@settings(max_examples=25)
def test_however_long_the_names_the_code_stays_small(title: str, holder: str) -> None:
    record = msgspec.structs.replace(
        RECORD,
        title={"zh-Hans": title, "en": ""},
        holder=holder,
        authority=holder[::-1],
        until="2036-11-20",
    )

    code = make_code(record, CopyMark("duplicate", 999), SIGNER)

    made = segno.make(code, error="m", boost_error=False)
    assert int(made.version) <= LARGEST_VERSION
    assert read_code(code, KEYS).digest == record.digest()


def test_the_longest_code_is_one_of_version_13() -> None:
    made = segno.make("A" * LONGEST, error="m", boost_error=False)

    assert made.version == LARGEST_VERSION


def test_with_a_fresh_list_a_licence_in_force_is_good() -> None:
    checks = by_name(verify_code(CODE, KEYS, a_list(), NOON))

    assert checks.pop("check-no-specimen") is False
    assert all(checks.values())


@pytest.mark.parametrize("standing", ["suspended", "revoked", "replaced"])
def test_what_is_on_the_list_is_not_in_force(standing: str) -> None:
    listed = a_list(mine=Standing(standing))

    *_, last = verify_code(CODE, KEYS, listed, NOON)

    assert (last.name, last.holds) == ("check-in-force", False)
    assert standing in last.detail


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        pytest.param(None, "no list", id="no list"),
        pytest.param(a_list(NOON - LASTS), "too old", id="an old list"),
        pytest.param(a_list(NOON + 9000), "too old", id="a clock that is behind"),
        pytest.param(b"\xd2\x84", "more than there is", id="garbage"),
    ],
)
def test_without_a_list_that_is_fresh_nobody_knows(
    listed: bytes | None, why: str
) -> None:
    *_, last = verify_code(CODE, KEYS, listed, NOON)

    assert not last.holds
    assert why in last.detail


def test_a_list_of_another_office_is_not_believed() -> None:
    other = make_list({}, "局", NOON, cose.derive_signer(b"x" * 32, "licence codes"))

    with pytest.raises(BadList):
        read_list(other, KEYS)


@given(st.binary(max_size=200))
def test_garbage_is_no_list(data: bytes) -> None:
    with pytest.raises(BadList):
        read_list(data, KEYS)


def test_after_its_last_day_a_licence_has_run_out() -> None:
    record = msgspec.structs.replace(RECORD, until="2026-11-20")
    code, last = a_code(record), dt.datetime(2026, 11, 20, 23, 59, tzinfo=ZONE)
    end = last.timestamp() + 60

    for now, holds in ((end - 1, True), (end, False)):
        checks = by_name(verify_code(code, KEYS, a_list(now), now))
        assert checks["check-not-expired"] == holds


def test_the_record_in_a_pdf_must_be_the_one_of_its_code() -> None:
    true = make_licence(a_drawing())
    false = make_licence(a_drawing(a_record(company="另一家"), code=CODE))

    for pdf, holds in ((true, True), (false, False)):
        checks = verify_licence_pdf(pdf, KEYS, a_list(), NOON)
        assert by_name(checks)["check-record"] == holds
    assert not verify_licence_pdf(b"%PDF-1.7 garbage", KEYS, None, NOON)[0].holds


def test_published_keys_are_read_as_they_were_written() -> None:
    assert read_keys(KEYS.encoded()) == KEYS
    assert len(KEYS.fingerprint()) == 64


@given(st.binary(max_size=200))
def test_garbage_is_no_set_of_keys(data: bytes) -> None:
    with pytest.raises(BadKeys):
        read_keys(data)


def test_a_key_that_is_no_point_of_the_curve_is_refused() -> None:
    [key] = KEYS.keys
    bent = KeySet("局", [msgspec.structs.replace(key, y=key.x)])

    with pytest.raises(BadKeys):
        read_keys(bent.encoded())


def scanned(pdf: bytes, turn: float, quarters: int, blur: float, noise: float) -> Any:
    """The first page as a scanner at 200 dpi gives it on a bad day."""
    picture = cv2.imdecode(
        np.frombuffer(draw_page(pdf, 0, DPI), np.uint8), cv2.IMREAD_COLOR
    )
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    picture = np.rot90(picture, quarters).copy()
    high, wide = picture.shape[:2]
    about = cv2.getRotationMatrix2D((wide / 2, high / 2), turn, 1)
    picture = cv2.warpAffine(picture, about, (wide, high), borderValue=(255,) * 3)
    grain = np.random.default_rng(1).normal(0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("turn", "quarters"), [(0.0, 0), (1.3, 0), (-4.0, 0), (0.7, 1), (3.0, 2)]
)
@pytest.mark.parametrize(("blur", "noise"), [(0.8, 4.0), (1.3, 12.0)])
def test_the_code_is_read_from_a_bad_scan_at_200_dpi(
    turn: float, quarters: int, blur: float, noise: float
) -> None:
    longest = msgspec.structs.replace(RECORD, holder="示" * 80, until="2036-11-20")
    drawn = a_drawing(longest)

    picture = scanned(make_licence(drawn), turn, quarters, blur, noise)

    assert drawn.code in [one.text for one in read_barcodes(picture)]


def test_a_small_list_is_small() -> None:
    marks = {n.to_bytes(8, "big"): Standing.REVOKED for n in range(1000)}

    listed = make_list(marks, "局", NOON, SIGNER)

    assert len(listed) < 8 * 1000 + 200
    assert read_list(listed, KEYS).standings == marks


def test_the_signing_key_is_not_the_one_of_the_log() -> None:
    raw = SIGNER.private_numbers().private_value.to_bytes(32, "big")

    assert raw not in {AUTHORITY.log_key, AUTHORITY.token_key}
