"""The tree against the examples that everybody uses (RFC 6962, RFC 9162)."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework import merkle
from casework.errors import Unreadable
from casework.evidence import Checkpoint, read_checkpoint

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_reference_vectors(size: int) -> None:
    assert merkle.root(HASHES[:size]).hex() == ROOTS[size]


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_and_no_other_leaf_is(
    size: int, data: st.DataObject
) -> None:
    hashes = [hashlib.sha256(bytes([n])).digest() for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(hashes, index)

    proved = merkle.root_from_proof(hashes[index], index, size, proof)
    other = merkle.root_from_proof(b"x" * 32, index, size, proof)

    assert proved == merkle.root(hashes)
    assert other != proved


def test_a_proof_of_another_length_is_refused() -> None:
    proof = merkle.inclusion_proof(HASHES, 3)

    for wrong in (proof[:-1], [*proof, b"y" * 32]):
        with pytest.raises(ValueError, match="proof too"):
            merkle.root_from_proof(HASHES[3], 3, len(HASHES), wrong)


def test_a_checkpoint_is_believed_only_with_the_logs_own_signature() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    checkpoint = Checkpoint(8, merkle.root(HASHES))
    public = key.public_key().public_bytes_raw()

    assert read_checkpoint(checkpoint.signed(key), public) == checkpoint
    with pytest.raises(Unreadable):
        read_checkpoint(checkpoint.signed(other), public)
    with pytest.raises(Unreadable):
        read_checkpoint(checkpoint.signed(key).replace("\n8\n", "\n9\n"), public)


@given(st.text(max_size=200))
def test_garbage_is_no_checkpoint(note: str) -> None:
    with pytest.raises(Unreadable):
        read_checkpoint(note, b"k" * 32)
