"""Behind a wall that lets only TLS on 443 through, a call comes about all the same.

Real coturn with the configuration that we ship, a real media worker, the agent's
own leg, and Chromium with the code of our pages.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Page, async_playwright

from protocol.ids import CallId
from protocol.states import Leg
from protocol.views import IceServer
from signaling.media_link import MediaLink
from signaling.turn import Relays, read_urls
from tests.builders import has
from tests.nets import (
    GUEST,
    POSSIBLE,
    RELAY,
    SECRET,
    URL,
    WHY_NOT,
    WORKER,
    Nets,
    NotHere,
    a_relay,
    a_worker,
    two_networks,
)
from tests.pages import a_caller, bundled

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not POSSIBLE, reason=WHY_NOT),
]

CALL = CallId("a" * 32)
KEY = b"k" * 32
PAGE = """<!doctype html><title>desk</title><video autoplay muted></video>
<script type="module">
import { CallLeg } from "/call.js";
const video = document.querySelector("video");
const BOTH = { audio: true, video: true };
globalThis.pictures = 0;
const count = () => { pictures++; video.requestVideoFrameCallback(count); };
video.requestVideoFrameCallback(count);
globalThis.begin = async (servers) => {
  globalThis.troubles = [];
  const devices = await navigator.mediaDevices.getUserMedia(BOTH);
  const leg = new CallLeg("clerk", {
    offer: async (sdp, attempt) => leg.answered(await answerTo(sdp), attempt),
    stream: (from, stream) => { if (from === "applicant") video.srcObject = stream; },
    state: () => undefined,
    servers: () => servers,
    trouble: (code) => troubles.push(code),
  });
  await leg.use(devices);
  await leg.connect();
};
</script>"""


@pytest.fixture
async def nets(tmp_path: Path) -> AsyncIterator[Nets]:
    try:
        with two_networks(tmp_path) as nets:
            yield nets
    except NotHere as reason:
        pytest.skip(str(reason))


class MachineClock:
    """The machine's own time, by which the relay goes too, or off by ``shift``."""

    def __init__(self, shift: float) -> None:
        self._shift = shift

    def now(self) -> float:
        return time.time() + self._shift


def relays(secret: str = SECRET, shift: float = 0.0) -> Relays:
    clock = MachineClock(shift)
    return Relays(urls=read_urls(URL), secret=secret, minutes=10, clock=clock)


GOOD = relays()
FORGED = relays(secret="guessed")
EXPIRED = relays(shift=-660.0)


@contextlib.asynccontextmanager
async def media(nets: Nets) -> AsyncIterator[MediaLink]:
    """A worker at home, and the server's end of it."""

    async def heard(_news: object) -> None: ...

    async def lost(_calls: frozenset[CallId]) -> None: ...

    link = MediaLink(nets.control)
    running = asyncio.create_task(link.run(heard, lost))
    async with a_worker(nets):
        await until(lambda: link.connected)
        yield link
    await until(lambda: not link.connected)
    running.cancel()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never")


class Applicant:
    """The agent's leg, in a process behind the wall."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def say(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")

    async def hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(await self._process.stdout.readline())

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def away(nets: Nets, what: str) -> AsyncIterator[Applicant]:
    words = (sys.executable, "-m", "tests.away", what)
    applicant = Applicant(await nets.start(nets.away, *words))
    yield applicant
    await applicant.end()


async def applicant_joins(
    applicant: Applicant, link: MediaLink, ice: list[IceServer]
) -> None:
    """Connect the applicant's leg; it says by itself what becomes of it."""
    applicant.say(msgspec.to_builtins(ice))
    offer = await applicant.hear()
    applicant.say(await link.add_leg(CALL, Leg.APPLICANT, offer, KEY))


@contextlib.asynccontextmanager
async def a_browser(nets: Nets, key: str) -> AsyncIterator[Any]:
    """Chromium behind the wall; it believes the relay's certificate and no other."""
    behind = nets.folder / "chromium"
    behind.write_text(f'#!/bin/sh\nexec ip netns exec {nets.away} chromium "$@"\n')
    behind.chmod(0o755)
    flags = ["--no-sandbox", f"--ignore-certificate-errors-spki-list={key}"]
    flags += [f"--use-fake-{what}-for-media-stream" for what in ("device", "ui")]
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=behind, args=flags)
        yield await browser.new_context()
        await browser.close()


async def a_desk(context: Any, link: MediaLink, code: str) -> Page:
    """A page with the call code of our pages, and no network at all."""

    async def answer_to(sdp: str) -> str:
        return await link.add_leg(CALL, Leg.CLERK, sdp, KEY)

    return await a_caller(context, code, answer_to, PAGE)


async def desk_joins(page: Page, ice: list[IceServer]) -> None:
    await page.evaluate("(servers) => begin(servers)", msgspec.to_builtins(ice))


@pytest.mark.skipif(not has("chromium"), reason="needs Chromium")
async def test_a_terminal_and_a_browser_behind_a_wall_see_each_other(
    nets: Nets,
) -> None:
    async with (
        a_relay(nets) as key,
        media(nets) as link,
        away(nets, "leg") as applicant,
        a_browser(nets, key) as context,
    ):
        page = await a_desk(context, link, bundled(nets.folder))
        await desk_joins(page, GOOD.of(CALL, Leg.CLERK))
        ice = GOOD.of(CALL, Leg.APPLICANT)

        await applicant_joins(applicant, link, ice)

        while "pictures" not in await applicant.hear():
            continue  # on a busy machine it may have complained before
        await page.wait_for_function("pictures > 20")
        assert "relay-refused" not in await page.evaluate("troubles")


@pytest.mark.skipif(not has("chromium"), reason="needs Chromium")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (FORGED, "relay-refused"),
        (EXPIRED, "relay-refused"),
        (None, "media-blocked"),
    ],
    ids=["forged", "expired", "no relay"],
)
async def test_a_refused_or_blocked_leg_says_so_in_both_programs(
    nets: Nets, given: Relays | None, said: str
) -> None:
    async with (
        a_relay(nets) as key,
        media(nets) as link,
        away(nets, "leg") as applicant,
        a_browser(nets, key) as context,
    ):
        page = await a_desk(context, link, bundled(nets.folder))
        await desk_joins(page, given.of(CALL, Leg.CLERK) if given else [])
        ice = given.of(CALL, Leg.APPLICANT) if given else []

        await applicant_joins(applicant, link, ice)

        assert await applicant.hear() == {"trouble": said}
        await page.wait_for_function("troubles.some(Boolean)")
        assert set(await page.evaluate("troubles.filter(Boolean)")) == {said}


@pytest.mark.parametrize(
    ("family", "peers"),
    [
        (4, ["127.0.0.1", "0.0.0.0", RELAY, GUEST, "169.254.169.254", "192.0.2.1"]),
        (4, ["10.231.77.3", "224.0.0.1", "255.255.255.255", "8.8.8.8", "::1"]),
        (6, ["::1", "::", "::ffff:127.0.0.1", f"::ffff:{RELAY}", f"::ffff:{WORKER}"]),
        (6, ["64:ff9b::7f00:1", "fd00:77::2", "fe80::1", "2606:4700::1111"]),
    ],
)
async def test_a_relay_leads_to_nobody_but_the_worker(
    nets: Nets, family: int, peers: list[str]
) -> None:
    async with a_relay(nets), away(nets, "peers") as guest:
        guest.say([family, [*peers, WORKER]])
        guest.say(msgspec.to_builtins(GOOD.of(CALL, Leg.CLERK)))

        answers = await guest.hear()

        refused, wrong_family = 403, 443
        assert answers.pop(WORKER) == (0 if family == 4 else wrong_family)
        assert set(answers) == set(peers)
        assert set(answers.values()) <= {refused, wrong_family}
