"""The applicant's page: nothing runs off the screen, and no press goes unanswered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from counter_client.agent import Agent
from counter_client.cameras import FRAME_SIZE
from counter_client.specimens import Specimens, on_desk
from protocol.ids import IDENTITY
from protocol.states import Language
from tests.builders import FONTS, ROOT, has
from tests.counter_client.kiosk import Kiosk, open_kiosk
from tests.counter_client.test_device_pages import a_page
from tests.document_capture.test_guidance import TWO
from tests.pages import CHROMIUM

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")
SCREENS = (1080, 1920), (1280, 800), (1366, 768)
SHOOT = "[data-act=shoot]"
OVERFLOW = """() => document.documentElement.scrollWidth - innerWidth"""
CROSSING = """() => [...document.querySelectorAll(".steps li")].some((one) =>
  one.scrollWidth > one.clientWidth + 1)"""
TOP = "(alert) => alert.getBoundingClientRect().top"


@pytest.fixture
async def kiosk(tmp_path: Path) -> AsyncIterator[Kiosk]:
    async for one in open_kiosk(tmp_path):
        one.camera.picture = TWO
        yield one


@pytest.fixture
async def page(kiosk: Kiosk) -> AsyncIterator[Page]:
    """The page of somebody who is to lay a paper under the camera."""
    async with a_page(kiosk, "/") as page:
        kiosk.sit_down()
        await page.locator(SHOOT).wait_for()
        yield page


@pytest.mark.parametrize("larger", [False, True], ids=["", "larger text"])
async def test_the_page_is_as_wide_as_the_screen_in_every_language(
    page: Page, larger: bool
) -> None:
    if larger:
        await page.locator("header .plain[aria-pressed]").last.click()
    for width, height in SCREENS:
        await page.set_viewport_size({"width": width, "height": height})
        for language in Language:
            await page.locator(f"header [lang={language}]").click()
            place = f"{width} {language}"
            assert await page.evaluate(OVERFLOW) <= 0, place
            assert not await page.evaluate(CROSSING), place
    shot = ROOT / f"var/shots/counter-paper{'-larger' if larger else ''}.png"
    await page.screenshot(path=shot)


async def refuses(page: Page) -> None:
    """Let the terminal refuse the next shot."""
    await page.route(
        "**/local/shots",
        lambda route: route.fulfill(status=422, json={"code": "not-allowed-now"}),
    )


async def test_why_not_is_in_sight_wherever_the_button_was(page: Page) -> None:
    await page.set_viewport_size({"width": 1366, "height": 500})
    await refuses(page)

    await page.locator(SHOOT).evaluate("(button) => button.click()")

    alert = page.locator("[role=alert]").first
    await alert.wait_for()
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert 0 <= await alert.evaluate(TOP) < 500


async def test_the_keyboard_stays_where_a_button_was_pressed(page: Page) -> None:
    await refuses(page)
    await page.locator(SHOOT).press("Enter")
    await page.locator("[role=alert]").first.wait_for()

    await expect(page.locator(SHOOT)).to_be_focused()


async def test_a_press_that_was_lost_is_asked_for_again_once_the_line_is_back(
    page: Page, kiosk: Kiosk
) -> None:
    await page.route("**/local/shots", lambda route: route.abort())
    await page.locator(SHOOT).click()
    await page.get_by_role("alert").wait_for()
    before = await page.get_by_role("alert").inner_text()

    line_is_back(kiosk.agent)

    await expect(page.get_by_role("alert")).not_to_have_text(before)


def line_is_back(agent: Agent) -> None:
    agent._line_changed(up=False)
    agent._line_changed(up=True)


async def test_nobody_is_told_that_a_picture_is_being_taken_for_ever(
    page: Page, kiosk: Kiosk
) -> None:
    paper = Specimens(FONTS).paper(IDENTITY)
    kiosk.camera.picture, _ = on_desk(paper, FRAME_SIZE, 5.0, 7)
    hint = page.locator("[data-hint]")

    await kiosk.office.arrived.wait()

    await expect(hint).to_have_text("已拍好。", timeout=15_000)
