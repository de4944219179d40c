"""Recordings: how soon after a call they play, and what a kill costs."""

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bench.janus import running_janus
from bench.media_calls import OfJanus, Ours, name_of
from bench.media_load import Load
from bench.packets import Media
from bench.worker import RECORDING_KEY, OurWorker, our_worker
from casework.stores.objects import Objects
from protocol.ids import CaseId
from signaling.media.call_recording import CallRecording
from signaling.media.journal_file import (
    ENDING,
    OVER,
    Kind,
    journal_key,
    read_journal,
)
from signaling.media.recorder import LOOK_EVERY

KEY = journal_key(RECORDING_KEY)
CALL = name_of(0)
SOURCES = 3
AT_ONCE = 4
"""Workers that are killed in one round."""
BEFORE_KILL = 1.0, 2.5
"""Seconds of call until the kill, at random in between."""


class NotPlayable(Exception):
    """A recording is missing, or a tool could not make a file of it."""


@contextlib.asynccontextmanager
async def _loaded(folder: Path, media: Media) -> AsyncIterator[OurWorker]:
    """Run a worker with one call under load."""
    async with our_worker(folder) as worker:
        clients = await Ours(worker).call(0)
        load = asyncio.create_task(Load(media, clients).run(3600))
        try:
            yield worker
        finally:
            load.cancel()
            await asyncio.wait([load])
            for client in clients:
                client.close()


async def playable(media: Media, seconds: float) -> float:
    """Return seconds from the end of a call until films of all sources are stored."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as place:
        folder = Path(place)
        async with _loaded(folder, media) as worker:
            journals = worker.journals / CALL
            recording = asyncio.create_task(_recorded(journals, folder / "objects"))
            await asyncio.sleep(seconds)
            began = time.monotonic()
            worker.end(CALL)
            films = await recording
            if films < SOURCES:
                raise NotPlayable(f"films of {films} of {SOURCES} sources")
            return time.monotonic() - began


async def _recorded(journals: Path, stored: Path) -> int:
    """Do what the recorder does with a call; return how many sources have a film."""
    stored.mkdir()
    objects = Objects(str(stored))
    making = CallRecording(journals, CaseId("bench"), RECORDING_KEY, objects)
    with contextlib.closing(making):
        over = False
        while not over:
            over = (journals / OVER).exists()
            await making.follow()
            await asyncio.sleep(0 if over else LOOK_EVERY)
        recording = await making.finish(time.time())
    return sum(bool(source.films) for source in recording.sources)


async def janus_playable(media: Media, seconds: float) -> float:
    """Return seconds from the end of a call until janus-pp-rec has made its files."""
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as place:
        folder = Path(place)
        async with running_janus(folder) as janus:
            clients = await OfJanus(janus).call(0)
            await Load(media, clients).run(seconds)
            began = time.monotonic()
            await janus.close_room(1000)
            for client in clients:
                client.close()
            raw = sorted(janus.recordings.glob("*.mjr"))
            if len(raw) < 5:
                raise NotPlayable(f"{len(raw)} of 5 recordings")
            await asyncio.gather(*(_process(one) for one in raw))
            return time.monotonic() - began


async def _process(raw: Path) -> None:
    film = raw.with_suffix(".opus" if "-audio-" in raw.name else ".webm")
    tool = await asyncio.create_subprocess_exec(
        "janus-pp-rec",
        str(raw),
        str(film),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await tool.wait() or not film.exists():
        raise NotPlayable(raw.name)


async def lost_by_kills(media: Media, count: int) -> list[float]:
    """Return, per kill -9 of a worker, the seconds that its journals lack."""
    found: list[float] = []
    while len(found) < count:
        some = min(AT_ONCE, count - len(found))
        found += await asyncio.gather(*(_lost_by_kill(media) for _ in range(some)))
    return found


async def _lost_by_kill(media: Media) -> float:
    with tempfile.TemporaryDirectory(prefix="counter-bench-") as place:
        async with _loaded(Path(place), media) as worker:
            await asyncio.sleep(random.uniform(*BEFORE_KILL))
            worker.process.kill()
            killed = time.time()
            await worker.process.wait()
            journals = sorted((worker.journals / CALL).glob(f"*{ENDING}"))
            if len(journals) < 5:
                raise NotPlayable(f"{len(journals)} of 5 journals")
            return killed - min(_last(path) for path in journals)


def _last(journal: Path) -> float:
    """Return when the last packet of a journal came, in seconds since 1970."""
    packets = [one.at for one in read_journal(journal, KEY) if one.kind == Kind.PACKET]
    return max(packets, default=0.0)
