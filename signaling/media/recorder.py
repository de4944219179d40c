"""The recorder process: journals of finished calls to sealed WebM files.

It looks at the journal folder twice a second. A call is finished when its folder
is marked ``over``, or when nothing was written for a minute and its visit has
ended without a worker to mark it. A folder is taken by renaming it, so two
recorders never take the same one; what a killed recorder had taken is taken again
at the next start.
"""

import asyncio
import hashlib
import logging
import shutil
import signal
import time
from pathlib import Path

import msgspec

from casework import vault
from casework.errors import NotFound
from casework.films import manifest_name, segment_name
from casework.ports import CaseStore, Entry, ObjectStore, RecordingStore, VisitStore
from casework.recording import (
    MOVES,
    Film,
    Gap,
    Manifest,
    Recording,
    Segment,
    Source,
    Step,
)
from protocol.ids import CallId, CaseId
from protocol.states import CallState, GapReason, Leg, RecordingState
from signaling.media.journal import OVER, journal_key
from signaling.media.remux import NothingReadable, Remuxed, remux

log = logging.getLogger(__name__)

SEGMENT = 1024 * 1024
LOOK_EVERY = 0.5
ABANDONED = 60.0
"""Seconds without a write after which a folder without a mark is taken."""
TAKEN = ".taken"
FAILED = ".failed"
"""Set aside for a person: nothing is thrown away that was not stored."""


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
            key = await self._recordings.key(call)
        except NotFound:
            log.warning("journal of no known call", extra={"call": call})
            taken.rename(folder.with_suffix(f"{FAILED}-{time.time_ns()}"))
            return None
        recording = await self._store(call, visit.case, key, taken)
        await self._recordings.put(recording)
        facts = {"call": call, "state": recording.state.value}
        facts["manifest"] = recording.manifest_sha256
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
                made = await asyncio.to_thread(remux, paths, journal_key(key))
            except NothingReadable:
                continue
            done.append((leg.value, made))
        if not done:
            lost = MOVES[RecordingState.JOURNALED][Step.NOTHING_READABLE]
            return Recording(call, case, time.time(), 0.0, lost)
        began = min(one.began for _, one in done)
        ended = max(one.began + one.seconds for _, one in done)
        seconds = ended - began
        segments = {
            f"{name}-1": await self._cut(call, key, name, one, one.began - began)
            for name, one in done
        }
        sources = tuple(_source(name, one, began, seconds) for name, one in done)
        coverage = min(one.coverage for one in sources)
        manifest = Manifest(call, case, began, seconds, coverage, sources, segments)
        plain = msgspec.json.encode(manifest)
        name = manifest_name(call)
        await self._objects.put(name, vault.seal(key, name, plain))
        stored = MOVES[RecordingState.JOURNALED][Step.SOURCES_STORED]
        return Recording(
            call,
            case,
            began,
            seconds,
            stored,
            coverage,
            sources,
            name,
            hashlib.sha256(plain).hexdigest(),
        )

    async def _cut(
        self, call: CallId, key: bytes, name: str, webm: Remuxed, offset: float
    ) -> tuple[Segment, ...]:
        segments = []
        for number, start in enumerate(range(0, len(webm.data), SEGMENT)):
            place = segment_name(call, f"{name}-1", number)
            data = webm.data[start : start + SEGMENT]
            await self._objects.put(place, vault.seal(key, place, data))
            digest = hashlib.sha256(data).hexdigest()
            ends = offset + webm.seconds
            segments.append(Segment(place, digest, len(data), start, offset, ends))
        return tuple(segments)


def _source(name: str, webm: Remuxed, began: float, seconds: float) -> Source:
    why = GapReason.NOTHING_CAME
    gaps = tuple(Gap(a - began, b - began, "video", why) for a, b in webm.gaps)
    missing = sum(gap.ends - gap.begins for gap in gaps)
    film = Film(
        name=f"{name}-1",
        media_type="video/webm",
        codecs=("vp8", "opus"),
        offset=webm.began - began,
        seconds=webm.seconds,
        frames=webm.frames,
        size=len(webm.data),
    )
    covered = 100 * (1 - missing / max(seconds, 0.001))
    return Source(name, covered, (film,), gaps)


async def run_until_stopped(recorder: Recorder) -> None:
    """Run ``recorder`` until SIGTERM or SIGINT."""
    working = asyncio.create_task(recorder.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        log.info("recorder stopped")
