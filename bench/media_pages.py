"""Two Chromium pages, one that sends and one that receives, through either server.

What is bad about a line is played by ``tests/line.py``: a page is given the
line's port in place of the server's.
"""

import contextlib
import dataclasses
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Page, async_playwright

from bench.janus import Janus
from bench.light_client import read_there
from bench.worker import OurWorker
from protocol.states import Leg
from signaling.journey import BROWSERS
from signaling.journey_sight import FLAGS
from tests.line import Line, Way

PAGE = Path(__file__).with_name("media_page.html").read_text("utf-8")
ADDRESS = "http://localhost:9/"
"""Nothing listens there: the browser is given ``PAGE`` before it asks."""


def chromium() -> str | None:
    """Return the path of Chromium, or ``None`` if it is not installed."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextlib.asynccontextmanager
async def two_pages() -> AsyncIterator[tuple[Page, Page]]:
    """Open a sender's and a receiver's page, each in a browser of its own."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    async with async_playwright() as tools, contextlib.AsyncExitStack() as closing:
        pages = []
        for _ in range(2):
            browser = await tools.chromium.launch(
                executable_path=chromium(), args=flags
            )
            closing.push_async_callback(browser.close)
            context = await browser.new_context(permissions=["camera", "microphone"])
            page = await context.new_page()
            await page.route(
                f"{ADDRESS}**",
                lambda route: route.fulfill(body=PAGE, content_type="text/html"),
            )
            await page.goto(ADDRESS)
            pages.append(page)
        yield pages[0], pages[1]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the receiver's line does to datagrams, both ways."""

    name: str
    delay: float = 0.0
    """Seconds one way."""
    loss: float = 0.0
    rate: float = 0.0
    """Bits per second towards the receiver."""

    @property
    def perfect(self) -> bool:
        """Whether no relay is needed."""
        return not (self.delay or self.loss or self.rate)


class Track:
    """The lines of one page's connections under a condition."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._lines: list[Line] = []

    def through(self, sdp: str) -> str:
        """Return a server's description with the line's address in it."""
        if self._condition.perfect:
            return sdp
        bad = self._condition
        host, port = read_there(sdp).address[:2]
        line = Line(
            (host, port),
            up=Way(delay=bad.delay, loss=bad.loss, seed=1),
            down=Way(delay=bad.delay, loss=bad.loss, rate=bad.rate, seed=2),
        )
        self._lines.append(line)
        return line.through(sdp)

    def hidden(self, sdp: str) -> str:
        """Return a page's description without a way around the line."""
        if self._condition.perfect:
            return sdp
        # TEST-NET-1: the server's own checks go nowhere, the page's are answered.
        return re.sub(
            r"(a=candidate:(?:\S+ ){4})\S+ \d+ typ", r"\g<1>192.0.2.1 9 typ", sdp
        )

    def close(self) -> None:
        """Carry nothing more."""
        for line in self._lines:
            line.close()


class Server(Protocol):
    """A server that pages can call each other through; one call a number."""

    async def send(self, page: Page, number: int) -> None:
        """Connect a page that sends what it has opened."""
        ...

    async def receive(self, page: Page, number: int, path: Track) -> None:
        """Connect a page that receives sound and picture of the sender."""
        ...


class OurServer:
    """Our worker."""

    def __init__(self, worker: OurWorker) -> None:
        self._worker = worker

    async def send(self, page: Page, number: int) -> None:
        """Connect the applicant."""
        await self._join(page, number, Leg.APPLICANT, Track(Condition(name="")))

    async def receive(self, page: Page, number: int, path: Track) -> None:
        """Connect the clerk."""
        await self._join(page, number, Leg.CLERK, path)

    async def _join(self, page: Page, number: int, leg: Leg, path: Track) -> None:
        kinds = [] if leg is Leg.APPLICANT else ["audio", "video"]
        made: dict[str, Any] = await page.evaluate(
            "([sends, kinds]) => offer(sends, kinds)", [not kinds, kinds]
        )
        answer = await self._worker.answer(f"page{number}", leg, made["sdp"])
        await page.evaluate(
            "([number, sdp]) => accept(number, sdp)",
            [made["number"], path.through(answer)],
        )


class JanusServer:
    """A video room of Janus; its receiver asks for what the sender publishes."""

    def __init__(self, janus: Janus) -> None:
        self._janus = janus
        self._feeds: dict[int, int] = {}

    async def send(self, page: Page, number: int) -> None:
        """Publish."""
        await self._janus.open_room(number)
        made: dict[str, Any] = await page.evaluate("() => offer(true, [])")
        feed, answer = await self._janus.publish(number, made["sdp"])
        self._feeds[number] = feed
        await page.evaluate(
            "([number, sdp]) => accept(number, sdp)", [made["number"], answer]
        )

    async def receive(self, page: Page, number: int, path: Track) -> None:
        """Subscribe."""
        handle, offer = await self._janus.subscribe(number, [self._feeds[number]])
        answer = await page.evaluate("(sdp) => answer(sdp)", path.through(offer))
        await self._janus.start(handle, path.hidden(answer))
