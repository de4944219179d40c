"""The recorder: every call becomes one recording, whatever is killed meanwhile."""

import asyncio
import itertools
from pathlib import Path

import msgspec
import pytest

from protocol.states import CallState, GapReason, RecordingState
from signaling.media.journal_file import journal_key
from signaling.media.recorder import locked
from tests.signaling.media.recorder_world import (
    CALL,
    KEY,
    Crash,
    Fate,
    World,
    check_recording,
    until,
)
from tests.signaling.media.tapes import NOON, Tape


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_call_becomes_sealed_films_a_manifest_and_an_entry(
    world: World,
) -> None:
    for tape in world.tapes():
        tape.close()
    world.over(20)

    await world.recorder().record(world.folder)

    manifest = await check_recording(world, {"applicant": 300, "document": 300})
    assert manifest.coverage == 100.0
    assert manifest.began == pytest.approx(NOON, abs=0.1)
    assert manifest.seconds == pytest.approx(20, abs=0.1)
    assert len(world.entries) == 1
    assert all(b"webm" not in sealed for sealed in world.sealed.values())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_any_step_the_next_recorder_completes_it(
    tmp_path: Path, after: bool
) -> None:
    for steps in itertools.count(1):
        (tmp_path / str(steps)).mkdir()
        world = World(tmp_path / str(steps))
        for tape in world.tapes(14):
            tape.close()
        world.over(14)
        world.fate = Fate(steps, after=after)
        killed = False
        try:
            await world.recorder().record(world.folder)
        except Crash:
            killed = True
        world.fate = Fate()

        if killed:
            await world.recorder().record(world.folder)

        await check_recording(world, {"applicant": 210, "document": 210})
        if not killed:
            break
    assert steps > 10


async def test_while_a_call_goes_on_it_is_stored_and_little_is_left_for_its_end(
    world: World,
) -> None:
    tapes = world.tapes(40)
    recording = asyncio.create_task(world.recorder().record(world.folder))
    await until(lambda: len(world.sealed) >= 6)

    assert not recording.done()
    early = dict(world.sealed)
    for tape in tapes:
        tape.send(40, 44).close()
    world.over(44)
    await recording
    await check_recording(world, {"applicant": 660, "document": 660})
    assert {name: world.sealed[name] for name in early} == early


async def test_two_recorders_do_not_record_the_same_call(world: World) -> None:
    for tape in world.tapes(10):
        tape.close()
    world.over(10)
    running = [asyncio.create_task(world.recorder().run()) for _ in range(3)]
    await until(lambda: not world.folder.exists())
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)

    assert len(world.entries) == 1
    await check_recording(world, {"applicant": 150, "document": 150})


def test_the_lock_is_free_once_its_owner_is_gone(tmp_path: Path) -> None:
    with locked(tmp_path) as mine, locked(tmp_path) as theirs:
        assert (mine, theirs) == (True, False)
    with locked(tmp_path) as mine:
        assert mine


async def test_a_call_whose_worker_was_killed_ends_when_its_visit_does(
    world: World,
) -> None:
    for tape in world.tapes(10):
        tape.flush()
    assert world.visit is not None
    world.visit = msgspec.structs.replace(world.visit, call_state=CallState.OVER)

    await world.recorder().record(world.folder)

    row = world.rows[CALL]
    reasons = {gap.reason for one in row.sources for gap in one.gaps}
    assert reasons == {GapReason.WORKER_LOST}


async def test_coverage_is_the_part_of_each_source_that_was_written(
    world: World,
) -> None:
    key = journal_key(KEY)
    Tape(world.folder, "applicant", "opus", key, 0.0).send(0, 40).close()
    picture = Tape(world.folder, "applicant", "vp8", key, 0.0)
    picture.send(0, 10)
    picture.send(20, 40).close()
    Tape(world.folder, "document", "vp8", key, 20.0).send(20, 40).close()
    world.over(40)

    await world.recorder().record(world.folder)

    row = world.rows[CALL]
    assert {one.name: round(one.coverage) for one in row.sources} == {
        "applicant": 75,
        "document": 100,
    }
    assert round(row.coverage) == 83  # 50 of the 60 seconds that were due


async def test_a_guest_who_left_is_not_missing(world: World) -> None:
    key = journal_key(KEY)
    Tape(world.folder, "clerk", "vp8", key, 0.0).send(0, 40).close()
    expert = Tape(world.folder, "expert", "opus", key, 4.0)
    expert.send(4, 10)
    expert.send(15, 20).close()
    world.over(40)

    await world.recorder().record(world.folder)

    row = world.rows[CALL]
    [guest] = [one for one in row.sources if one.name == "expert"]
    assert [gap.reason for gap in guest.gaps] == [GapReason.NOTHING_CAME]
    assert round(guest.coverage) == 69  # 11 of 16 seconds
    assert row.coverage == pytest.approx(100 * 51 / 56, abs=0.5)


async def test_a_call_of_which_nothing_came_is_recorded_as_lost(world: World) -> None:
    Tape(world.folder, "clerk", "vp8", journal_key(KEY), 0.0).close()
    world.over(30)

    await world.recorder().record(world.folder)

    row = world.rows[CALL]
    assert (row.state, row.manifest) == (RecordingState.LOST, "")
    assert world.entries[0].facts["state"] == "lost"


async def test_journals_that_nobody_can_use_are_not_in_the_way(world: World) -> None:
    world.tapes(2)
    world.destroyed = True
    await world.recorder().record(world.folder)
    assert not world.folder.exists()

    world.tapes(2)
    world.destroyed, world.visit = False, None
    await world.recorder().record(world.folder)
    [aside] = world.journals.iterdir()
    assert ".failed-" in aside.name


async def test_a_store_that_is_down_is_asked_again(world: World) -> None:
    for tape in world.tapes(4):
        tape.close()
    world.over(4)
    world.fate = Fate(1, how=OSError("no route to the store"))
    running = asyncio.create_task(world.recorder().run())
    await until(lambda: not world.folder.exists())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    await check_recording(world, {"applicant": 60, "document": 60})
