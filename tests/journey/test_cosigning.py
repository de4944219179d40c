"""One partner signs at the counter, the other on a phone somewhere else."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page

from counter_client.specimens import Specimens, on_desk
from document_capture.straighten import to_jpeg
from signaling.journey import BROWSERS
from signaling.journey_hand import countersign, declare_and_write, read_pages
from signaling.journey_sight import loaded
from tests.builders import FONTS
from tests.journey.test_people import Screens, screens
from tests.journey.test_signers import Partners

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not any(shutil.which(name) for name in BROWSERS),
        reason="no Chromium on this machine",
    ),
]


class Apart(Partners):
    """Two partners, one of them with a phone in another city."""

    phone: Page

    def __init__(self, site: Screens, shots: Path) -> None:
        super().__init__(site, shots)
        self.complaints: list[str] = []

    async def give_link(self) -> str:
        """The clerk makes the link; return what is copied."""
        await self.desk.locator("[data-link-of=partner] [data-act=give-link]").click()
        await loaded(self.desk.locator("[data-square]"))
        await self.look(self.desk, "desk-link")
        url = await self.desk.locator("[data-url]").get_attribute("href")
        await self.desk.locator("[data-act=close-link]").click()
        return url or ""

    async def open(self, url: str) -> None:
        assert self.counter.context.browser is not None, "launched by us"
        hand = await self.counter.context.browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        self.phone = await hand.new_page()
        self.phone.on("pageerror", lambda error: self.complaints.append(str(error)))
        await self.phone.goto(url.partition("#")[0])
        await self.phone.locator("input[name=code]").fill("no such code")
        await self.phone.locator("[data-act=type-code]").tap()
        await self.phone.locator(".typed .why").wait_for()
        await self.look(self.phone, "phone-code")
        # A fragment alone loads nothing: the page has to be opened, as a camera does.
        await self.phone.goto("about:blank")
        await self.phone.goto(url)
        await self.screen("cosign-title")
        assert await self.phone.evaluate("location.hash") == ""

    async def screen(self, name: str) -> None:
        await self.phone.locator(f"[data-screen={name}]").wait_for()
        await self.look(self.phone, f"phone-{name}")

    async def photograph(self) -> None:
        """The identity document goes to the clerk, who looks and says yes."""
        drawn = Specimens(FONTS).paper("identity-partner")
        picture, _ = on_desk(drawn, (1600, 1200), 6.0, seed=3)
        photograph = FilePayload(
            name="image.jpg", mimeType="image/jpeg", buffer=to_jpeg(picture, 90)
        )
        await self.counter.locator("[data-elsewhere=identity-partner]").wait_for()
        await self.look(self.counter, "counter-elsewhere")
        await self.phone.locator("[data-act=phone-take]").set_input_files(photograph)
        await self.screen("cosign-checking")
        await self.desk.locator("[data-act=accept]:enabled").wait_for()
        await loaded(self.desk.locator("img[data-page]"))
        await self.accept()
        await self.screen("cosign-waiting")

    async def sign_on_the_phone(self) -> None:
        await self.screen("cosign-read")
        await loaded(self.phone.locator(".pages img").last)
        await self.look(self.phone, "phone-pages")
        await self.phone.locator("[data-act=cosign-larger]").tap()
        await self.look(self.phone, "phone-larger")
        await read_pages(self.phone)
        await declare_and_write(self.phone)
        await self.look(self.phone, "phone-write")
        await self.phone.locator("[data-act=sign-and-submit]:enabled").tap()

    async def refuse_on_the_phone(self) -> None:
        await self.phone.locator("[data-act=do-not-sign]").tap()
        await self.screen("why-not-sign")
        await self.phone.locator("[data-act=refusal-unclear]").tap()
        await self.screen("cosign-refused")


async def test_the_other_partner_signs_on_a_phone_elsewhere(tmp_path: Path) -> None:
    async with screens(tmp_path) as site:
        apart = Apart(site, tmp_path)
        await apart.begin()
        await apart.paper("identity")
        await apart.open(await apart.give_link())
        await apart.photograph()
        await apart.paper("agreement")
        await apart.seal()
        await apart.form()
        await apart.sign("managing")
        await apart.counter.locator("[data-elsewhere]").wait_for()
        await apart.look(apart.counter, "counter-waits")
        await apart.screen("cosign-read")
        await apart.refuse_on_the_phone()
        await apart.desk.locator("[data-refused]", has_text="李樣本").wait_for()
        await apart.application()
        await apart.sign("managing")

        await apart.sign_on_the_phone()

        await apart.screen("cosign-signed")
        await apart.counter.locator("[data-value=number]").wait_for()
        await countersign(apart.desk)
        assert await apart.phone.context.cookies() == []
        assert (site.findings, apart.complaints) == ([], [])
