"""Checkpoints and leaves: what is signed, and what can be withheld."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Unreadable
from casework.evidence import (
    Checkpoint,
    is_opened_by,
    make_leaf,
    read_checkpoint,
    read_leaf,
)
from casework.ports import Entry
from protocol.ids import CaseId

ROOT = b"r" * 32
SAID = Entry(
    kind="page-stored", at=1.5, by="clerk", case=CaseId("c"), facts={"sha256": "ab"}
)


def test_a_checkpoint_is_believed_only_with_the_logs_own_signature() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    checkpoint = Checkpoint(8, ROOT)
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


@given(st.data())
def test_a_checkpoint_with_one_other_character_is_not_believed(
    data: st.DataObject,
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    note = Checkpoint(8, ROOT).signed(key)
    place = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.sampled_from("0aZ+/=\n \N{EM DASH}x"))
    changed = note[:place] + other + note[place + 1 :]

    if changed != note:
        with pytest.raises(Unreadable):
            read_checkpoint(changed, key.public_key().public_bytes_raw())


def test_a_leaf_says_what_happened_but_no_fact_in_the_clear() -> None:
    leaf, opened = make_leaf(SAID, after=3)

    read = read_leaf(leaf)
    assert (read.kind, read.at, read.case, read.after) == ("page-stored", 1.5, "c", 3)
    assert set(read.facts) == set(opened) == {"by", "sha256"}
    assert b"clerk" not in leaf
    assert b'"ab"' not in leaf
    assert opened["by"].value == "clerk"


def test_equal_facts_have_unlike_digests_in_every_leaf() -> None:
    one, other = make_leaf(SAID, -1)[0], make_leaf(SAID, -1)[0]

    assert read_leaf(one).facts["by"] != read_leaf(other).facts["by"]


def test_a_fact_is_opened_only_by_its_own_salt_and_value() -> None:
    leaf, opened = make_leaf(SAID, -1)
    digest, right = read_leaf(leaf).facts["sha256"], opened["sha256"]

    assert is_opened_by(digest, "sha256", right)
    assert not is_opened_by(digest, "by", right)
    assert not is_opened_by(digest, "sha256", opened["by"])
    assert not is_opened_by(digest, "sha256", right.__class__(right.salt, "ac"))
    assert not is_opened_by(digest, "sha256", right.__class__("no hex", "ab"))


@given(st.binary(max_size=200))
def test_garbage_is_no_leaf(leaf: bytes) -> None:
    with pytest.raises(Unreadable):
        read_leaf(leaf)
