"""Keys of recordings, and films that are read from sealed segments."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import vault
from casework.errors import NotFound, RecordingDestroyed, Unreadable
from casework.films import manifest_name, read_film, read_manifest, segment_name
from casework.recording import Manifest, Recording, Segment
from casework.stores.objects import Objects
from casework.stores.sql_records import SqlRecordingStore
from casework.stores.tables import create_tables, open_engine
from protocol.ids import CallId, CaseId
from protocol.states import RecordingState

CALL, CASE = CallId("a" * 32), CaseId("c" * 32)
MASTER = b"m" * 32


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlRecordingStore]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'counter.db'}")
    await create_tables(engine)
    yield SqlRecordingStore(engine, MASTER)
    await engine.dispose()


async def test_a_recording_has_one_key_however_many_ask_for_it_at_once(
    store: SqlRecordingStore,
) -> None:
    keys = await asyncio.gather(*(store.key(CALL) for _ in range(8)))

    assert len(set(keys)) == 1
    assert len(keys[0]) == vault.KEY_BYTES
    assert await store.key(CallId("b" * 32)) != keys[0]


async def test_a_destroyed_key_never_comes_back(store: SqlRecordingStore) -> None:
    await store.key(CALL)

    await store.destroy_key(CALL)

    with pytest.raises(RecordingDestroyed):
        await store.key(CALL)
    await store.destroy_key(CALL)
    with pytest.raises(RecordingDestroyed):
        await store.key(CALL)


async def test_what_is_known_of_a_recording_is_replaced_not_doubled(
    store: SqlRecordingStore,
) -> None:
    await store.key(CALL)
    with pytest.raises(NotFound):
        await store.load(CALL)
    for state in (RecordingState.JOURNALED, RecordingState.STORED):
        await store.put(Recording(CALL, CASE, 1.0, 2.0, state))

    assert [one.state for one in await store.latest(9)] == [RecordingState.STORED]


def segments_of(film: bytes, sizes: list[int]) -> tuple[Segment, ...]:
    found, place = [], 0
    for number, size in enumerate(sizes):
        data = film[place : place + size]
        name = segment_name(CALL, "clerk-1", number)
        digest = hashlib.sha256(data).hexdigest()
        found.append(Segment(name, digest, len(data), place, 0.0, 0.0))
        place += size
    return tuple(found)


@pytest.mark.parametrize(
    "span", [(0, 1), (0, 700_000), (5, 600_001), (499_999, 500_002)]
)
async def test_any_range_of_a_film_comes_from_the_segments_that_hold_it(
    tmp_path: Path, span: tuple[int, int]
) -> None:
    film, key, objects = os.urandom(700_000), vault.new_key(), Objects(str(tmp_path))
    segments = segments_of(film, [417, 499_583, 200_000])
    for one in segments:
        data = film[one.offset : one.offset + one.size]
        await objects.put(one.key, vault.seal(key, one.key, data))
    manifest = a_manifest(segments)

    needed = manifest.span("clerk-1", *span)

    assert await read_film(objects, key, needed, span) == film[slice(*span)]


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(0, 99), st.integers(1, 99))
def test_a_span_is_covered_and_nothing_more_is_fetched(
    sizes: list[int], start: int, length: int
) -> None:
    film = bytes(sum(sizes))
    end = min(start + length, len(film))
    segments = segments_of(film, sizes)

    found = a_manifest(segments).span("clerk-1", start, end)

    wanted = range(start, end)
    covered = [n for one in found for n in range(one.offset, one.offset + one.size)]
    assert set(wanted) <= set(covered)
    assert all(set(wanted) & set(range(o.offset, o.offset + o.size)) for o in found)


def a_manifest(segments: tuple[Segment, ...]) -> Manifest:
    return Manifest(CALL, CASE, 0.0, 1.0, 100.0, (), {"clerk-1": segments})


async def test_a_manifest_is_read_with_its_own_key_only(tmp_path: Path) -> None:
    key, objects, name = vault.new_key(), Objects(str(tmp_path)), manifest_name(CALL)
    manifest = a_manifest(segments_of(b"film", [4]))
    await objects.put(name, vault.seal(key, name, msgspec.json.encode(manifest)))
    row = Recording(CALL, CASE, 0.0, 1.0, RecordingState.STORED, manifest=name)

    assert await read_manifest(objects, key, row) == manifest
    with pytest.raises(Unreadable):
        await read_manifest(objects, b"x" * 32, row)
    with pytest.raises(NotFound):
        await read_manifest(objects, key, msgspec.structs.replace(row, manifest=""))
