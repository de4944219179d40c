"""What an auditor learns of a whole log, without a word of what it says."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework import merkle
from casework.errors import NotFound, Unreadable
from casework.evidence import Checkpoint
from casework.log_proofs import (
    Consistency,
    audited,
    consistency,
    inclusion,
    read_consistency,
    signed_note,
)
from casework.ports import Entry
from tests.builders import NOON, Office
from tests.casework.witness_rules import KEY, LEAVES, PUBLIC, note, proof


def grown(first: int, second: int) -> Consistency:
    return Consistency(first, second, [one.hex() for one in proof(first, second)])


def held(notes: list[str], shown: Consistency) -> list[bool]:
    return [one.holds for one in audited(notes, PUBLIC, shown)]


def test_a_log_that_only_grew_is_good() -> None:
    assert held([note(3), note(7)], grown(3, 7)) == [True, True, True]
    assert held([note(3), note(3)], Consistency(3, 3, [])) == [True, True, True]


def test_a_log_with_another_past_is_not() -> None:
    other = note(7, LEAVES[::-1])

    assert held([note(3), other], grown(3, 7)) == [True, True, False]
    assert held([note(7), note(3)], grown(3, 7)) == [True, True, False]


def test_two_logs_of_one_office_are_called_that() -> None:
    last = audited([note(7), note(7, LEAVES[::-1])], PUBLIC, Consistency(0, 0, []))[-1]

    assert (last.holds, last.detail) == (False, "two logs, and the office signed both")


def test_a_checkpoint_of_somebody_else_is_named() -> None:
    forged = Checkpoint(7, b"r" * 32).signed(Ed25519PrivateKey.generate())

    assert held([note(3), forged], grown(3, 7)) == [True, False]


def test_cosignatures_below_a_checkpoint_are_no_matter() -> None:
    below = note(3) + "\N{EM DASH} w.example AAAA\n"

    assert signed_note(below) == signed_note(note(3)) == note(3)
    assert KEY.public_key().public_bytes_raw() == PUBLIC


async def test_every_entry_is_proved_and_nothing_of_it_is_shown(office: Office) -> None:
    for number in range(5):
        await office.store.append(Entry(kind="said", at=NOON, by=f"person {number}"))
    log = office.store.log
    [root] = await log.hashes([(0, 5)])

    for index in range(5):
        found = await inclusion(log, index, 5)
        leaf = bytes.fromhex(found.leaf_hash)
        path = [bytes.fromhex(one) for one in found.proof]
        assert leaf == merkle.leaf_hash(await log.leaf(index))
        assert merkle.root_from_proof(leaf, index, 5, path) == root


async def test_what_is_beyond_the_end_is_not_there(office: Office) -> None:
    log = office.store.log
    await office.store.append(Entry(kind="said", at=NOON, by="x"))

    for index, size in ((1, 1), (0, 2), (-1, 1)):
        with pytest.raises(NotFound):
            await inclusion(log, index, size)
    for first, second in ((0, 1), (1, 2), (2, 1)):
        with pytest.raises(NotFound):
            await consistency(log, first, second)


@given(st.binary(max_size=200))
def test_garbage_is_no_proof(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_consistency(data)
