"""The page to which the square at a Citizen's Window leads, on a phone."""

import dataclasses
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright

from casework.signing.sm2 import sm3
from casework.signing.sm2_form import read_file
from signaling.journey_sight import RUN_AXE
from tests.builders import ROOT
from tests.pages import CHROMIUM, FLAGS
from tests.signaling.site import Site, serving
from tests.signaling.test_holder_api import Window
from tests.sm2_ca import Sm2Ca, referee

PHONE: ViewportSize = {"width": 390, "height": 800}
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
        context = await browser.new_context(locale="en-GB", viewport=PHONE)
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


async def saved(page: Page, button: str) -> bytes:
    """Touch a button, and return the file that is saved then."""
    async with page.expect_download() as coming:
        await page.locator(f"[data-act={button}]").click()
    return Path(await (await coming.value).path()).read_bytes()


@referee()
async def test_a_holder_saves_the_paper_and_its_sm2_signature_too(
    tmp_path: Path,
) -> None:
    pytest.importorskip("gmssl_pyx")
    path, site = tmp_path / "sm2.pem", Site(tmp_path)
    path.write_bytes(Sm2Ca(tmp_path / "ca").seal_file())
    site.settings = dataclasses.replace(site.settings, sm2_file=str(path))
    async with serving(site), async_playwright() as tool:
        window = await Window(site).printed()
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(locale="en-GB", viewport=PHONE)
        address = f"{site.base}/licence-check/#keep={await window.token()}"
        await page.goto(address)
        await page.locator("[data-act=lic-keep-save]").wait_for()
        assert await page.locator("[data-act=lic-keep-sm2]").count() == 0

        await saved(page, "lic-keep-save")
        pdf = await saved(page, "lic-keep-pdf")
        file = await saved(page, "lic-keep-sm2")

        assert "licence.pdf.sm2" in await page.locator("[data-keep]").inner_text()
        assert read_file(file).digest == sm3(pdf)
        assert await axe(page) == []
        shot = ROOT / "var/shots/licence-keep-sm2.png"
        await page.screenshot(path=shot, full_page=True)
        entries = await site.services.cases.ledger.store.entries(window.case.id)
        assert [one.said.kind for one in entries].count("credential-given") == 1
        await browser.close()
