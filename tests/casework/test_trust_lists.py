"""Which jurisdiction's list a signature is on, and lists that are not believed."""

import datetime as dt

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from casework.signing.lines import lines_of
from casework.signing.trust_lists import (
    BadTrustList,
    Listed,
    TrustList,
    read_list,
    sign_list,
)
from casework.signing.verdicts import Known, Verdict, verify_pdf
from tests.casework.test_signatures import AUTHORITY, BY_APPLICANT

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
NOW = dt.datetime.now(dt.UTC)
TODAY, DAY = NOW.date(), dt.timedelta(days=1)
ROOT = x509.load_der_x509_certificate(AUTHORITY.root.certificate)


def an_authority(**more: object) -> Listed:
    listed = Listed(
        name="Example CA",
        certificate=ROOT.public_bytes(Encoding.PEM).decode(),
        begins=TODAY - DAY,
        ends=TODAY + DAY,
    )
    return msgspec.structs.replace(listed, **more)


def a_list(*authorities: Listed, **more: object) -> TrustList:
    said = TrustList(
        jurisdiction="hong-kong",
        issued=TODAY - DAY,
        next_update=TODAY + 30 * DAY,
        authorities=list(authorities),
    )
    return msgspec.structs.replace(said, **more)


def verdict_with(said: TrustList) -> Verdict:
    anchors = read_list(sign_list(said, KEY), PUBLIC, NOW)
    [verdict] = verify_pdf(BY_APPLICANT, Known(tuple(anchors)))
    return verdict


def test_the_line_names_the_list_that_recognises_the_issuer() -> None:
    verdict = verdict_with(a_list(an_authority()))

    line = lines_of("", verdict)[-1]

    assert verdict.good
    assert (line.holds, line.detail) == (True, "hong-kong: Example CA")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"begins": TODAY + DAY}, id="not yet recognised"),
        pytest.param({"ends": TODAY - DAY}, id="not recognised any more"),
        pytest.param({"policies": ["1.2.156.1.1"]}, id="another policy"),
    ],
)
def test_outside_of_what_is_listed_nothing_is_recognised(
    more: dict[str, object],
) -> None:
    verdict = verdict_with(a_list(an_authority(**more)))

    line = lines_of("", verdict)[-1]

    assert verdict.chain
    assert not verdict.good
    assert (line.holds, line.note) == (False, "note-not-recognised")


def test_a_list_by_somebody_else_is_not_believed() -> None:
    data = sign_list(a_list(an_authority()), Ed25519PrivateKey.generate())

    with pytest.raises(BadTrustList):
        read_list(data, PUBLIC, NOW)


def test_a_list_past_its_next_update_is_not_believed() -> None:
    data = sign_list(a_list(an_authority(), next_update=TODAY - DAY), KEY)

    with pytest.raises(BadTrustList):
        read_list(data, PUBLIC, NOW)


def test_a_list_with_a_broken_certificate_is_not_believed() -> None:
    data = sign_list(a_list(an_authority(certificate="no PEM")), KEY)

    with pytest.raises(BadTrustList):
        read_list(data, PUBLIC, NOW)


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_garbage_is_no_list(data: bytes, key: bytes) -> None:
    with pytest.raises(BadTrustList):
        read_list(data, key, NOW)


@given(st.data())
def test_no_changed_byte_of_a_list_is_believed(data: st.DataObject) -> None:
    signed = bytearray(sign_list(a_list(an_authority()), KEY))
    place = data.draw(st.integers(0, len(signed) - 1))
    signed[place] ^= data.draw(st.integers(1, 127))

    try:
        found = read_list(bytes(signed), PUBLIC, NOW)
    except BadTrustList:
        return
    # Upper and lower case of the signature's hexadecimal mean the same.
    assert found == read_list(sign_list(a_list(an_authority()), KEY), PUBLIC, NOW)
