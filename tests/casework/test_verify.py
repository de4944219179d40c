"""What is offered for verification is read or refused, never believed by mistake."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework.papers.licence import LicenceRecord, code_token
from casework.verify import verify_code

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
RECORD = LicenceRecord("营业执照", "局", "20261121000017", "今日", [("名称", "𠮷")])
TOKEN = code_token(RECORD, KEY)


def test_the_code_of_a_licence_is_believed_with_the_offices_key() -> None:
    [check] = verify_code(TOKEN, PUBLIC)

    assert (check.holds, check.about) == (True, RECORD.number)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("0123456789ABCDEFXYZ."))
def test_a_code_with_one_other_character_is_not(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]

    assert verify_code(changed, PUBLIC)[0].holds == (changed == TOKEN)


@given(st.text(max_size=200), st.text(max_size=70))
def test_garbage_is_no_code(text: str, key: str) -> None:
    assert not verify_code(f"SC1.{text}", key)[0].holds
