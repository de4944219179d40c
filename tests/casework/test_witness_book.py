"""What a witness on another machine cosigns, and what it refuses (C2SP)."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from casework.cosignature import read_cosignature
from casework.errors import Unreadable
from casework.evidence import Checkpoint
from casework.stores.witness import ObjectWitness
from casework.witness_book import SIZE_TYPE, WitnessBook, read_submission
from tests.builders import NOON, FixedClock
from tests.casework.book_cosigner import submission
from tests.casework.witness_rules import LEAVES, PUBLIC, note, proof

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


def a_book(folder: Path) -> WitnessBook:
    logs = {PUBLIC: ObjectWitness(str(folder), PUBLIC)}
    return WitnessBook(logs, "w.example", SIGNER, FixedClock())


@pytest.fixture
def book(tmp_path: Path) -> WitnessBook:
    return a_book(tmp_path)


async def status(book: WitnessBook, old: int, shown: list[bytes], said: str) -> int:
    return (await book.add(submission(old, shown, said))).status


async def test_it_cosigns_a_log_that_grows(book: WitnessBook) -> None:
    assert await status(book, 0, [], note(3)) == 200

    said = await book.add(submission(3, proof(3, 7), note(7)))

    assert said.status == 200
    line, end = said.body.split("\n")
    assert end == ""
    assert read_cosignature(line, note(7), book.key) == int(NOON)


async def test_it_says_how_far_it_has_got(book: WitnessBook) -> None:
    await status(book, 0, [], note(3))

    for old in (0, 2, 5):
        said = await book.add(submission(old, [], note(7)))
        assert (said.status, said.body, said.media_type) == (409, "3\n", SIZE_TYPE)


async def test_it_refuses_another_past_and_remembers_the_first(
    book: WitnessBook,
) -> None:
    await status(book, 0, [], note(3))

    assert await status(book, 3, proof(3, 7), note(7, LEAVES[::-1])) == 422
    assert await status(book, 3, [], note(7)) == 422
    assert await status(book, 3, [], note(3, LEAVES[::-1])) == 409
    assert await status(book, 7, [], note(3)) == 400
    assert await status(book, 3, proof(3, 7), note(7)) == 200


async def test_the_same_checkpoint_is_cosigned_again(book: WitnessBook) -> None:
    assert [await status(book, old, [], note(3)) for old in (0, 3)] == [200, 200]


async def test_it_knows_only_the_logs_it_watches(book: WitnessBook) -> None:
    other = Checkpoint(3, b"r" * 32).signed(Ed25519PrivateKey.generate())

    assert await status(book, 0, [], other) == 403
    assert await status(book, 0, [], note(3).replace("evidence", "other")) == 404


async def test_it_remembers_when_it_is_started_again(tmp_path: Path) -> None:
    await status(a_book(tmp_path), 0, [], note(7))

    assert await status(a_book(tmp_path), 0, [], note(3)) == 409
    assert await status(a_book(tmp_path), 7, proof(7, 9), note(9)) == 200


@given(st.binary(max_size=300))
def test_garbage_is_no_submission(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_submission(data)


def test_too_many_hashes_are_refused() -> None:
    read_submission(submission(3, [b"h" * 32] * 63, note(3)))
    for shown in ([b"h" * 32] * 64, [b"h" * 31]):
        with pytest.raises(Unreadable):
            read_submission(submission(3, shown, note(3)))
