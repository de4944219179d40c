"""The promises that two Chromium pages see: first picture, quality on bad lines."""

import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from playwright.async_api import Page

from bench.janus import library, running_janus
from bench.media_pages import (
    Condition,
    JanusServer,
    OurServer,
    Server,
    chromium,
    two_pages,
)
from bench.media_quality import (
    BAD_LINES,
    LOOPBACK,
    LOSSY,
    Quality,
    Soon,
    quality,
    soon,
)
from bench.report import Promise, at_least, at_most, beside, missing
from bench.worker import our_worker

JANUS = "Janus 1.1 videoroom"
MOST_BITS = 1_200_000
"""What the sender would use of a line without a limit."""
MOST_CONCEALED = 2.0
LEAST_USE = 80.0
LEAST_FRAMES = 20.0
Both = tuple[Server, Server | None]


@contextlib.asynccontextmanager
async def _servers() -> AsyncIterator[Both]:
    async with contextlib.AsyncExitStack() as closing:
        folders = [
            Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            for _ in range(2)
        ]
        worker = await closing.enter_async_context(our_worker(folders[0]))
        janus = None
        if library():
            running = await closing.enter_async_context(running_janus(folders[1]))
            janus = JanusServer(running)
        yield OurServer(worker), janus


async def on_lines(*, few: bool) -> list[Promise]:
    """Measure; ``few``: one bad line and fewer calls, for a short run."""
    if chromium() is None:
        return [missing("touch to first picture", "s", 0.4, "Chromium")]
    numbers = itertools.count(1)
    promises = []
    async with _servers() as servers, two_pages() as pages:
        # The first call of a browser opens its devices for the first time.
        await soon(lambda: next(numbers), servers[0], pages, LOOPBACK, 1)
        for condition, targets in ((LOOPBACK, (0.4, 0.4)), (LOSSY, (0.8, 0.8))):
            times = 1 if few else 5
            found = [
                await soon(lambda: next(numbers), one, pages, condition, times)
                for one in servers
                if one
            ]
            promises += _first_pictures(condition, targets, found)
        for condition in BAD_LINES[2:3] if few else BAD_LINES:
            seconds = (1.0, 2.5) if few else (7.0, 12.0)
            got = await _qualities(servers, pages, numbers, (condition, seconds))
            promises += _of_line(condition, got)
    return promises


def _first_pictures(
    condition: Condition, targets: tuple[float, float], found: list[Soon]
) -> list[Promise]:
    where = condition.name
    mine, theirs = found[0], found[1] if len(found) > 1 else None
    touch = at_most(
        f"touch to first decoded picture, {where}", "s", targets[0], mine.touch, JANUS
    )
    offer = at_most(
        f"offer to first decoded picture, {where}", "s", targets[1], mine.offer, JANUS
    )
    return [
        beside(touch, theirs.touch if theirs else None),
        beside(offer, theirs.offer if theirs else None),
    ]


async def _qualities(
    servers: Both,
    pages: tuple[Page, Page],
    numbers: Iterator[int],
    how: tuple[Condition, tuple[float, float]],
) -> list[Quality]:
    condition, seconds = how
    return [
        await quality(one, pages, next(numbers), condition, seconds)
        for one in servers
        if one
    ]


def _of_line(condition: Condition, got: list[Quality]) -> list[Promise]:
    mine, theirs = got[0], got[1] if len(got) > 1 else None
    where = condition.name
    promises = [
        beside(
            at_least(f"pictures, {where}", "1/s", LEAST_FRAMES, mine.frames, JANUS),
            theirs.frames if theirs else None,
        ),
        beside(
            at_most(f"picture stood, {where}", "%", 2.0, 100 * mine.frozen, JANUS),
            100 * theirs.frozen if theirs else None,
        ),
        beside(
            at_most(
                f"sound made up, {where}",
                "%",
                MOST_CONCEALED,
                100 * mine.concealed,
                JANUS,
            ),
            100 * theirs.concealed if theirs else None,
        ),
    ]
    line = condition.rate or MOST_BITS
    name = f"use of the line, {where}, {mine.bits / 1000:.0f} kbit/s"
    use = at_least(name, "%", LEAST_USE, 100 * mine.bits / line, JANUS)
    return [*promises, beside(use, 100 * theirs.bits / line if theirs else None)]
