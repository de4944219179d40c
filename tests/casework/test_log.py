"""The evidence log only grows, is proved from few rows, and outlives what it says."""

import sqlite3

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from casework import merkle
from casework.errors import NotFound, Unreadable
from casework.evidence import read_leaf
from casework.ports import Entry
from casework.stores.sql_log import fill_nodes, node_id
from casework.stores.tables import cases, entries, nodes
from protocol.ids import CaseId
from tests.builders import CLERK, NOON, Office


def said(number: int, case: CaseId | None = None) -> Entry:
    facts = {"number": str(number)}
    return Entry(kind="said", at=NOON + number, by=CLERK, case=case, facts=facts)


async def filled(office: Office, count: int) -> None:
    for number in range(count):
        await office.store.append(said(number))


async def test_every_entry_is_proved_in_every_later_tree(office: Office) -> None:
    await filled(office, 21)
    log = office.store.log

    for size in (1, 2, 7, 8, 13, 21):
        [root] = await log.hashes([(0, size)])
        for index in range(size):
            proof = await log.hashes(merkle.inclusion_ranges(index, size))
            leaf = merkle.leaf_hash(await log.leaf(index))
            assert merkle.root_from_proof(leaf, index, size, proof) == root


async def test_the_log_shows_that_it_only_grew(office: Office) -> None:
    await filled(office, 21)
    log = office.store.log

    for first, second in ((1, 2), (3, 7), (8, 21), (20, 21)):
        old, new = await log.hashes([(0, first), (0, second)])
        proof = await log.hashes(merkle.consistency_ranges(first, second))
        assert merkle.grew((first, old), (second, new), proof)


async def test_a_proof_reads_few_rows_of_a_long_log(office: Office) -> None:
    size = 1_000_000

    wanted = {
        node
        for one in [*merkle.inclusion_ranges(777_777, size), (0, size)]
        for node in merkle.nodes_of(one)
    }

    assert len(wanted) < 60


async def test_there_is_no_proof_of_a_longer_log_than_there_is(office: Office) -> None:
    await filled(office, 3)

    with pytest.raises(Unreadable):
        await office.store.log.hashes([(0, 4)])
    with pytest.raises(NotFound):
        await office.store.log.leaf(3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET leaf = x'00' WHERE place = 1",
        "DELETE FROM entries WHERE place = 2",
        "INSERT OR REPLACE INTO entries (place, leaf) VALUES (1, x'00')",
        "INSERT INTO entries (place, leaf) VALUES (7, x'00')",
        "UPDATE nodes SET hash = x'00'",
        "DELETE FROM nodes",
        "INSERT OR REPLACE INTO nodes (id, hash) VALUES (0, x'00')",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = ''",
    ],
)
async def test_the_database_refuses_to_change_the_log(
    office: Office, statement: str
) -> None:
    await filled(office, 3)
    await office.checkpoints.newest(NOON)
    await office.engine.dispose()

    with (
        sqlite3.connect(office.folder / "counter.db") as db,
        pytest.raises(sqlite3.IntegrityError, match="only grows"),
    ):
        db.execute(statement)
    db.close()


async def test_a_case_has_its_own_entries_each_after_the_one_before(
    office: Office,
) -> None:
    case = await office.opened()
    for number in range(3):
        await office.store.append(said(number))
        await office.store.append(said(number, case.id))

    mine = await office.store.entries(case.id)

    assert [one.index for one in mine] == [0, 2, 4, 6]
    assert [read_leaf(one.leaf).after for one in mine] == [-1, 0, 2, 4]
    assert [one.said.facts.get("number") for one in mine[1:]] == ["0", "1", "2"]
    assert len(await office.store.entries()) == 7


async def test_the_facts_end_with_the_key_of_the_case_and_the_log_does_not(
    office: Office,
) -> None:
    case = await office.opened()
    await office.store.append(said(1, case.id))
    [root] = await office.store.log.hashes([(0, 2)])
    async with office.engine.begin() as db:
        await db.execute(cases.update().values(key=b""))

    mine = await office.store.entries(case.id)

    assert [one.said.kind for one in mine] == ["case-opened", "said"]
    assert [one.opened for one in mine] == [{}, {}]
    assert await office.store.log.hashes([(0, 2)]) == [root]


async def test_a_log_begun_without_subtrees_gets_them(office: Office) -> None:
    await filled(office, 11)
    wanted = await office.store.log.hashes([(0, 11)])
    async with office.engine.begin() as db:
        await db.execute(sa.text("DROP TRIGGER nodes_delete"))
        await db.execute(nodes.delete())

    await fill_nodes(office.engine)

    assert await office.store.log.hashes([(0, 11)]) == wanted
    await office.store.append(said(12))


async def test_an_entry_of_before_leaves_were_salted_can_still_be_read(
    office: Office,
) -> None:
    old = b'{"at":1.0,"by":"clerk","case":null,"facts":{"a":"b"},"kind":"said"}'
    async with office.engine.begin() as db:
        await db.execute(entries.insert().values(place=0, leaf=old))
    await fill_nodes(office.engine)

    [entry] = await office.store.entries()

    assert (entry.said.by, entry.said.facts) == ("clerk", {"a": "b"})


async def test_two_entries_never_take_the_same_place(office: Office) -> None:
    await filled(office, 2)

    with pytest.raises(IntegrityError):
        async with office.engine.begin() as db:
            await db.execute(entries.insert().values(place=1, leaf=b""))


@settings(deadline=None)
@given(st.integers(0, 2**20), st.integers(0, 2**20))
def test_no_two_subtrees_share_a_row(one: int, other: int) -> None:
    keys = {node_id((level, place)) for level in range(40) for place in (one, other)}

    assert len(keys) == 40 * len({one, other})
