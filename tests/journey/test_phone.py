"""A paper from the applicant's own phone, in real pages: counter, phone and desk."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.async_api import FilePayload, Page

from counter_client.specimens import Specimens, desk, on_desk, photographed
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from signaling.journey import BROWSERS
from signaling.journey_sight import loaded, until
from tests.builders import FONTS
from tests.journey.test_people import BLUE, GREEN, Screens, screens

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not any(shutil.which(name) for name in BROWSERS),
        reason="no Chromium on this machine",
    ),
]


class Sending:
    """An applicant at the counter who has a phone in the hand."""

    counter: Page
    desk: Page
    phone: Page

    def __init__(self, site: Screens, shots: Path) -> None:
        self.site = site
        self._shots = shots
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """The clerk wants the first paper; the counter shows the square."""
        kiosk = await self.site.browser(GREEN)
        assert kiosk.browser is not None, "launched by us"
        self.counter = await kiosk.new_page()
        self.desk = await self.site.sign_in(await self.site.browser(BLUE), "clerk")
        await self.counter.goto(self.site.plan.counter_url)
        await self.counter.locator("[data-item=foreign-enterprise]:enabled").tap()
        await self.desk.locator("[data-act=answer]").click()
        # The camera has seen the identity document, so it takes no more by itself.
        await loaded(self.desk.locator("img[data-page]"))
        hand = await kiosk.browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        self.phone = await hand.new_page()
        self.phone.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.phone.on(
            "console",
            lambda line: (
                self.complaints.append(line.text)
                if "Content Security" in line.text
                else None
            ),
        )

    async def scan(self) -> str:
        """Touch the button; return what the square says to a camera."""
        await self.counter.locator("[data-act=phone]:enabled").tap()
        square = self.counter.locator("[data-phone=shown] img")
        await loaded(square)
        seen = np.frombuffer(await square.screenshot(), np.uint8)
        (code,) = zxingcpp.read_barcodes(cv2.imdecode(seen, cv2.IMREAD_COLOR))
        link = self.counter.locator("[data-act=phone-here]")
        assert code.text == await link.get_attribute("href")
        return str(code.text)

    async def choose(self, picture: Image) -> None:
        """Choose a picture, as the phone's camera program hands it over."""
        photograph = FilePayload(
            name="image.jpg", mimeType="image/jpeg", buffer=to_jpeg(picture, 90)
        )
        await self.phone.locator("[data-act=phone-take]").set_input_files(photograph)

    async def send(self, url: str, paper: Image) -> None:
        """Open the page, photograph an empty desk, then the paper."""
        phone = self.phone
        await phone.goto(url)
        await phone.locator("[data-paper]").wait_for()
        assert await phone.evaluate("location.hash") == ""
        await self.look(phone, "phone-open")
        await self.choose(photographed(desk((1280, 960), 5), 5))
        await phone.locator("[data-file=refused]").wait_for()
        await self.choose(paper)
        await phone.locator("[data-file=stored]").wait_for()
        await self.look(phone, "phone-sent")

    async def both_see_it(self) -> None:
        """The clerk has the page; the counter's square has gone by itself."""
        await loaded(self.desk.locator("img[data-page]"))
        await self.counter.locator("[data-phone=got]").wait_for()
        assert await self.counter.locator("[data-phone=shown]").count() == 0
        await self.look(self.counter, "counter-got")
        await self.phone.locator("[data-act=phone-done]").tap()
        await self.phone.locator("[data-act=phone-more]").wait_for()
        await self.look(self.phone, "phone-done")

    async def bystander(self, url: str) -> None:
        """Somebody else photographed the square; the applicant loads the page again."""
        other = await self.phone.context.new_page()
        await other.goto(url)
        await other.locator("[data-code=phone-used]").wait_for()
        await self.look(other, "phone-used")
        await self.phone.reload()
        await self.phone.locator("[data-paper]").wait_for()

    async def end(self) -> None:
        """The clerk ends the visit; the phone hears of it."""

        async def over() -> bool:
            await self.phone.reload()
            await self.phone.locator("[data-code],[data-paper]").first.wait_for()
            return await self.phone.locator("[data-code=phone-ended]").count() == 1

        await self.desk.locator("[data-act=end]").click()
        await self.desk.locator("[data-act=end-sure]").click()
        await until(over, "the phone to hear that the visit is over")

    async def look(self, page: Page, name: str) -> None:
        await self.site.examine(page, name)
        path = self._shots / f"{name}.png"
        await page.screenshot(path=str(path), full_page=True)


async def test_a_paper_comes_from_the_applicants_own_phone(tmp_path: Path) -> None:
    paper, _ = on_desk(Specimens(FONTS).paper("identity"), (1600, 1200), 6.0, seed=3)
    async with screens(tmp_path) as site:
        sending = Sending(site, tmp_path)
        await sending.begin()
        url = await sending.scan()
        await sending.look(sending.counter, "counter-phone")

        await sending.send(url, paper)
        await sending.both_see_it()
        await sending.bystander(url)
        await sending.end()

        assert await sending.phone.context.cookies() == []
        assert (site.findings, sending.complaints) == ([], [])
