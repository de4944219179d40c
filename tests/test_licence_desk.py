"""The approver's desk carries a licence through its life, by keyboard."""

from pathlib import Path

from playwright.async_api import BrowserContext, Page

from tests.builders import ROOT
from tests.signaling.site import Site, serving
from tests.signaling.test_licence_api import issued
from tests.test_licence_page import a_phone, faults, needs_browser


async def presses(page: Page, selector: str) -> None:
    """Press Enter on what a Tab or two would have reached."""
    await page.locator(selector).wait_for()
    await page.locator(selector).focus()
    await page.keyboard.press("Enter")


async def a_desk(browser: BrowserContext, site: Site, account: str) -> Page:
    """Return the page of a desk at which ``account`` has signed in."""
    page = await browser.new_page()
    await page.set_viewport_size({"width": 1366, "height": 900})
    await page.goto(f"{site.base}/desk/")
    await presses(page, f"[data-account={account}]")
    return page


async def stands(page: Page, standing: str) -> None:
    await page.locator(f"[data-standing={standing}]").wait_for()


@needs_browser
async def test_a_licence_is_suspended_restored_and_amended_by_keyboard(
    tmp_path: Path,
) -> None:
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    async with serving(Site(tmp_path)) as site, a_phone() as browser:
        case = await issued(site)
        page = await a_desk(browser, site, "approver")
        await presses(page, f"[data-case='{case.number}']")
        await stands(page, "in-force")

        await presses(page, "[data-licence=suspended]")
        await page.keyboard.type("樣本原因")
        await page.evaluate(axe)
        assert await faults(page) == []
        await presses(page, "[data-licence-sure]")
        await stands(page, "suspended")

        await presses(page, "[data-licence=restored]")
        await page.keyboard.type("樣本原因")
        await presses(page, "[data-licence-sure]")
        await stands(page, "in-force")

        await presses(page, "[data-licence=amended]")
        await page.keyboard.type("樣本原因")
        await page.locator("[name=company]").fill("新名稱有限公司")
        await presses(page, "[data-licence-sure]")
        await page.locator(".form dd", has_text="新名稱有限公司").wait_for()
        await page.screenshot(path=tmp_path / "desk.png", full_page=True)
        assert await page.locator(".licence li").count() == 3


@needs_browser
async def test_a_clerk_has_a_lost_copy_replaced_by_keyboard(tmp_path: Path) -> None:
    async with serving(Site(tmp_path)) as site, a_phone() as browser:
        case = await issued(site)
        page = await a_desk(browser, site, "clerk")
        await presses(page, "[data-act=issued]")
        await presses(page, f"[data-case='{case.number}']")
        await presses(page, "[data-licence=duplicated]")
        await page.keyboard.type("樣本原因")
        await presses(page, "[data-licence-sure]")

        await page.locator(".licence li").wait_for()
        await page.screenshot(path=tmp_path / "clerk.png")
        after = await site.services.cases.ledger.store.load(case.id)
        assert after.licence is not None
        assert [one.number for one in after.licence.copies] == [1, 2]
        assert await page.locator("[data-licence]").count() == 1
