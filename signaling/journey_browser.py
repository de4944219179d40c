"""The journey in two Chromium, each with a camera of its own.

It does what people do and looks at what people see: the other camera's colour
arriving, the accepted page, the sheet on the screen.
"""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    async_playwright,
)

from signaling.journey import JourneyFailed, Look, Stopwatch
from signaling.journey_hand import (
    countersign,
    declare_and_write,
    read_pages,
    refuse_once,
)
from signaling.journey_meeting import (
    APPLICANT_COLOUR,
    CLERK_COLOUR,
    ITEM,
    meet,
)
from signaling.journey_papers import accept, compare, shoot
from signaling.journey_sight import (
    FLAGS,
    PATIENCE_MS,
    RUN_AXE,
    fake_camera,
    loaded,
    moves,
    sees,
)
from signaling.journey_talk import replay, write_to_each_other
from signaling.stack import Stack

FORM = {
    "company": "A<B> & Sons 𠮷 粵港示範科技",
    "legal_representative": "陳示範",
    "capital": "100",
    "scope": "軟件開發；技術諮詢服務",
    "address": "示範市示範區樣本路一號",
    "telephone": "+852 5555 0100",
}


class BrowserPlayers:
    """Applicant, clerk, approver and supervisor, all in real pages."""

    def __init__(self, stack: Stack, chromium: str, look: Look) -> None:
        self._stack = stack
        self._plan = stack.plan
        self._chromium = chromium
        self._look = look
        self.receipt = b""
        self.errors: list[str] = []
        """What pages complained about; a good journey has none."""

    async def play(self, watch: Stopwatch) -> tuple[str, str]:
        """Play up to the replay; return acceptance number and case id."""
        async with self._browsers() as (kiosk, desk):
            clerk = await self._sign_in(desk, "clerk")
            applicant = await self._sit_down(kiosk)
            case = await self._serve(applicant, clerk, watch)
            number = await self._said(applicant, "number")
            code = await self._said(applicant, "code")
            answer = await applicant.request.get(
                f"{self._plan.counter_url}local/documents/receipt.pdf"
            )
            self.receipt = await answer.body()
            with watch.step("visit ends"):
                await applicant.locator("[data-act=finish]").click()
                await applicant.locator("[data-item]").first.wait_for()
            await self._approve(desk, number, watch)
            await self._print(applicant, number, code, watch)
            await self._replay(desk, watch)
        if self.errors:
            raise JourneyFailed("; ".join(self.errors[:5]))
        return number, case

    @contextlib.asynccontextmanager
    async def _browsers(self) -> AsyncIterator[tuple[BrowserContext, BrowserContext]]:
        flags = list(FLAGS)
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses to run as root otherwise
        with tempfile.TemporaryDirectory() as folder:
            async with async_playwright() as tools:
                contexts = []
                for name, colour in (
                    ("kiosk", APPLICANT_COLOUR),
                    ("desk", CLERK_COLOUR),
                ):
                    film = Path(folder) / f"{name}.mjpeg"
                    fake_camera(film, colour)
                    browser: Browser = await tools.chromium.launch(
                        executable_path=self._chromium,
                        args=[*flags, f"--use-file-for-fake-video-capture={film}"],
                    )
                    size: Any = {"width": 1366, "height": 900}
                    context = await browser.new_context(viewport=size, has_touch=True)
                    context.set_default_timeout(PATIENCE_MS)
                    contexts.append(context)
                yield contexts[0], contexts[1]
                for context in contexts:
                    assert context.browser is not None, "launched above"
                    await context.browser.close()

    async def _page(self, context: BrowserContext, url: str) -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        page.on("console", lambda line: self._complaint(line.type, line.text))
        await page.goto(url)
        return page

    def _complaint(self, kind: str, text: str) -> None:
        # A request that the server refuses is shown to the person in words.
        if self._look.kills:
            return  # pages complain of what was killed; what counts is how it ends
        if kind == "error" and "status of 4" not in text:
            self.errors.append(f"console: {text}")

    async def _sign_in(self, context: BrowserContext, account: str) -> Page:
        page = await self._page(context, self._plan.desk_url)
        await page.locator(f"[data-account={account}]").click()
        await page.locator(".who .el-button").wait_for()
        return page

    async def _sit_down(self, kiosk: BrowserContext) -> Page:
        page = await self._page(kiosk, self._plan.counter_url)
        await page.locator(ITEM).wait_for()
        await self._shot(page, "counter-home")
        return page

    async def _serve(self, applicant: Page, clerk: Page, watch: Stopwatch) -> str:
        await meet(applicant, clerk, watch)
        await write_to_each_other(applicant, clerk)
        await self._shot(applicant, "counter-chat")
        await self._paper("identity", applicant, clerk, watch)
        if self._look.reload:
            await self._reload(applicant, clerk)
        for name in ("articles", "premises"):
            await self._paper(name, applicant, clerk, watch)
        case = await self._form(applicant, clerk, watch)
        await refuse_once(applicant, clerk)
        await self._sign(applicant, watch)
        await clerk.locator("[data-number]").wait_for()
        await self._shot(clerk, "desk-submitted")
        with watch.step("countersigned and sealed"):
            await countersign(clerk)
        await self._shot(clerk, "desk-countersigned")
        return case

    async def _paper(
        self, name: str, applicant: Page, clerk: Page, watch: Stopwatch
    ) -> None:
        await applicant.locator(f"[data-wanted={name}]").wait_for()
        with watch.step(f"page {name}"):
            await shoot(applicant, clerk)
            await loaded(clerk.locator("img[data-page]"))
        await self._shot(applicant, f"counter-{name}")
        await self._shot(clerk, f"desk-{name}")
        await compare(clerk)
        with watch.step(f"accepted {name}"):
            await accept(name, applicant, clerk)
        if name in self._look.kills:
            self._stack.children[self._look.kills[name]].kill()

    async def _reload(self, applicant: Page, clerk: Page) -> None:
        """Both pages are loaded again: the call and the case are as they were."""
        for page in (applicant, clerk):
            await page.reload()
        await sees(applicant, "[data-video=remote]", CLERK_COLOUR)
        await sees(clerk, "[data-video=applicant]", APPLICANT_COLOUR)
        await moves(clerk, "[data-video=document]")

    async def _form(self, applicant: Page, clerk: Page, watch: Stopwatch) -> str:
        with watch.step("form typed, seen by the clerk"):
            with watch.human():
                await applicant.locator("select[name=kind]").select_option(index=1)
                for name, value in FORM.items():
                    await applicant.locator(f"[name={name}]").fill(value)
            # The last that is typed: with it the clerk has all.
            shown = clerk.locator("[data-field=telephone]", has_text=FORM["telephone"])
            await shown.wait_for()
        await self._shot(applicant, "counter-form")
        await self._shot(clerk, "desk-form")
        with watch.step("application made and shown"):
            await clerk.locator("[data-act=accept-form]").click()
            await loaded(applicant.locator(".pages img").last)
        link = clerk.locator("[data-document=application]")
        address = await link.get_attribute("href") or ""
        return address.split("/")[3]

    async def _sign(self, applicant: Page, watch: Stopwatch) -> None:
        with watch.step("signature, receipt"):
            with watch.human():
                await read_pages(applicant)
                await self._shot(applicant, "counter-read")
                await declare_and_write(applicant)
                await self._shot(applicant, "counter-sign")
            await applicant.locator("[data-act=sign]:enabled").click()
            await applicant.locator("[data-value=number]").wait_for()
        await loaded(applicant.locator(".receipt img"))
        await self._shot(applicant, "counter-receipt")

    async def _approve(
        self, desk: BrowserContext, number: str, watch: Stopwatch
    ) -> None:
        page = desk.pages[0]
        await self._as(page, "approver")
        await page.locator(f"[data-case='{number}']").click()
        for paper in await page.locator(".gallery img").all():
            await loaded(paper)
        await self._shot(page, "desk-approver")
        with watch.step("approval, licence sealed and shown"):
            await page.locator("[data-act=approve]").click()
            link = page.locator("[data-document=licence]")
            await link.wait_for()
            section = page.locator(".document", has=link)
            await section.scroll_into_view_if_needed()
            await loaded(section.locator("img"))
        await self._shot(page, "desk-licence")

    async def _as(self, page: Page, account: str) -> None:
        await page.locator(".who .el-button").click()
        await page.locator(f"[data-account={account}]").click()
        await page.locator(".who .el-button").wait_for()

    async def _print(
        self, page: Page, number: str, code: str, watch: Stopwatch
    ) -> None:
        await page.goto(self._plan.window_url)
        await self._shot(page, "window-number")
        for digits in (number, code):
            for digit in digits:
                await page.locator(".keys button", has_text=digit).tap()
            if digits is number:
                await page.locator("[data-act=next]").tap()
        with watch.step("release, sheet shown"):
            await page.locator("[data-act=next]").tap()
            await page.locator("[data-job=sheet-out]").wait_for()
            await loaded(page.locator("img.sheet"))
        await self._shot(page, "window-sheet")
        await page.locator("[data-act=keep]").tap()
        await page.locator("[data-keep] img").wait_for()
        await self._shot(page, "window-keep")

    async def _replay(self, desk: BrowserContext, watch: Stopwatch) -> None:
        page = desk.pages[0]
        await self._as(page, "supervisor")
        with watch.step("replay plays and seeks"):
            await replay(page, APPLICANT_COLOUR, CLERK_COLOUR)
        await self._shot(page, "desk-replay")

    async def _said(self, page: Page, name: str) -> str:
        text = await page.locator(f"[data-value={name}]").inner_text()
        return text.replace(" ", "")

    async def _shot(self, page: Page, name: str) -> None:
        if self._look.shots is not None:
            await page.screenshot(path=str(self._look.shots / f"{name}.png"))
        if self._look.axe:
            await page.evaluate(self._look.axe)
            self._look.findings += [
                f"{name}: {found}" for found in await page.evaluate(RUN_AXE)
            ]
