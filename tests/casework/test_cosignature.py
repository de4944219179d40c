"""What a witness signs, and how its key is written (C2SP)."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework.cosignature import (
    WitnessKey,
    cosign,
    read_cosignature,
    read_witness_key,
)
from casework.errors import Unreadable
from tests.casework.witness_rules import note

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
PUBLIC = SIGNER.public_key().public_bytes_raw()
NAME = "witness.example.org/w1"
KEY = WitnessKey(NAME, PUBLIC)
LINE = cosign(note(3), NAME, SIGNER, 1_795_000_000)


def test_a_cosignature_says_who_saw_what_and_when() -> None:
    assert read_cosignature(LINE, note(3), KEY) == 1_795_000_000


def test_what_is_signed_is_what_the_specification_says() -> None:
    blob = base64.b64decode(LINE.split(" ")[2])
    body = note(3).partition("\n\n")[0] + "\n"

    assert LINE.startswith(f"\N{EM DASH} {NAME} ")
    own = hashlib.sha256(NAME.encode() + b"\n\x04" + PUBLIC).digest()[:4]
    assert blob[:4] == own
    said = f"cosignature/v1\ntime 1795000000\n{body}".encode()
    SIGNER.public_key().verify(blob[12:], said)
    assert blob[4:12] == (1_795_000_000).to_bytes(8, "big")


def test_it_speaks_of_one_note_and_one_witness() -> None:
    other = WitnessKey("another.example", PUBLIC)

    for line, said, key in (
        (LINE, note(7), KEY),
        (LINE, note(3), other),
        (LINE.replace(NAME, other.name), note(3), other),
        (LINE + " ", note(3), KEY),
    ):
        with pytest.raises(Unreadable):
            read_cosignature(line, said, key)


@given(st.integers(0, 75), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(place: int, change: int) -> None:
    blob = bytearray(base64.b64decode(LINE.split(" ")[2]))
    blob[place] ^= change
    changed = f"\N{EM DASH} {NAME} {base64.b64encode(blob).decode()}"

    with pytest.raises(Unreadable):
        read_cosignature(changed, note(3), KEY)


def test_a_key_is_written_and_read_as_others_do() -> None:
    written = str(KEY)

    assert read_witness_key(written) == KEY
    name, number, material = written.split("+", 2)
    assert (name, number) == (NAME, KEY.id.hex())
    assert base64.b64decode(material) == b"\x04" + PUBLIC


@given(st.text(max_size=100))
def test_garbage_is_neither_a_key_nor_a_cosignature(text: str) -> None:
    with pytest.raises(Unreadable):
        read_witness_key(text)
    with pytest.raises(Unreadable):
        read_cosignature(text, note(3), KEY)
