"""Pages from shutter to clerk, and what a call hears: ``python -m bench.transfer``.

A real server runs as a child process; the terminal's uploader speaks to it through a
relay in this process that has the rate and the delay of a line. The relay ends TCP on
both sides, so slow start and losses of a real path are not in the figures.
"""

import asyncio
import contextlib
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec

from bench.processes import cpu_seconds
from bench.report import Promise, at_most, beside, quick, tell
from bench.shots import Cost, cost
from bench.transfer_ends import HOST, PAPER, QUEUE, Queue, Relay, Visit, a_server
from casework.stores.objects import Objects
from counter_client.letters import Letter, Outgoing
from counter_client.office import ServerOffice
from counter_client.outbox import Outbox
from counter_client.tray import NOT_FOUND
from counter_client.uploader import Uploader
from document_capture.capture import Draft
from document_capture.threads import use_one_thread
from protocol.ids import PageId
from protocol.states import Leg, Level
from protocol.views import CallView, CaseView, LineView, SessionView

RATE, ONE_WAY = 10_000_000, 0.030
THIN = 500_000
VOICE_EVERY, VOICE_BYTES = 0.020, 188
"""Opus at 64 kbit/s with RTP, UDP and IPv4 around it."""
LARGEST_PREVIEW = 70.0
"""KB; more is not a small first picture any more."""
NOBODY = "none"


class Terminal:
    """The uploader of a terminal on a line, in a visit."""

    def __init__(self, visit: Visit, port: int, outbox: Outbox) -> None:
        """Speak to ``port``, a server or a line that leads to it."""
        self.visit, self.outbox = visit, outbox
        office = ServerOffice(f"http://{HOST}:{port}", visit.device, visit.http)
        self.uploader = Uploader(office, outbox)
        self._follow(Level.GOOD)

    def _follow(self, level: Level) -> None:
        session = self.visit.session
        assert session is not None, "in a visit"
        assert session.call is not None, "in a call"
        self.uploader.follow(with_level(session, session.call, level))

    @contextlib.asynccontextmanager
    async def sending(self, level: Level) -> AsyncIterator[None]:
        """Send while the block runs, beside a call whose line is ``level``."""
        self._follow(level)
        task = asyncio.create_task(self.uploader.run(_refused))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def take(self, draft: Draft) -> None:
        """Hand a page over to be sent, as the tray does."""
        await self._keep(self._show(draft), draft)

    async def one_page(self, draft: Draft) -> tuple[float, float, float]:
        """Send a page; return the seconds to disk, to its preview, to all of it."""
        began, visit = time.monotonic(), self.visit
        shown = self._show(draft)
        keeping = asyncio.create_task(self._keep(shown, draft))
        await visit.until(lambda: visit.shows(shown.id, whole=False))
        await visit.fetch(shown.id)
        first = time.monotonic() - began
        disk = await keeping - began
        await visit.until(lambda: visit.shows(shown.id, whole=True))
        whole = time.monotonic() - began
        for _ in range(3000):
            if not self.outbox.waiting():
                break
            await asyncio.sleep(0.01)
        return disk, first, whole

    def _show(self, draft: Draft) -> Outgoing:
        case = self._case()
        earlier = [one for paper in case.materials for one in paper.pages]
        outgoing = Outgoing(
            material=PAPER,
            id=PageId(secrets.token_hex(16)),
            preview=draft.preview,
            replaces=earlier[0].id if earlier else PageId(""),
        )
        return self.uploader.show(case.id, outgoing)

    async def _keep(self, shown: Outgoing, draft: Draft) -> float:
        """Make the rest of a page; return when all of it was safe on the disk."""
        made = await asyncio.to_thread(draft.whole)
        page = msgspec.structs.replace(shown, page=made.page, original=made.original)
        await self.uploader.take(self._case().id, page)
        return time.monotonic()

    def _case(self) -> CaseView:
        session = self.visit.session
        assert session is not None, "in a visit"
        assert session.case is not None, "in a visit"
        return session.case


def with_level(session: SessionView, call: CallView, level: Level) -> SessionView:
    """Return ``session`` as if the applicant's line were ``level``."""
    replace = msgspec.structs.replace
    lines = {Leg.APPLICANT: LineView(level=level)}
    return replace(session, call=replace(call, lines=lines))


async def _refused(letter: Letter, code: str) -> None:
    # On a thin line the next page replaces one that is still on its way.
    if code != NOT_FOUND:
        raise AssertionError(f"{letter.page}: {code}")


async def cpu_to_send(
    terminal: Terminal, server: int, draft: Draft, count: int
) -> float:
    """Return the CPU seconds of both ends for a page, without a line between them.

    The line is this process's own work, a segment of 1,400 bytes at a time.
    """
    began = time.process_time() + cpu_seconds(server)
    async with terminal.sending(Level.GOOD):
        for _ in range(count):
            await terminal.one_page(draft)
    return (time.process_time() + cpu_seconds(server) - began) / count


async def from_shutter(
    terminal: Terminal, work: float, shot: Cost, count: int
) -> list[Promise]:
    """Measure from the finished picture to the clerk, through 10 Mbit/s and 60 ms."""
    draft, times = shot.draft, []
    for _ in range(count):
        async with terminal.sending(Level.GOOD):
            times.append(await terminal.one_page(draft))
    disk, first, whole = (list(column) for column in zip(*times, strict=True))
    middle = statistics.median
    line = f"line alone: {len(draft.preview) * 8 / RATE + 2 * ONE_WAY:.3f} s"
    size = len(draft.preview) / 1000
    seen, accepted = (shot.followed + middle(one) for one in (first, whole))
    name = "CPU from shutter to preview, 12 megapixels"
    searched, followed = 1000 * shot.searched, 1000 * shot.followed
    rest, work = 1000 * shot.rest, 1000 * (work - shot.rest)
    return [
        at_most("preview of 12 megapixels", "KB", LARGEST_PREVIEW, size, NOBODY),
        at_most(f"{name}, paper followed", "ms", 200, followed, NOBODY),
        at_most(f"{name}, whole frame searched", "ms", 200, searched, NOBODY),
        at_most("CPU of page and original, made meanwhile", "ms", 100, rest, NOBODY),
        at_most("CPU to send it, terminal and server", "ms", 200, work, NOBODY),
        at_most("page safe on the disk", "ms", 100, 1000 * middle(disk), NOBODY),
        at_most("picture to clerk's preview", "ms", 200, 1000 * middle(first), line),
        at_most("shutter to clerk's preview", "ms", 400, 1000 * seen, NOBODY),
        at_most("picture to page accepted", "ms", 1000, 1000 * middle(whole), NOBODY),
        at_most("shutter to page accepted", "ms", 1000, 1000 * accepted, NOBODY),
    ]


async def beside_a_voice(
    visit: Visit, outbox: Outbox, port: int, draft: Draft
) -> list[Promise]:
    """Measure what speech on the same 500 kbit/s hears of the pages sent beside it."""
    seconds = 1.0 if quick() else 10.0
    found = {}
    for level in (Level.GOOD, Level.WEAK, Level.BAD):
        async with Relay(port, THIN, ONE_WAY).open() as thin:
            terminal = Terminal(visit, thin.port, outbox)
            await terminal.take(draft)
            async with terminal.sending(level):
                found[level] = await _voice(thin.up, seconds)
    loudest = found[Level.GOOD]
    promises = []
    for level, most in ((Level.WEAK, 150.0), (Level.BAD, 100.0)):
        delay, lost = found[level]
        name = f"speech beside pages, {level.value} line"
        peer = "pages without back-pressure"
        late = at_most(f"{name}, p95 delay", "ms", most, delay, peer)
        gone = at_most(f"{name}, lost", "%", 1.0, lost, peer)
        promises += [beside(late, loudest[0]), beside(gone, loudest[1])]
    return promises


async def _voice(line: Queue, seconds: float) -> tuple[float, float]:
    """Speak over ``line``; return the 95th percentile of delay in ms, and % lost."""
    loop = asyncio.get_running_loop()
    delays, lost, at = list[float](), 0, loop.time()
    count = int(seconds / VOICE_EVERY)
    for _ in range(count):
        at += VOICE_EVERY
        await asyncio.sleep(max(0.0, at - loop.time()))
        now = loop.time()
        if line.backlog(now) > QUEUE:
            lost += 1
        else:
            delays.append(line.put(now, VOICE_BYTES) - now)
    worst = statistics.quantiles(delays, n=20)[-1] if len(delays) > 1 else QUEUE
    return 1000 * worst, 100 * lost / count


async def receipt(folder: Path) -> list[Promise]:
    """Measure what reading back costs after storing, for an original of 5 MB."""
    objects, data = Objects(str(folder / "objects")), secrets.token_bytes(5_000_000)
    put, get = [], []
    for number in range(5):
        began = time.monotonic()
        await objects.put(f"a/{number}", data)
        stored = time.monotonic()
        kept = await objects.get(f"a/{number}")
        assert kept == data, "a folder keeps what it is given"
        put.append(stored - began)
        get.append(time.monotonic() - stored)
    ours, theirs = 1000 * statistics.median(get), 1000 * statistics.median(put)
    one = at_most("reading back 5 MB", "ms", 50, ours, "storing it, synced")
    return [beside(one, theirs)]


async def measure() -> list[Promise]:
    """Run everything on one server."""
    use_one_thread()
    jar = aiohttp.CookieJar(unsafe=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            a_server(folder) as (port, server),
            aiohttp.ClientSession(cookie_jar=jar) as http,
        ):
            shot = cost(1)
            visit = Visit(f"http://{HOST}:{port}", folder, http)
            direct = ServerOffice(visit.base, visit.device, http)
            listening = await visit.begin(direct)
            outbox = Outbox(folder / "outbox", visit.device)
            count = 2 if quick() else 15
            near = Terminal(visit, port, outbox)
            work = await cpu_to_send(near, server, shot.draft, count)
            async with Relay(port, RATE, ONE_WAY).open() as fast:
                far = Terminal(visit, fast.port, outbox)
                promises = await from_shutter(far, work, shot, count)
            promises += await beside_a_voice(visit, outbox, port, shot.draft)
            promises += await receipt(folder)
            listening.cancel()
    return promises


def transfer_promises() -> list[Promise]:
    """Return what ``bench/documents.py`` tells of the transfer."""
    return asyncio.run(measure())


def main() -> int:
    """Measure and print."""
    return tell("transfer", transfer_promises())


if __name__ == "__main__":
    sys.exit(main())
