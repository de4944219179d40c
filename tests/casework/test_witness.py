"""Who watches the log, and what is refused while nobody can."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.errors import EvidenceUnavailable, LogForked
from casework.guard import PATIENCE
from casework.ports import Entry
from casework.stores.tables import entries, nodes, openings
from casework.stores.witness import ObjectWitness, witness_name
from casework.witnessing import Witnessing
from tests.builders import NOON, Office, a_visit
from tests.casework.witness_rules import PUBLIC, WitnessRules, note, proof


class TestObjectWitness(WitnessRules):
    @pytest.fixture
    def witness(self, tmp_path: Path) -> ObjectWitness:
        return ObjectWitness(str(tmp_path / "witness"), PUBLIC)

    async def test_remembers_when_it_is_opened_again(self, tmp_path: Path) -> None:
        first = ObjectWitness(str(tmp_path), PUBLIC)
        await first.keep(note(3), [])
        await first.keep(note(7), proof(3, 7))

        assert await ObjectWitness(str(tmp_path), PUBLIC).latest() == note(7)

    async def test_never_replaces_what_it_has(self, tmp_path: Path) -> None:
        first, second = (ObjectWitness(str(tmp_path), PUBLIC) for _ in range(2))
        assert await second.latest() is None
        await first.keep(note(3), [])
        other = note(3, [b"x" * 32] * 3)

        with pytest.raises(LogForked):
            await second.keep(other, [])
        assert (tmp_path / witness_name(3)).read_text() == note(3)


class Away:
    """A witness that cannot be reached, until it can."""

    def __init__(self, witness: ObjectWitness) -> None:
        self.witness = witness
        self.there = False

    async def latest(self) -> str | None:
        if not self.there:
            raise OSError("no route")
        return await self.witness.latest()

    async def keep(self, note: str, proof: list[bytes]) -> None:
        await self.witness.keep(note, proof)


def a_witness(office: Office) -> ObjectWitness:
    public = office.authority.log_signer().public_key().public_bytes_raw()
    return ObjectWitness(str(office.folder / "witness"), public)


def witnessing(office: Office, witness: Away | ObjectWitness) -> Witnessing:
    return Witnessing(office.checkpoints, witness, office.store.guard)


async def test_the_witness_gets_every_checkpoint_in_order(office: Office) -> None:
    witness = a_witness(office)
    work = witnessing(office, witness)
    for _ in range(3):
        await office.store.append(Entry(kind="said", at=NOON, by="x"))
        await office.checkpoints.newest(NOON)
    await office.store.append(Entry(kind="said", at=NOON, by="x"))

    assert await work.round(NOON)

    for size in (1, 2, 3, 4):
        kept = await office.checkpoints.kept.of_size(size)
        path = office.folder / "witness" / witness_name(size)
        assert kept is not None
        assert path.read_text() == kept.note


async def test_a_log_that_was_rewritten_or_put_back_is_noticed(office: Office) -> None:
    work = witnessing(office, a_witness(office))
    for _ in range(3):
        await office.store.append(Entry(kind="said", at=NOON, by="x"))
    assert await work.round(NOON)
    async with office.engine.begin() as db:
        for table in (entries, nodes):
            await db.execute(sa.text(f"DROP TRIGGER {table.name}_delete"))
            await db.execute(table.delete())
        await db.execute(openings.delete())
    for _ in range(4):
        await office.store.append(Entry(kind="said", at=NOON, by="x"))

    assert not await work.round(NOON)


async def test_without_a_witness_acts_are_refused_after_a_while(office: Office) -> None:
    away = Away(a_witness(office))
    work = witnessing(office, away)
    case = await office.opened()
    began = office.clock.now()

    assert not await work.round(began)
    office.clock.time = began + PATIENCE
    await office.stored_page(case, "identity")
    office.clock.time = began + PATIENCE + 1
    other = a_visit(id="u" * 32, case="d" * 32)
    with pytest.raises(EvidenceUnavailable):
        await office.cases.open(other)
    # What happened anyway is logged all the same.
    await office.stored_page(case, "articles")

    away.there = True
    assert await work.round(office.clock.now())
    assert (await office.cases.open(other)).id == "d" * 32


async def test_a_restart_does_not_forget_how_long_the_witness_was_away(
    office: Office,
) -> None:
    away = Away(a_witness(office))
    case = await office.opened()
    assert not await witnessing(office, away).round(office.clock.now())
    office.clock.time += PATIENCE + 1
    assert not await witnessing(office, away).round(office.clock.now())

    with pytest.raises(EvidenceUnavailable):
        await office.dossiers.make(case, "auditor")
