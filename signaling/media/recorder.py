"""The recorder process: journals to sealed films, while the calls go on.

Whoever holds the lock on a call's folder records it; the lock dies with its
process, so the next recorder takes over at once and begins that call again from
its journals. They are removed only when films, manifest, row and evidence are
stored.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from casework.errors import NotFound, RecordingDestroyed
from casework.ports import CaseStore, Entry, ObjectStore, RecordingStore, VisitStore
from casework.recording import Recording, Step
from protocol.ids import CallId
from protocol.states import CallState, RecordingState
from signaling.media.call_recording import CallRecording
from signaling.media.journal_file import OVER

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
READ_EVERY = 1.0
ASK_EVERY = 1.0
"""Seconds between questions whether a call without a mark is over."""
LONGEST_WAIT = 60.0
"""Seconds between attempts at a call that cannot be recorded just now."""
FAILED = ".failed"
"""Set aside for a person: nothing is thrown away that was not stored."""


class Recorder:
    """Records every call that has a folder of journals."""

    def __init__(
        self,
        journals: Path,
        visits: VisitStore,
        cases: CaseStore,
        recordings: RecordingStore,
        objects: ObjectStore,
    ) -> None:
        self._journals = journals
        self._visits = visits
        self._cases = cases
        self._recordings = recordings
        self._objects = objects

    async def run(self) -> None:
        """Work until cancelled."""
        self._journals.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept: dict[Path, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                for folder in self._folders():
                    if folder not in kept or kept[folder].done():
                        kept[folder] = tasks.create_task(self._keep(folder))
                kept = {path: task for path, task in kept.items() if not task.done()}
                await asyncio.sleep(LOOK_EVERY)

    def _folders(self) -> list[Path]:
        found = sorted(self._journals.iterdir())
        return [path for path in found if path.is_dir() and not path.suffix]

    async def _keep(self, folder: Path) -> None:
        """Record one call; what fails is tried again, and nothing else waits."""
        wait = LOOK_EVERY
        while folder.is_dir():
            try:
                with locked(folder) as mine:
                    if mine:
                        await self.record(folder)
                        return
                    wait = LOOK_EVERY
            except Exception:
                log.exception("not recorded yet", extra={"call": folder.name})
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def record(self, folder: Path) -> None:
        """Record a call to its end; remove its journals once that is certain."""
        call = CallId(folder.name)
        try:
            recording = await self._known(call) or await self._follow(folder, call)
        except RecordingDestroyed:
            log.warning("journal of a destroyed recording", extra={"call": call})
            await asyncio.to_thread(shutil.rmtree, folder)
            return
        except NotFound:
            log.warning("journal of no known call", extra={"call": call})
            folder.rename(folder.with_suffix(f"{FAILED}-{time.time_ns()}"))
            return
        if recording.state is RecordingState.JOURNALED:
            await self._attest(recording)
        await asyncio.to_thread(shutil.rmtree, folder)
        log.info("recorded", extra={"call": call, "sources": len(recording.sources)})

    async def _known(self, call: CallId) -> Recording | None:
        """Return what a recorder that did not come to its end had stored."""
        try:
            return await self._recordings.load(call)
        except NotFound:
            return None

    async def _follow(self, folder: Path, call: CallId) -> Recording:
        visit = await self._visits.of_call(call)
        assert visit.case is not None, "a call is answered together with its case"
        key = await self._recordings.key(call)
        making = CallRecording(folder, visit.case, key, self._objects)
        ending = Ending(folder, self._visits)
        due = 0.0
        with contextlib.closing(making):
            while (ended := await ending.when()) is None:
                if time.monotonic() >= due:
                    await making.follow()
                    due = time.monotonic() + READ_EVERY
                await asyncio.sleep(LOOK_EVERY)
            await making.follow()
            recording = await making.finish(ended)
        await self._recordings.put(recording)
        return recording

    async def _attest(self, recording: Recording) -> None:
        """Tie the films to the evidence log; done again, it says the same."""
        step = Step.SOURCES_STORED if recording.manifest else Step.NOTHING_READABLE
        done = recording.after(step)
        facts = {
            "call": recording.call,
            "state": done.state.value,
            "manifest": recording.manifest_sha256,
        }
        entry = Entry(
            kind="recording-stored",
            at=time.time(),
            by="recorder",
            case=recording.case,
            facts=facts,
        )
        await self._cases.append(entry)
        await self._recordings.put(done)


class Ending:
    """Notices that a call is over, also when no worker is left to mark it."""

    def __init__(self, folder: Path, visits: VisitStore) -> None:
        self._folder = folder
        self._visits = visits
        self._asked = 0.0
        self._seemed = False

    async def when(self) -> float | None:
        """Return when the call ended, in seconds since 1970; ``None``: it goes on."""
        try:
            return (self._folder / OVER).stat().st_mtime
        except FileNotFoundError:
            now = time.monotonic()
            if now - self._asked < ASK_EVERY:
                return None
            self._asked = now
        # The second answer counts: a worker that is there marks it meanwhile.
        before = self._seemed
        visit = await self._visits.of_call(CallId(self._folder.name))
        self._seemed = visit.call_state is CallState.OVER
        return time.time() if before and self._seemed else None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock on a folder while inside; ``False`` if somebody else has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


async def run_until_stopped(recorder: Recorder) -> None:
    """Run ``recorder`` until SIGTERM or SIGINT."""
    working = asyncio.create_task(recorder.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        log.info("recorder stopped")
