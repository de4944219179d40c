"""What a receiver behind a bad line gets, and how soon the first picture comes."""

import asyncio
import dataclasses
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from playwright.async_api import Page

from bench.media_pages import Condition, Server, Track
from tests.line import HEADERS

FIRST_SECOND = 1.0
THERE_BEFORE = 0.5
"""Seconds that a sender is there when a receiver comes."""
BAD_LINES: Sequence[Condition] = (
    Condition(name="60 ms", delay=0.03),
    Condition(name="60 ms, 1 % lost", delay=0.03, loss=0.01),
    Condition(name="60 ms, 3 % lost", delay=0.03, loss=0.03),
    Condition(name="60 ms, 5 % lost", delay=0.03, loss=0.05),
    Condition(name="60 ms, 500 kbit/s", delay=0.03, rate=500_000),
)
LOOPBACK = Condition(name="loopback")
LOSSY = Condition(name="60 ms, 2 % lost", delay=0.03, loss=0.02)


@dataclasses.dataclass(frozen=True, slots=True)
class Quality:
    """What the receiver's own statistics say."""

    frames: float
    """Decoded pictures per second."""
    freezes: float
    """Freezes per minute."""
    frozen: float
    """Share of the time that the picture stood, 0 to 1."""
    bits: float
    """Bits per second on the line, headers included."""
    concealed: float
    """Share of the sound that was made up, after the first second, 0 to 1."""


NOTHING = Quality(frames=0.0, freezes=0.0, frozen=1.0, bits=0.0, concealed=1.0)
PATIENCE = 15.0
"""Seconds until a picture that has not come counts as none."""


class NoPicture(Exception):
    """No picture came while anybody would have waited."""


async def _got(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate("() => received()")
    return found


async def quality(
    server: Server,
    pages: tuple[Page, Page],
    number: int,
    condition: Condition,
    seconds: tuple[float, float],
) -> Quality:
    """Measure one call. ``seconds``: until both estimates settled, and of measuring."""
    sender, receiver = pages
    track = Track(condition)
    try:
        await sender.evaluate("() => open(true)")
        await server.send(sender, number)
        await server.receive(receiver, number, track)
        await _first_picture(receiver)
        await asyncio.sleep(FIRST_SECOND)
        heard = await _got(receiver)
        await asyncio.sleep(seconds[0])
        before = await _got(receiver)
        await asyncio.sleep(seconds[1])
        after = await _got(receiver)
    except NoPicture:
        return NOTHING
    finally:
        track.close()
        for page in pages:
            await page.evaluate("() => close()")
    passed = (after["at"] - before["at"]) / 1000

    def grown(name: str) -> float:
        return float(after[name] - before[name])

    return Quality(
        frames=grown("frames") / passed,
        freezes=60 * grown("freezes") / passed,
        frozen=grown("frozen") / passed,
        bits=8 * (grown("bytes") + HEADERS * grown("packets")) / passed,
        concealed=(after["concealed"] - heard["concealed"])
        / max(1, after["samples"] - heard["samples"]),
    )


async def _first_picture(receiver: Page) -> float:
    try:
        async with asyncio.timeout(PATIENCE):
            at: float = await receiver.evaluate("() => seen()")
    except TimeoutError as error:
        raise NoPicture from error
    return at


@dataclasses.dataclass(frozen=True, slots=True)
class Soon:
    """Median seconds until the first decoded picture."""

    touch: float
    """From a touch, when the sender opens its devices and both connect."""
    offer: float
    """From a receiver's wish to connect to a sender that is there."""


async def soon(
    make: Callable[[], int],
    server: Server,
    pages: tuple[Page, Page],
    condition: Condition,
    times: int,
) -> Soon:
    """Measure ``times`` calls; ``make`` gives each its number."""
    touches: list[float] = []
    offers: list[float] = []
    for _ in range(times):
        touches.append(await _once(server, pages, (make(), condition), late=False))
        offers.append(await _once(server, pages, (make(), condition), late=True))
    return Soon(statistics.median(touches), statistics.median(offers))


async def _once(
    server: Server, pages: tuple[Page, Page], call: tuple[int, Condition], *, late: bool
) -> float:
    """Return seconds to the picture; ``late``: the sender was there before."""
    sender, receiver = pages
    number, condition = call
    track = Track(condition)
    began: float = await sender.evaluate("() => clock()")
    try:
        await sender.evaluate("() => open(false)")
        await server.send(sender, number)
        if late:
            await asyncio.sleep(THERE_BEFORE)
            began = await sender.evaluate("() => clock()")
        # What is said over the server's line takes a round trip, too.
        await asyncio.sleep(2 * condition.delay)
        await server.receive(receiver, number, track)
        return (await _first_picture(receiver) - began) / 1000
    except NoPicture:
        return PATIENCE
    finally:
        track.close()
        for page in pages:
            await page.evaluate("() => close()")
