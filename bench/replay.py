"""How long a seek takes until all three pictures are there: ``python -m bench.replay``.

A call is recorded by real processes on this machine; then Chromium opens the
supervisor's page and seeks to random places, as a person drags the bar.
"""

import asyncio
import contextlib
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from playwright.async_api import Page, async_playwright

from bench.report import at_most, quick, tell
from protocol.messages import AnswerTicket, EndCall
from signaling.journey import BROWSERS, JourneyFailed, signed_in
from signaling.journey_sight import FLAGS
from signaling.journey_wire import ScriptedDesk, new_step
from signaling.stack import Plan, free_ports, running

TARGET = 0.3
"""Seconds from letting go of the bar to the last of the three pictures (median)."""
SEED = 7
SOURCES = 3
RECORDED_WITHIN = 30.0

SEEK = """async (places) => {
  const bar = document.querySelector("input.seek");
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const shown = (film) => new Promise((done) => film.requestVideoFrameCallback(done));
  const times = [];
  for (const place of places) {
    const films = [...document.querySelectorAll("video[data-source]")];
    const pictures = films.map((film) => ({ film, came: shown(film) }));
    const began = performance.now();
    bar.value = String(place * Number(bar.max));
    bar.dispatchEvent(new Event("input"));
    await wait(0);
    // A source that has several films shows the one of this moment.
    const seen = pictures.filter(({ film }) => film.offsetParent);
    await Promise.race([Promise.all(seen.map(({ came }) => came)), wait(5000)]);
    times.push((performance.now() - began) / 1000);
    await wait(150);
  }
  return times;
}"""
"""A picture that has not come after five seconds counts as five seconds."""

READY = """() => {
  const films = [...document.querySelectorAll("video[data-source]")];
  const sources = new Set(films.map((film) => film.dataset.source));
  return sources.size === 3 && films.every((film) => film.readyState >= 1);
}"""


@contextlib.asynccontextmanager
async def a_recording(seconds: float) -> AsyncIterator[Plan]:
    """Record a call of three sources on a stack of its own, which stays up."""
    ports = free_ports(4)
    with tempfile.TemporaryDirectory(prefix="counter-replay-") as place:
        plan = Plan(
            folder=Path(place),
            port=ports[0],
            media_port=ports[1],
            terminal_port=ports[2],
            printer_port=ports[3],
            thinks=0.0,
        )
        async with running(plan):
            await _talk(plan, seconds)
            await _stored(plan)
            yield plan


async def _talk(plan: Plan, seconds: float) -> None:
    async with signed_in(plan, "clerk") as http:
        desk = ScriptedDesk(http)
        listening = asyncio.create_task(desk.listen())
        await desk.until("a ticket", lambda: bool(desk.queue.waiting))
        ticket = desk.queue.waiting[0].id
        await desk.say(AnswerTicket(step=new_step(), ticket=ticket))
        await desk.until("a call", lambda: bool(desk.session and desk.session.call))
        assert desk.session is not None and desk.session.call is not None, "waited"
        await desk.join(desk.session.call.id)
        await desk.until("a picture", lambda: desk.pictures > 0)
        await asyncio.sleep(seconds)
        await desk.say(EndCall(step=new_step(), ticket=ticket))
        await desk.until("the end", lambda: desk.session is None)
        await desk.close()
        listening.cancel()


async def _stored(plan: Plan) -> None:
    async with signed_in(plan, "supervisor") as http:
        for _ in range(int(RECORDED_WITHIN / 0.2)):
            for row in msgspec.json.decode(await http.get("/api/recordings")):
                filmed = [one["name"] for one in row["sources"] if one["films"]]
                if len(filmed) == SOURCES:
                    return
                raise JourneyFailed(f"of the cameras only {filmed} were recorded")
            await asyncio.sleep(0.2)
    raise JourneyFailed("the recording was not stored")


async def seek_times(seconds: float, seeks: int) -> list[float]:
    """Record ``seconds``, seek ``seeks`` times, and return how long each took."""
    chromium = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    if not chromium:
        raise JourneyFailed("no Chromium on this machine")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with a_recording(seconds) as plan, async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page()
        await _open_player(page, plan)
        times: list[float] = await page.evaluate(SEEK, _places(seeks))
        await browser.close()
    return times


def _places(seeks: int) -> list[float]:
    """Random parts of the bar, away from its ends where a film may not reach.

    Each is far from the one before: a browser shows the same picture only once.
    """
    chance, found = random.Random(SEED), [0.0]
    while len(found) <= seeks:
        place = chance.uniform(0.1, 0.9)
        if abs(place - found[-1]) > 0.05:
            found.append(place)
    return found[1:]


async def _open_player(page: Page, plan: Plan) -> None:
    await page.goto(plan.desk_url)
    await page.locator("[data-account=supervisor]").click()
    await page.locator("[data-recording]").first.click()
    await page.wait_for_function(READY)


def main() -> int:
    """Measure and compare with the promise."""
    seconds, seeks = (15.0, 20) if quick() else (90.0, 60)
    times = asyncio.run(seek_times(seconds, seeks))
    middle, worst = statistics.median(times), max(times)
    print(f"worst of {seeks}: {worst:.3f} s", file=sys.stderr)
    what = "random seek to picture, three sources (median)"
    return tell("replay", [at_most(what, "s", TARGET, middle, "nothing to compare")])


if __name__ == "__main__":
    sys.exit(main())
