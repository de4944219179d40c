"""What outlives a recorder, a way to kill it at any step, and what must be so."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from casework import vault
from casework.errors import NotFound, RecordingDestroyed
from casework.films import read_film, read_manifest
from casework.ports import Entry
from casework.recording import Manifest, Recording
from casework.visit import Visit
from protocol.ids import CallId
from protocol.states import CallState, RecordingState
from signaling.media.journal_file import OVER, journal_key
from signaling.media.recorder import Recorder
from tests.builders import a_visit
from tests.signaling.media.films import decoded
from tests.signaling.media.tapes import NOON, Tape

CALL = CallId("a" * 32)
KEY = b"r" * 32


class Crash(BaseException):
    """What a kill looks like from inside."""


class Fate:
    """Lets a number of things be done, and then the process dies."""

    def __init__(
        self,
        steps: int = 10**9,
        *,
        after: bool = False,
        how: BaseException | None = None,
    ) -> None:
        self.left = steps
        self.after = after
        self.how = how or Crash()

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise self.how
        yield
        if self.left == 0:
            raise self.how


class World:
    """What outlives a recorder: objects, rows, evidence, and the visit."""

    def __init__(self, folder: Path) -> None:
        self.journals = folder / "journal"
        self.folder = self.journals / CALL
        self.journals.mkdir()
        self.sealed: dict[str, bytes] = {}
        self.rows: dict[CallId, Recording] = {}
        self.entries: list[Entry] = []
        self.destroyed = False
        self.fate = Fate()
        self.visit: Visit | None = a_visit(call=CALL, call_state=CallState.TALKING)

    async def key(self, _call: CallId) -> bytes:
        if self.destroyed:
            raise RecordingDestroyed(CALL)
        return KEY

    async def of_call(self, call: CallId) -> Visit:
        if self.visit is None or call != self.visit.call:
            raise NotFound(call)
        return self.visit

    async def append(self, entry: Entry) -> int:
        with self.fate.step():
            self.entries.append(entry)
        return len(self.entries)

    async def load(self, call: CallId) -> Recording:
        if call not in self.rows:
            raise NotFound(call)
        return self.rows[call]

    async def put(self, *what: object) -> None:
        with self.fate.step():
            match what:
                case (Recording() as recording,):
                    self.rows[recording.call] = recording
                case (str(name), bytes(data)):
                    self.sealed[name] = data

    async def get(self, name: str) -> bytes:
        return self.sealed[name]

    async def get_range(self, name: str, start: int, length: int) -> bytes:
        return self.sealed[name][start : start + length]

    async def delete_all(self, prefix: str) -> None:
        self.sealed = {k: v for k, v in self.sealed.items() if not k.startswith(prefix)}

    def recorder(self) -> Recorder:
        world: object = self
        return Recorder(self.journals, world, world, world, world)  # type: ignore[arg-type]  # all ports at once

    def tapes(self, seconds: float = 20) -> list[Tape]:
        key = journal_key(KEY)
        made = [
            Tape(self.folder, "applicant", "opus", key, 0.0),
            Tape(self.folder, "applicant", "vp8", key, 0.0),
            Tape(self.folder, "document", "vp8", key, 0.0),
        ]
        return [tape.send(0, seconds) for tape in made]

    def over(self, at: float) -> None:
        mark = self.folder / OVER
        mark.touch()
        os.utime(mark, (NOON + at, NOON + at))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so; twenty seconds are more than it ever needs."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never was")


async def the_manifest(world: World) -> Manifest:
    return await read_manifest(world, KEY, world.rows[CALL])


async def check_recording(world: World, pictures: dict[str, int]) -> Manifest:
    """Everything that a manifest says is so, down to the last byte."""
    row = world.rows[CALL]
    assert row.state is RecordingState.STORED
    manifest = await the_manifest(world)
    plain = vault.unseal(KEY, row.manifest, world.sealed[row.manifest])
    digest = hashlib.sha256(plain).hexdigest()
    assert {one.facts["manifest"] for one in world.entries} == {digest}
    for source in manifest.sources:
        for film in source.films:
            segments = manifest.span(film.name, 0, film.size)
            data = await read_film(world, KEY, segments, (0, film.size))
            assert len(data) == film.size
            for one in segments:
                part = data[one.offset : one.offset + one.size]
                assert hashlib.sha256(part).hexdigest() == one.sha256
                assert one.ends - one.begins <= 10
            assert decoded(data)[0] == film.frames == pictures[source.name]
    assert {source.name for source in manifest.sources} == set(pictures)
    assert not world.folder.exists()
    return manifest
