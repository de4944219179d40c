"""The real recorder process, killed with -9 while it records and while it ends."""

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from casework.errors import NotFound
from casework.films import read_film, read_manifest
from casework.recording import Recording
from casework.stores.objects import Objects
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_records import SqlRecordingStore, SqlVisitStore
from casework.stores.tables import create_tables, open_engine
from protocol.ids import CallId, StepId
from protocol.states import CallState, RecordingState
from signaling.engines import master_key
from signaling.media.journal_file import OVER, journal_key
from signaling.settings import Settings
from tests.builders import a_visit
from tests.signaling.media.films import decoded
from tests.signaling.media.tapes import Tape

CALL = CallId("a" * 32)
PICTURES = 15 * 30


class Room:
    """The data folder of a server, and recorders that come and go."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=str(folder))
        master = master_key(self.settings.data / "keys")
        self.engine = open_engine(self.settings.database)
        self.visits = SqlVisitStore(self.engine)
        self.cases = SqlCaseStore(self.engine, master)
        self.recordings = SqlRecordingStore(self.engine, master)
        self.objects = Objects(self.settings.objects)
        self.folder = self.settings.journals / CALL
        self._log = (folder / "log").open("wb")

    async def recorder(self) -> asyncio.subprocess.Process:
        """Start one."""
        env = {**os.environ, "COUNTER_DATA_DIR": self.settings.data_dir}
        command = [sys.executable, "-m", "signaling.cli", "recorder"]
        return await asyncio.create_subprocess_exec(
            *command, env=env, stdout=self._log, stderr=self._log
        )

    async def stored(self) -> Recording:
        for _ in range(300):
            try:
                found = await self.recordings.load(CALL)
            except NotFound:
                found = None
            stored = found and found.state is RecordingState.STORED
            if found and stored and not self.folder.exists():
                return found
            await asyncio.sleep(0.1)
        raise AssertionError("never stored")

    async def until_objects(self, count: int) -> None:
        for _ in range(2000):
            if self._objects_so_far() >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nothing is stored")

    def end_call(self, tapes: list[Tape]) -> None:
        for tape in tapes:
            tape.close()
        (self.folder / OVER).touch()

    def _objects_so_far(self) -> int:
        folder = Path(self.settings.objects) / "recordings"
        return sum(path.is_file() for path in folder.rglob("*"))

    async def close(self) -> None:
        self._log.close()
        await self.engine.dispose()


@asynccontextmanager
async def a_room(folder: Path) -> AsyncIterator[Room]:
    room = Room(folder)
    await create_tables(room.engine)
    visit = a_visit(call=CALL, call_state=CallState.TALKING)
    await room.visits.add(visit, StepId("s"))
    room.folder.parent.mkdir(parents=True)
    yield room
    await room.close()


@pytest.mark.parametrize("objects", [1, 4, 6], ids=lambda n: f"after {n} objects")
async def test_what_a_killed_recorder_began_the_next_one_completes(
    tmp_path: Path, objects: int
) -> None:
    async with a_room(tmp_path) as room:
        key = journal_key(await room.recordings.key(CALL))
        tapes = [
            Tape(room.folder, "applicant", "opus", key, 0.0),
            Tape(room.folder, "applicant", "vp8", key, 0.0),
        ]
        for tape in tapes:
            tape.send(0, 30)
        if objects > 3:
            room.end_call(tapes)
        first = await room.recorder()
        await room.until_objects(objects)
        first.send_signal(signal.SIGKILL)
        await first.wait()

        second, third = await room.recorder(), await room.recorder()
        if objects <= 3:
            room.end_call(tapes)
        recording = await room.stored()

        for process in (second, third):
            process.terminate()
            await process.wait()
        await check(room, recording)


async def check(room: Room, recording: Recording) -> None:
    opens = await room.recordings.key(CALL)
    manifest = await read_manifest(room.objects, opens, recording)
    [source] = manifest.sources
    [film] = source.films
    segments = manifest.span(film.name, 0, film.size)
    data = await read_film(room.objects, opens, segments, (0, film.size))
    assert decoded(data)[0] == PICTURES
    for one in segments:
        part = data[one.offset : one.offset + one.size]
        assert hashlib.sha256(part).hexdigest() == one.sha256
    told = {one.said.facts["manifest"] for one in await room.cases.entries()}
    assert told == {recording.manifest_sha256}
