"""The page to which the square at a Citizen's Window leads, on a phone."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from signaling.journey_sight import RUN_AXE
from tests.builders import ROOT
from tests.pages import CHROMIUM, FLAGS
from tests.signaling.site import Site, serving
from tests.signaling.test_holder_api import Window

pytestmark = pytest.mark.skipif(
    not shutil.which(CHROMIUM) or not (ROOT / "web/licence-check/dist").is_dir(),
    reason="no Chromium on this machine, or the pages have not been built",
)


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Window]:
    async with serving(Site(tmp_path)) as site:
        yield await Window(site).printed()


async def axe(page: Page) -> list[str]:
    await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found: list[str] = await page.evaluate(RUN_AXE)
    return found


async def test_a_holder_saves_the_licence_and_the_address_forgets_it(
    window: Window,
) -> None:
    address = f"{window.site.base}/licence-check/#keep={await window.token()}"
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": 390, "height": 800}
        context = await browser.new_context(locale="en-GB", viewport=size)  # type: ignore[arg-type]  # a dict of the same fields
        page = await context.new_page()
        await page.goto(address)
        save = page.locator("[data-act=lic-keep-save]")
        await save.wait_for()
        assert "#" not in page.url
        assert await axe(page) == []
        await page.screenshot(path=ROOT / "var/shots/licence-keep.png")

        async with page.expect_download() as coming:
            await save.click()
        saved = await (await coming.value).path()

        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", saved.read_text("ascii"))
        await page.locator("[data-keep=lic-keep-done]").wait_for()
        second = await context.new_page()
        await second.goto(address)
        await second.locator("[data-act=lic-keep-save]").click()
        await second.locator("[data-keep=lic-keep-taken]").wait_for()
        assert await axe(second) == []
        await second.screenshot(path=ROOT / "var/shots/licence-keep-taken.png")
        await browser.close()
