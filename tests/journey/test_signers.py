"""Two partners sign one application: the pages of counter and desk."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page

from signaling.journey import BROWSERS
from signaling.journey_hand import (
    countersign,
    declare_and_write,
    read_pages,
    write_name,
)
from signaling.journey_papers import compare
from signaling.journey_sight import loaded, until
from signaling.journey_talk import write_to_each_other
from tests.journey.test_people import BLUE, GREEN, Screens, screens

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not any(shutil.which(name) for name in BROWSERS),
        reason="no Chromium on this machine",
    ),
]

READ_WITHIN = 90_000
"""Milliseconds, on a machine that does much else."""
FORM = {
    "company": "示範合夥企業",
    "legal_representative": "陳示範",
    "partner_company": "樣本控股有限公司",
    "partner_number": "SAMPLE-1234567",
    "partner": "李樣本",
    "capital": "100",
    "scope": "諮詢服務",
    "address": "示範市樣本路一號",
}


class Partners:
    """Two people at one counter, and a clerk."""

    counter: Page
    desk: Page

    def __init__(self, site: Screens, shots: Path) -> None:
        self.site = site
        self._shots = shots

    async def begin(self) -> None:
        self.counter = await (await self.site.browser(GREEN)).new_page()
        self.desk = await self.site.sign_in(await self.site.browser(BLUE), "clerk")
        await self.counter.goto(self.site.plan.counter_url)
        await self.counter.locator("[data-item=foreign-partnership]:enabled").tap()
        await self.desk.locator("[data-act=answer]").click()

    async def paper(self, name: str) -> None:
        """The camera takes it, the clerk compares what was read and accepts it."""
        accept = self.desk.locator("[data-act=accept]:enabled")
        await self.counter.locator(f"[data-wanted={name}]").wait_for()
        await accept.wait_for()
        await loaded(self.desk.locator("img[data-page]"))
        if name == "identity":
            await self.hesitate()
        if name == "agreement":
            await self.look_closer()
        await self.accept()

    async def look_closer(self) -> None:
        """A page larger than the screen is read to its end with the keyboard."""
        await self.desk.keyboard.press("z")
        sight = self.desk.locator(".zoomed .sight")
        await sight.locator("svg image").wait_for()
        await self.desk.keyboard.press("PageDown")

        async def further_down() -> bool:
            return bool(await sight.evaluate("(one) => one.scrollTop > 100"))

        await until(further_down, "the page to move")
        await self.look(self.desk, "desk-closer")
        await self.desk.keyboard.press("Escape")
        await sight.wait_for(state="detached")

    async def hesitate(self) -> None:
        """Values nobody compared: the desk says so, whatever else happens meanwhile."""
        warning = self.desk.locator("[data-not-compared]")
        await self.desk.keyboard.press("a")
        await warning.wait_for()
        await write_to_each_other(self.counter, self.desk)
        assert await warning.is_visible()
        await self.look(self.desk, "desk-not-compared")
        await self.desk.keyboard.press("Escape")
        await warning.wait_for(state="detached")

    async def seal(self) -> None:
        """The seal is cut out of its page, and can be accepted once it is there."""
        await self.counter.locator("[data-wanted=seal]").wait_for()
        # The machine reads the words of the papers before, one after the other.
        await self.desk.locator("img[data-seal]").wait_for(timeout=READ_WITHIN)
        await loaded(self.desk.locator("img[data-seal]"))
        await self.look(self.desk, "desk-seal")
        await self.paper("seal")

    async def accept(self) -> None:
        await compare(self.desk)
        await self.desk.keyboard.press("a")
        await self.desk.locator("[data-act=accept]:enabled").wait_for(state="detached")

    async def form(self) -> None:
        for name, value in FORM.items():
            await self.counter.locator(f"[name={name}]").fill(value)
        await self.desk.locator("[data-field=address]", has_text="一號").wait_for()
        await self.compare()
        await self.application()

    async def compare(self) -> None:
        """The clerk sees the seal beside the company that was typed."""
        beside = self.desk.locator(".seal", has_text=FORM["partner_company"])
        await loaded(beside.locator("img[data-seal]"))
        await self.look(self.desk, "desk-seal-and-name")

    async def application(self) -> None:
        await self.desk.locator("[data-act=accept-form]").click()
        await self.turn("managing").wait_for()

    def turn(self, signer: str) -> Locator:
        """Return where the counter says that it is the turn of ``signer``."""
        now = f"[data-signer={signer}][data-state=signer-now]"
        return self.counter.locator(now)

    async def sign(self, signer: str, *, aloud: bool = False) -> None:
        """``signer`` sits down, reads, declares by touch or ``aloud``, and writes."""
        await self.turn(signer).wait_for()
        await self.look(self.counter, f"turn-{signer}")
        await self.counter.locator("[data-act=signer-here]:enabled").tap()
        await loaded(self.counter.locator(".pages img").last)
        await read_pages(self.counter)
        if aloud:
            await self.desk.keyboard.press("d")
            await write_name(self.counter)
            await self.desk.locator("[data-heard]").wait_for()
        else:
            await self.counter.locator("[data-act=declare]:enabled").wait_for()
            await self.look(self.counter, f"declare-{signer}")
            await declare_and_write(self.counter)
        await self.look(self.counter, f"write-{signer}")
        await self.counter.locator("[data-act=sign]:enabled").click()

    async def refuse(self, signer: str) -> None:
        await self.turn(signer).wait_for()
        await self.counter.locator("[data-act=signer-here]:enabled").tap()
        await self.counter.locator("[data-act=do-not-sign]").tap()
        await self.counter.locator("[data-act=refuse-unclear]").tap()

    async def look(self, page: Page, name: str) -> None:
        await self.site.examine(page, name)
        path = self._shots / f"{name}.png"
        await page.screenshot(path=str(path), full_page=True)


async def test_two_partners_sign_one_after_the_other(tmp_path: Path) -> None:
    async with screens(tmp_path) as site:
        partners = Partners(site, tmp_path)
        await partners.begin()
        for name in ("identity", "identity-partner", "agreement"):
            await partners.paper(name)
        await partners.seal()
        await partners.form()
        await partners.sign("managing")
        await partners.refuse("partner")
        said = partners.desk.locator("[data-refused]")
        assert "李樣本" in await said.inner_text()
        await partners.look(partners.desk, "desk-refused")
        await partners.application()
        await partners.sign("managing")
        await partners.turn("partner").wait_for()
        # A page that is loaded again still knows who has signed.
        await partners.counter.reload()
        await partners.look(partners.desk, "desk-one-signed")

        await partners.sign("partner", aloud=True)

        await partners.counter.locator("[data-value=number]").wait_for()
        await countersign(partners.desk)
        await partners.look(partners.desk, "desk-all-signed")
        assert site.findings == []
