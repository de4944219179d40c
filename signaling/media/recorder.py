"""The recorder process: journals of finished calls to sealed WebM files.

It looks at the journal folder twice a second. A call is finished when its folder
is marked ``over``, or when nothing was written for a minute and its visit has
ended without a worker to mark it. A folder is taken by renaming it, so two
recorders never take the same one; what a killed recorder had taken is taken again
at the next start.
"""

import asyncio
import contextlib
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
from protocol.states import CallState, Leg, RecordingState
from signaling.media.journal import OVER
from signaling.media.remux import NothingReadable, Remuxed, remux

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
ABANDONED = 60.0
"""Seconds without a write after which a folder without a mark is taken."""
TAKEN = ".taken"
FAILED = ".failed"
"""Set aside for a person: nothing is thrown away that was not stored."""


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
            self._put_back(left)
        while True:
            for folder in self._marked():
                await self._try(folder)
            for folder in self._quiet(time.time()):
                if await self._is_over(CallId(folder.name)):
                    await self._try(folder)
            await asyncio.sleep(LOOK_EVERY)

    def _put_back(self, left: Path) -> None:
        """A recorder was killed at this folder: it is taken again."""
        target = left.with_suffix("")
        target.mkdir(exist_ok=True, mode=0o700)
        for path in left.iterdir():
            path.rename(target / path.name)
        left.rmdir()
        (target / OVER).touch()

    async def _try(self, folder: Path) -> None:
        """Record a folder; one that cannot be is set aside, the others go on."""
        try:
            await self.record(folder)
        except Exception:
            log.exception("not recorded", extra={"call": folder.name})
            taken = folder.with_suffix(TAKEN)
            if taken.exists():
                taken.rename(folder.with_suffix(f"{FAILED}-{time.time_ns()}"))

    def _folders(self) -> list[Path]:
        found = sorted(self._journals.iterdir())
        return [path for path in found if path.is_dir() and not path.suffix]

    def _marked(self) -> list[Path]:
        return [path for path in self._folders() if (path / OVER).exists()]

    def _quiet(self, now: float) -> list[Path]:
        """Return folders that nobody has written to for a while."""
        return [
            folder
            for folder in self._folders()
            if now - max((p.stat().st_mtime for p in folder.iterdir()), default=now)
            > ABANDONED
        ]

    async def _is_over(self, call: CallId) -> bool:
        """Whether nothing can be added to a call's journals any more."""
        try:
            visit = await self._visits.of_call(call)
        except NotFound:
            return False
        return visit.call_state is CallState.OVER

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
            taken.rename(folder.with_suffix(f"{FAILED}-{time.time_ns()}"))
            return None
        recording = await self._store(call, visit.case, key, taken)
        with contextlib.suppress(NotFound):
            recording = recording.after(await self._recordings.load(call))
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
        place = f"cases/{case}/recording-{call}-{name}-{made_at(webm)}"
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


def made_at(webm: Remuxed) -> int:
    """Return when a film begins, in milliseconds: two parts are two objects."""
    return int(webm.began * 1000)


async def run_until_stopped(recorder: Recorder) -> None:
    """Run ``recorder`` until SIGTERM or SIGINT."""
    working = asyncio.create_task(recorder.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        log.info("recorder stopped")
