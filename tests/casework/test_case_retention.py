"""When the time of a case is up, nothing personal is left, and that is proved."""

import asyncio
import sqlite3
from typing import Any

import msgspec
import pytest

from casework.archive import unpack
from casework.case import Case
from casework.case_retention import (
    CERTIFICATE,
    DELETED,
    CaseRetention,
    certificate_name,
    ended_at,
)
from casework.dossier_form import MANIFEST, read_manifest
from casework.errors import CaseDestroyed, NotFound
from casework.evidence import read_leaf
from casework.items import CASE_DAYS
from casework.licence import Licence
from casework.recording import Recording
from casework.retention import DAY, Shelf
from casework.stores.sql_case_shelf import SqlCaseShelf
from casework.verify_dossier import verify_dossier
from protocol.ids import CallId
from protocol.states import CaseState, RecordingState, Standing
from tests.builders import FORM, NOON, Office, a_case, a_visit

CALL = CallId("a" * 32)


def retention(office: Office, objects: Any = None) -> CaseRetention:
    shelf = office.shelf
    if objects is not None:
        shelf = Shelf(shelf.recordings, shelf.keeping, shelf.events, objects)
    cases = SqlCaseShelf(office.engine, office.store)
    return CaseRetention(cases, shelf, office.items, office.dossiers)


def due(case: Case) -> float:
    return case.touched + CASE_DAYS * DAY


async def test_a_case_is_kept_to_the_last_second_of_its_days(office: Office) -> None:
    case = await office.submitted()
    work = retention(office)

    assert await work.sweep(due(case) - 1) == []
    assert (await office.store.load(case.id)).form == FORM

    assert await work.sweep(due(case)) == [case.id]
    assert await work.sweep(due(case)) == []


async def test_nothing_of_a_deleted_case_can_be_read_any_more(office: Office) -> None:
    case = await office.submitted()
    await office.engine.dispose()
    with sqlite3.connect(office.folder / "counter.db") as db:
        [wrapped] = db.execute("select key from cases").fetchone()
    db.close()

    await retention(office).sweep(due(case))

    for read in (office.store.load, office.store.key):
        with pytest.raises(CaseDestroyed):
            await read(case.id)
    with pytest.raises(NotFound):
        await office.store.numbered(case.number)
    assert not list((office.folder / "objects/cases").rglob("*.*"))
    assert not [
        one for one in (office.folder / "objects/cases").rglob("*") if one.is_file()
    ]
    kept = b"".join(one.read_bytes() for one in office.folder.glob("counter.db*"))
    assert wrapped not in kept


async def test_the_log_stays_as_it_was_without_its_facts(office: Office) -> None:
    case = await office.submitted()
    before = await office.store.entries(case.id)
    size = await office.store.log.size()
    roots = await office.store.log.hashes([(0, size)])

    await retention(office).sweep(due(case))

    after = await office.store.entries(case.id)
    assert [one.leaf for one in after[: len(before)]] == [one.leaf for one in before]
    assert all(one.opened == {} for one in after[: len(before)])
    assert await office.store.log.hashes([(0, size)]) == roots
    kinds = [read_leaf(one.leaf).kind for one in after[len(before) :]]
    assert kinds == [DELETED, "dossier-made"]


async def test_the_applicant_gets_a_certificate_that_verifies(office: Office) -> None:
    case = await office.submitted()

    await retention(office).sweep(due(case))

    proof = await office.objects.get(certificate_name(case.number))
    checks = await asyncio.to_thread(verify_dossier, proof)
    assert [one for one in checks if not one.holds] == []
    members = unpack(proof)[0]
    assert set(members) == {CERTIFICATE, MANIFEST}
    assert members[CERTIFICATE].decode().count(case.number) == 4
    *others, last, _made = read_manifest(members[MANIFEST]).entries
    assert all(one.opened == {} for one in others)
    assert last.opened["number"].value == case.number
    assert last.opened["rule"].value == f"{case.item} {CASE_DAYS} days"


async def test_a_case_with_a_recording_under_hold_is_kept(office: Office) -> None:
    case = await office.submitted()
    row = Recording(CALL, case.id, case.opened, 60.0, RecordingState.STORED)
    await office.recordings.put(row)
    await office.shelf.keeping.hold(CALL)
    work = retention(office)

    assert await work.sweep(due(case)) == []

    await office.shelf.keeping.lift(CALL)
    assert await work.sweep(due(case)) == [case.id]


async def test_what_could_not_be_finished_is_finished_the_next_time(
    office: Office,
) -> None:
    class Away:
        async def delete_all(self, _prefix: str) -> None:
            raise OSError("no network")

    case = await office.submitted()

    assert await retention(office, Away()).sweep(due(case)) == []
    with pytest.raises(CaseDestroyed):
        await office.store.load(case.id)
    assert await retention(office).sweep(due(case) + 3600) == [case.id]

    kinds = [one.said.kind for one in await office.store.entries(case.id)]
    assert kinds.count(DELETED) == 1
    assert await office.objects.get(certificate_name(case.number))


def test_a_case_is_needed_as_long_as_its_licence_may_hold() -> None:
    licence = Licence(identifier="L1", edition=1, issued=NOON, ends=NOON + DAY)
    kept = a_case(CaseState.PRINTED, licence=licence)
    endless = msgspec.structs.replace(licence, ends=0.0)
    revoked = msgspec.structs.replace(endless, standing=Standing.REVOKED)

    assert ended_at(kept) == NOON + DAY
    assert ended_at(msgspec.structs.replace(kept, licence=endless)) is None
    assert ended_at(msgspec.structs.replace(kept, licence=revoked)) == NOON


async def test_another_case_is_not_touched(office: Office) -> None:
    case = await office.submitted()
    office.clock.time += DAY
    other = await office.cases.open(a_visit(id="u" * 32, case="d" * 32))

    await retention(office).sweep(due(case))

    assert await office.store.load(other.id) == other
    [opened] = await office.store.entries(other.id)
    assert opened.opened


async def test_a_case_that_was_changed_meanwhile_is_not_deleted(office: Office) -> None:
    case = await office.submitted()
    shelf = SqlCaseShelf(office.engine, office.store)
    [entry] = [one.said for one in await office.store.entries(case.id)][-1:]

    await shelf.destroy(msgspec.structs.replace(case, version=case.version - 1), entry)

    assert await office.store.load(case.id) == case
