"""Recordings are deleted when their time is up, whatever crashes on the way."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from casework import vault
from casework.errors import NotAllowedNow, NotFound, RecordingDestroyed
from casework.films import manifest_name, objects_of, segment_name
from casework.items import Catalogue, read_catalogue
from casework.recording import Recording, Step
from casework.retention import DAY, Retention, Shelf, days_kept
from casework.session_ports import SessionEvent
from casework.stores.sql_events import SqlSessionEventStore
from casework.stores.sql_keeping import SqlKeepingStore
from casework.stores.sql_records import SqlRecordingStore
from protocol.ids import CallId, ItemId
from protocol.states import EventKind, RecordingState
from tests.builders import ITEM, NOON, ROOT, Office, a_step, a_visit

CALL, OTHER = a_visit().call or CallId(""), CallId("b" * 32)
MINUTE = 60.0
DUE = NOON + MINUTE + 365 * DAY


class Crash(BaseException):
    """The power goes: nothing in the program can catch it."""


class Fuse:
    """Blows before or after the ``burns``-th thing that is done to a store."""

    def __init__(self, burns: int = -1, *, after: bool = False) -> None:
        self.left = burns
        self._after = after

    def on(self, store: Any) -> Any:
        return _Fused(store, self)

    def burn(self, *, after: bool) -> None:
        if after is not self._after:
            return
        if self.left == 0:
            raise Crash
        self.left -= 1


class _Fused:
    def __init__(self, store: object, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse

    def __getattr__(self, name: str) -> object:
        work = getattr(self._store, name)

        async def done(*arguments: object) -> object:
            self._fuse.burn(after=False)
            result = await work(*arguments)
            self._fuse.burn(after=True)
            return result

        return done


class Archive:
    """Real stores with recordings on the shelf."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.recordings = SqlRecordingStore(office.engine, office.master)
        self.keeping = SqlKeepingStore(office.engine)
        self.events = SqlSessionEventStore(office.engine, self.recordings.key)

    async def store(self, call: CallId, began: float = NOON) -> None:
        case = await self.office.opened()
        key = await self.recordings.key(call)
        for name in (manifest_name(call), segment_name(call, "clerk-1", 0)):
            sealed = vault.seal(key, name, b"film")
            await self.office.objects.put(name, sealed)
        said = SessionEvent(at=began, kind=EventKind.CHAT, by="clerk", facts={})
        await self.events.add(call, [said])
        row = Recording(call, case.id, began, MINUTE, RecordingState.STORED)
        named = {"manifest": manifest_name(call), "manifest_sha256": "5" * 64}
        await self.recordings.put(msgspec.structs.replace(row, **named))

    def retention(self, fuse: Fuse, items: Catalogue | None = None) -> Retention:
        shelf = Shelf(
            fuse.on(self.recordings),
            fuse.on(self.keeping),
            fuse.on(self.events),
            fuse.on(self.office.objects),
        )
        store, visits = fuse.on(self.office.store), self.office.visits
        return Retention(shelf, visits, store, items or self.office.items)

    async def sweep(self, now: float) -> list[CallId]:
        return await self.retention(Fuse()).sweep(now)

    async def deletions(self) -> list[dict[str, Any]]:
        leaves = [
            msgspec.to_builtins(one.said) for one in await self.office.store.entries()
        ]
        return [leaf for leaf in leaves if leaf["kind"] == "recording-deleted"]

    async def require_gone(self, call: CallId) -> None:
        with pytest.raises(RecordingDestroyed):
            await self.recordings.key(call)
        for name in (manifest_name(call), segment_name(call, "clerk-1", 0)):
            with pytest.raises(NotFound):
                await self.office.objects.get(name)
        row = await self.recordings.load(call)
        assert row.state is RecordingState.DELETED
        [entry] = await self.deletions()
        assert entry["facts"]["call"] == call
        assert entry["facts"]["manifest"] == "5" * 64


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    office = await Office(tmp_path).open()
    await office.visits.add(a_visit(), a_step("visit"))
    archive = Archive(office)
    await archive.store(CALL)
    yield archive
    await office.engine.dispose()


async def test_a_recording_is_kept_to_the_last_second_of_its_days(
    archive: Archive,
) -> None:
    assert await archive.sweep(DUE - 1) == []
    assert await archive.recordings.key(CALL)

    assert await archive.sweep(DUE) == [CALL]

    await archive.require_gone(CALL)
    [entry] = await archive.deletions()
    assert entry["facts"]["rule"] == f"{ITEM} 365 days"
    deletion = (await archive.recordings.load(CALL)).deletion
    assert deletion is not None
    assert (deletion.at, deletion.item, deletion.days) == (DUE, ITEM, 365)


async def test_the_days_are_those_of_the_service_item(
    archive: Archive, tmp_path: Path
) -> None:
    text = (ROOT / f"services/{ITEM}.yaml").read_text("utf-8")
    shorter = tmp_path / "services"
    shutil.copytree(ROOT / "services/licences", shorter / "licences")
    (shorter / f"{ITEM}.yaml").write_text(text + "recording_days: 30\n", "utf-8")
    items = read_catalogue(shorter)
    retention = archive.retention(Fuse(), items)

    assert await retention.sweep(NOON + MINUTE + 30 * DAY - 1) == []
    assert await retention.sweep(NOON + MINUTE + 30 * DAY) == [CALL]
    assert days_kept(items, ItemId("no longer offered")) == 365


async def test_what_a_recorder_has_not_attested_yet_waits_for_it(
    archive: Archive,
) -> None:
    row = await archive.recordings.load(CALL)
    journaled = msgspec.structs.replace(row, state=RecordingState.JOURNALED)
    await archive.recordings.put(journaled)

    assert await archive.sweep(DUE) == []

    await archive.recordings.put(journaled.after(Step.SOURCES_STORED))
    assert await archive.sweep(DUE) == [CALL]


async def test_what_is_held_stays_until_the_hold_is_lifted(archive: Archive) -> None:
    for _ in range(2):
        await archive.keeping.hold(CALL)

    assert await archive.sweep(DUE + 1000 * DAY) == []
    assert await archive.keeping.held() == {CALL}
    assert await archive.recordings.key(CALL)

    await archive.keeping.lift(CALL)
    assert await archive.sweep(DUE) == [CALL]


async def test_hold_and_deletion_exclude_each_other(archive: Archive) -> None:
    await archive.keeping.hold(CALL)
    with pytest.raises(NotAllowedNow):
        await archive.keeping.condemn(CALL)
    await archive.keeping.lift(CALL)
    with pytest.raises(NotAllowedNow):
        await archive.keeping.lift(CALL)

    await archive.keeping.condemn(CALL)
    for call in (CALL, CALL):
        with pytest.raises(NotAllowedNow):
            await archive.keeping.hold(call)
    await archive.sweep(DUE)
    with pytest.raises(NotAllowedNow):
        await archive.keeping.hold(CALL)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("burns", range(20))
async def test_whatever_a_crash_left_half_done_the_next_sweep_finishes(
    archive: Archive, burns: int, *, after: bool
) -> None:
    fuse = Fuse(burns, after=after)
    try:
        await archive.retention(fuse).sweep(DUE)
    except Crash:
        crashed = True
    else:
        crashed = False
    assert crashed == (burns < 10), "the matrix covers every step"

    await archive.sweep(DUE + 3600)

    await archive.require_gone(CALL)
    assert await archive.keeping.condemned() == frozenset()
    assert await archive.sweep(DUE + 7200) == []
    assert len(await archive.deletions()) == 1


async def test_one_that_cannot_be_deleted_does_not_keep_the_others(
    archive: Archive,
) -> None:
    await archive.store(OTHER, NOON - DAY)

    class Stubborn:
        async def delete_all(self, prefix: str) -> None:
            if prefix == objects_of(OTHER):
                raise OSError("no network")
            await archive.office.objects.delete_all(prefix)

    shelf = Shelf(
        archive.recordings, archive.keeping, archive.events, cast("Any", Stubborn())
    )
    office = archive.office
    retention = Retention(shelf, office.visits, office.store, office.items)

    assert await retention.sweep(DUE) == [CALL]
    assert await archive.sweep(DUE) == [OTHER]


async def test_a_destroyed_key_is_overwritten_on_the_disk(archive: Archive) -> None:
    path = archive.office.folder / "counter.db"
    with sqlite3.connect(path) as db:
        [wrapped] = db.execute(
            "select key from recording_keys where call = ?", (CALL,)
        ).fetchone()
    db.close()

    await archive.sweep(DUE)

    kept = b"".join(one.read_bytes() for one in path.parent.glob("counter.db*"))
    assert wrapped not in kept
