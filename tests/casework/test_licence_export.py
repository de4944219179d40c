"""A licence in the forms of others is signed by the office, and read by no-one else."""

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import cose
from casework.errors import BadCode
from casework.licence_code import published_keys
from casework.licence_export import credential, metadata, read_credential
from tests.builders import an_authority
from tests.licence_builders import SIGNER, a_record, the_keys

OFFICE = "https://office.example"
RECORD = msgspec.structs.replace(a_record(), until="2036-11-20")


def test_a_credential_says_what_the_licence_says() -> None:
    token = credential(RECORD, OFFICE, SIGNER)

    found = read_credential(token, the_keys())

    assert found["type"] == ["VerifiableCredential"]
    assert found["issuer"] == {"id": OFFICE, "name": RECORD.authority}
    assert found["credentialSubject"]["name"] == RECORD.holder
    assert found["validUntil"] == "2036-11-21T00:00:00+08:00"
    assert jwt.get_unverified_header(token)["typ"] == "vc+jwt"


def test_a_licence_without_an_end_has_none_in_its_credential() -> None:
    token = credential(a_record(), OFFICE, SIGNER)

    assert "validUntil" not in read_credential(token, the_keys())


def test_a_credential_of_another_office_is_not_believed() -> None:
    token = credential(RECORD, OFFICE, SIGNER)
    head, body, signature = token.split(".")
    other = published_keys(an_authority(), "另一個局")
    forged = credential(RECORD, OFFICE, cose.derive_signer(b"x" * 32, "codes"))

    for wrong, keys in (
        (token, other),
        (forged, the_keys()),
        (f"{head}.{body}.AAAA{signature[4:]}", the_keys()),
    ):
        with pytest.raises(BadCode):
            read_credential(wrong, keys)


@given(st.text(max_size=200))
def test_garbage_is_no_credential(text: str) -> None:
    with pytest.raises(BadCode):
        read_credential(text, the_keys())


def test_its_metadata_has_the_names_of_the_national_standard() -> None:
    found = metadata(RECORD, "11X", "44Y")

    assert found["电子证照标识"] == RECORD.identifier
    assert found["持证主体"] == RECORD.holder
    assert found["证照有效期截止日期"] == "2036-11-20"
