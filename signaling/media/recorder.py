"""The recorder process: journals of finished calls to sealed WebM files.

It looks at the journal folder twice a second. A call is finished when its folder
is marked ``over``, or when nothing was written for a minute and the worker that
wrote it is gone. A folder is taken by renaming it, so two recorders never take
the same one; what a killed recorder had taken is taken again at the next start.
"""

import asyncio
import hashlib
import logging
import shutil
import signal
import time
from pathlib import Path

from casework import vault
from casework.errors import NotFound
from casework.ports import CaseStore, Entry, ObjectStore, RecordingStore, VisitStore
from casework.recording import MOVES, Gap, Recording, Source, Step
from protocol.ids import CallId, CaseId
from protocol.states import Leg, RecordingState
from signaling.media.journal import OVER
from signaling.media.remux import NothingReadable, Remuxed, remux

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
ABANDONED = 60.0
"""Seconds without a write after which a folder without a mark is taken."""
TAKEN = ".taken"


def journal_key(case_key: bytes, call: CallId) -> bytes:
    """Return the key that seals the journals of ``call``."""
    return vault.derived(case_key, f"journal/{call}")


class Recorder:
    """Turns one journal folder after the other into a recording."""

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
        for left in self._journals.glob(f"*{TAKEN}"):
            left.rename(left.with_suffix(""))
            (left.with_suffix("") / OVER).touch()
        while True:
            for folder in self._finished(time.time()):
                await self.record(folder)
            await asyncio.sleep(LOOK_EVERY)

    def _finished(self, now: float) -> list[Path]:
        found = []
        for folder in sorted(self._journals.iterdir()):
            if not folder.is_dir() or folder.suffix == TAKEN:
                continue
            times = [path.stat().st_mtime for path in folder.iterdir()]
            if (folder / OVER).exists() or now - max(times, default=now) > ABANDONED:
                found.append(folder)
        return found

    async def record(self, folder: Path) -> Recording | None:
        """Remux, seal and store one folder; remove it once that is certain."""
        call = CallId(folder.name)
        taken = folder.with_suffix(TAKEN)
        try:
            folder.rename(taken)
        except FileNotFoundError:
            return None  # another recorder was faster
        try:
            visit = await self._visits.of_call(call)
            assert visit.case is not None, "a call is answered together with its case"
            key = await self._cases.key(visit.case)
        except NotFound:
            log.warning("journal of no known call", extra={"call": call})
            shutil.rmtree(taken)
            return None
        recording = await self._store(call, visit.case, key, taken)
        await self._recordings.put(recording)
        facts = {"call": call, "state": recording.state.value}
        facts |= {f"sha256-{one.name}": one.sha256 for one in recording.sources}
        entry = Entry(
            kind="recording-stored",
            at=time.time(),
            by="recorder",
            case=visit.case,
            facts=facts,
        )
        await self._cases.append(entry)
        shutil.rmtree(taken)
        log.info("recorded", extra={"call": call, "sources": len(recording.sources)})
        return recording

    async def _store(
        self, call: CallId, case: CaseId, key: bytes, folder: Path
    ) -> Recording:
        done: list[tuple[str, Remuxed]] = []
        for leg in Leg:
            paths = sorted(folder.glob(f"{leg.value}-*.rtpj"))
            try:
                made = await asyncio.to_thread(remux, paths, journal_key(key, call))
            except NothingReadable:
                continue
            done.append((leg.value, made))
        if not done:
            lost = MOVES[RecordingState.JOURNALED][Step.NOTHING_READABLE]
            return Recording(call, case, time.time(), 0.0, lost)
        began = min(one.began for _, one in done)
        ended = max(one.began + one.seconds for _, one in done)
        sources = [await self._source(call, case, key, began, one) for one in done]
        stored = MOVES[RecordingState.JOURNALED][Step.SOURCES_STORED]
        return Recording(call, case, began, ended - began, stored, tuple(sources))

    async def _source(
        self,
        call: CallId,
        case: CaseId,
        key: bytes,
        began: float,
        made: tuple[str, Remuxed],
    ) -> Source:
        name, webm = made
        place = f"cases/{case}/recording-{call}-{name}"
        await self._objects.put(place, vault.seal(key, place, webm.data))
        return Source(
            name=name,
            key=place,
            sha256=hashlib.sha256(webm.data).hexdigest(),
            size=len(webm.data),
            offset=webm.began - began,
            seconds=webm.seconds,
            frames=webm.frames,
            gaps=tuple(Gap(a - began, b - began) for a, b in webm.gaps),
        )


async def run_until_stopped(recorder: Recorder) -> None:
    """Run ``recorder`` until SIGTERM or SIGINT."""
    working = asyncio.create_task(recorder.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        log.info("recorder stopped")
