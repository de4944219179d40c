"""Dossiers that others have seen, and what happens while those are away."""

import asyncio
import logging

import pytest

from casework import merkle
from casework.dossier import Dossiers
from casework.evidence import Checkpoint
from casework.ports import Entry
from casework.session_files import Sessions
from casework.verify_dossier import verify_dossier, witnesses
from tests.builders import NOON, Office
from tests.casework.book_cosigner import BookCosigner, cosigning, log_key


def two(office: Office) -> tuple[BookCosigner, BookCosigner]:
    public = log_key(office)
    names = ("one.example", "two.example")
    one, other = (BookCosigner(office.folder, public, name) for name in names)
    return one, other


async def made(office: Office, *cosigners: BookCosigner) -> bytes:
    asked = cosigning(office, *cosigners)
    dossiers = Dossiers(office.cases, Sessions(office.shelf), office.checkpoints, asked)
    return await dossiers.make(await office.opened(), "auditor")


async def failing(dossier: bytes) -> list[str]:
    checks = await asyncio.to_thread(verify_dossier, dossier)
    return [f"{one.name} {one.about}" for one in checks if not one.holds]


async def test_a_dossier_carries_what_each_witness_signed(office: Office) -> None:
    one, other = two(office)

    dossier = await made(office, one, other)

    assert witnesses(dossier) == [str(one.key), str(other.key)]
    assert await failing(dossier) == []


async def test_a_witness_that_is_away_is_a_warning_not_a_stop(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two(office)
    other.away = True

    dossier = await made(office, one, other)

    assert witnesses(dossier) == [str(one.key)]
    assert await failing(dossier) == []
    levels = {row.levelno for row in caplog.records if row.name == "casework.cosigning"}
    assert levels == {logging.WARNING}


async def test_a_witness_that_leaves_in_between_is_not_named(office: Office) -> None:
    one, other = two(office)
    answer = other.cosign

    async def first_only(old: int, proof: list[bytes], note: str) -> str:
        line = await answer(old, proof, note)
        other.away = True
        return line

    other.cosign = first_only  # type: ignore[method-assign]  # goes after one answer

    dossier = await made(office, one, other)

    assert witnesses(dossier) == [str(one.key)]
    assert await failing(dossier) == []


async def test_a_witness_is_told_only_what_it_lacks(office: Office) -> None:
    one, _ = two(office)
    work = cosigning(office, one)
    for _ in range(3):
        await office.store.append(Entry(kind="said", at=NOON, by="x"))
        await work.round(NOON)
        await work.round(NOON)

    assert one.asked == [0, 1, 2]


async def test_one_that_was_asked_by_another_server_says_how_far_it_is(
    office: Office,
) -> None:
    one, _ = two(office)
    await office.store.append(Entry(kind="said", at=NOON, by="x"))
    newest = await office.checkpoints.newest(NOON)
    assert newest is not None
    await one.cosign(0, [], newest.note)
    await office.store.append(Entry(kind="said", at=NOON, by="x"))

    answered = await cosigning(office, one).round(NOON)

    assert list(answered) == [one.key]
    assert one.asked == [0, 0, 1]


async def test_a_log_that_was_put_back_is_an_alarm(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    one, _ = two(office)
    elsewhere = [b"%d" % number for number in range(9)]
    await ahead(office, one, elsewhere)
    await office.store.append(Entry(kind="said", at=NOON, by="x"))

    assert await cosigning(office, one).round(NOON) == {}

    assert [row.levelno for row in caplog.records] == [logging.CRITICAL]
    assert "another log" in caplog.text


async def ahead(office: Office, witness: BookCosigner, leaves: list[bytes]) -> None:
    """Have the witness see a longer log of the same office."""
    nodes: dict[merkle.Node, bytes] = {}
    for index, leaf in enumerate(leaves):
        nodes |= merkle.completed_nodes(index, merkle.leaf_hash(leaf), nodes)
    root = merkle.hash_of((0, len(leaves)), nodes)
    signer = office.authority.log_signer()
    await witness.cosign(0, [], Checkpoint(len(leaves), root).signed(signer))
