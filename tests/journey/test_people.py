"""Four people in one call, in real pages: applicant, clerk, expert, supervisor."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright

from protocol.states import Leg
from signaling.journey import BROWSERS
from signaling.journey_sight import FLAGS, RUN_AXE, fake_camera, moves, sees, until
from signaling.stack import Plan, free_media_port, free_ports, running
from tests.builders import ROOT
from tests.journey.test_faults import recorded

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not any(shutil.which(name) for name in BROWSERS),
        reason="no Chromium on this machine",
    ),
]

GREEN, BLUE, RED = (60, 160, 60), (170, 80, 40), (40, 40, 180)
"""Applicant, clerk, expert: blue, green and red of what their cameras show."""
LOUD = 0.02
LOUDNESS = """async () => {
  const stream = document.querySelector("audio")?.srcObject;
  if (!stream) return 0;
  const context = new AudioContext();
  const ear = new AnalyserNode(context, { fftSize: 32768 });
  context.createMediaStreamSource(stream).connect(ear);
  await new Promise((done) => setTimeout(done, 700));
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  await context.close();
  return samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
}"""


class Screens:
    """Everybody's page, and what axe says about each."""

    def __init__(self, plan: Plan, tools: Playwright, folder: Path) -> None:
        self.plan = plan
        self.findings: list[str] = []
        self._tools = tools
        self._folder = folder
        self._axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")

    async def browser(self, colour: tuple[int, int, int]) -> BrowserContext:
        """Start a Chromium whose camera shows one colour."""
        film = self._folder / f"{'-'.join(map(str, colour))}.mjpeg"
        fake_camera(film, colour)
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses to run as root otherwise
        program = next(path for name in BROWSERS if (path := shutil.which(name)))
        started = await self._tools.chromium.launch(executable_path=program, args=flags)
        return await started.new_context(
            viewport={"width": 1366, "height": 900}, has_touch=True
        )

    async def sign_in(self, context: BrowserContext, account: str) -> Page:
        page = await context.new_page()
        await page.goto(self.plan.desk_url)
        await page.locator(f"[data-account={account}]").click()
        await page.locator(".who .el-button").wait_for()
        return page

    async def examine(self, page: Page, name: str) -> None:
        await page.evaluate(self._axe)
        found = await page.evaluate(RUN_AXE)
        self.findings += [f"{name}: {one}" for one in found]


@contextlib.asynccontextmanager
async def screens(folder: Path) -> AsyncIterator[Screens]:
    ports = free_ports(3)
    plan = Plan(
        folder=folder,
        port=ports[0],
        media_port=free_media_port(),
        terminal_port=ports[1],
        printer_port=ports[2],
        simulated=False,
    )
    async with running(plan), async_playwright() as tools:
        yield Screens(plan, tools, folder)


async def hears(page: Page) -> None:
    """Wait until the supervisor can be heard on a page."""

    async def loud() -> bool:
        return float(await page.evaluate(LOUDNESS)) > LOUD

    await until(loud, "a voice")


class Meeting:
    """The pages of those who are in the call."""

    kiosk: Page
    clerk: Page
    expert: Page
    supervisor: Page

    def __init__(self, site: Screens) -> None:
        self._site = site

    async def begin(self) -> None:
        """Applicant and clerk see each other; the expert waits."""
        site = self._site
        self.kiosk = await (await site.browser(GREEN)).new_page()
        self.clerk = await site.sign_in(await site.browser(BLUE), "clerk")
        self.others = await site.browser(RED)
        self.expert = await site.sign_in(self.others, "expert")
        await self.kiosk.goto(site.plan.counter_url)
        await self.kiosk.locator("[data-item=foreign-enterprise]:enabled").tap()
        await self.clerk.locator("[data-act=answer]").click()
        await sees(self.kiosk, "[data-video=remote]", BLUE)

    async def expert_joins(self) -> None:
        await self.clerk.locator("[data-invite=expert]").click()
        await self.expert.locator("[data-act=join]").wait_for()
        await self._site.examine(self.expert, "expert rings")
        await self._site.examine(self.clerk, "clerk waits for the expert")
        await self.expert.keyboard.press("Enter")
        for page in (self.clerk, self.kiosk):
            await sees(page, "[data-video=expert]", RED)
        await sees(self.expert, "[data-video=applicant]", GREEN)
        await sees(self.expert, "[data-video=clerk]", BLUE)
        await moves(self.expert, "[data-video=document]")
        await self._site.examine(self.expert, "expert")

    async def supervisor_listens(self) -> None:
        await self.others.clear_cookies()
        self.supervisor = await self._site.sign_in(self.others, "supervisor")
        await self.supervisor.locator("[data-listen]").click()
        for who, colour in (("applicant", GREEN), ("clerk", BLUE), ("expert", RED)):
            await sees(self.supervisor, f"[data-video={who}]", colour)
        await self.clerk.locator("[data-supervised=nobody]").wait_for()

    async def supervisor_speaks(self, key: str, voice: str) -> None:
        await self.supervisor.locator("body").press(key)
        await self.clerk.locator(f"[data-supervised={voice}]").wait_for()
        await hears(self.clerk)

    async def both_leave(self) -> None:
        await self.supervisor.locator("[data-act=stop]").click()
        await self.clerk.locator("[data-supervised]").wait_for(state="detached")
        await self.clerk.locator("[data-act=dismiss]").click()
        for page in (self.clerk, self.kiosk):
            await page.locator("[data-video=expert]").wait_for(state="detached")
        await self.expert.locator("[data-video=clerk]").wait_for(state="detached")

    async def films(self) -> set[str]:
        """End the visit; return who was recorded."""
        await self.clerk.locator("[data-act=end]").click()
        await self.clerk.locator("[data-act=end-sure]").click()
        return {source["name"] for source in await recorded(self._site.plan)}


async def test_an_expert_joins_and_a_supervisor_whispers(tmp_path: Path) -> None:
    async with screens(tmp_path) as site:
        meeting = Meeting(site)
        await meeting.begin()

        await meeting.expert_joins()
        await meeting.supervisor_listens()
        told = meeting.kiosk.locator("[data-supervised]")
        assert await told.count() == 0
        await meeting.supervisor_speaks("2", "clerk")
        assert await told.count() == 0
        await meeting.supervisor_speaks("3", "both")
        await told.wait_for()
        await hears(meeting.kiosk)

        await site.examine(meeting.supervisor, "supervisor")
        await site.examine(meeting.clerk, "clerk")
        await site.examine(meeting.kiosk, "kiosk")
        await meeting.both_leave()
        assert await meeting.films() == {leg.value for leg in Leg}
        assert site.findings == []
