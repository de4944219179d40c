"""The supervisor's page about sheets and paper, by keyboard only."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page

from casework.print_job import Step
from protocol.states import JobState
from tests.pages import CHROMIUM, a_browser
from tests.signaling.print_desk import Desk, a_desk, a_photo
from tests.signaling.site import Site

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no Chromium on this machine"
)


@pytest.fixture
async def desk(site: Site) -> Desk:
    return await a_desk(site)


@pytest.fixture
async def page(desk: Desk) -> AsyncIterator[Page]:
    async with a_browser() as context:
        page = await (await context()).new_page()
        await page.goto(f"{desk.site.base}/desk/")
        await press(page, "[data-account=supervisor]")
        await press(page, "[data-act=printing]")
        yield page


async def press(page: Page, what: str) -> None:
    """Reach ``what`` as a keyboard does, and press it."""
    found = page.locator(what)
    await found.focus()
    await page.keyboard.press("Enter")


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where ``SHOTS`` says, for people to look at."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def test_an_unknown_sheet_is_settled_by_keyboard(desk: Desk, page: Page) -> None:
    await desk.receive("GD0001", "GD0003")
    await desk.end(Step.NOBODY_KNOWS)
    job = page.locator(f"[data-open-job='{desk.case.number}']")
    await job.wait_for()
    await shown(page, "desk-sheets-unknown")

    await job.locator("input[value=no-sheet]").focus()
    await page.keyboard.press("Space")
    await press(page, "[data-act=verdict]")
    await job.wait_for(state="detached")

    settled = await desk.site.services.printing.prints.any_job(desk.job)
    assert (settled.state, settled.settled_by) == (JobState.NOT_PRINTED, "supervisor")
    assert await page.locator("[data-count=in_tray]").inner_text() == "3"


async def test_a_spoiled_licence_is_photographed_and_gets_a_new_code(
    desk: Desk, page: Page
) -> None:
    await desk.receive("GD0001", "GD0003")
    await desk.end(Step.SHEET_OUT)

    await page.locator("input[name=number]").focus()
    await page.keyboard.type(desk.case.number)
    await press(page, "[data-act=find-sheets]")
    found = page.locator("[data-found-job=printed]")
    await found.locator("input[value=spoiled]").focus()
    await page.keyboard.press("Space")
    await found.locator("select").focus()
    await found.locator("select").select_option("torn")
    data = base64.b64decode(a_photo())
    picture = FilePayload(name="x.jpg", mimeType="image/jpeg", buffer=data)
    await found.locator("input[type=file]").set_input_files(picture)
    await found.locator("img.spoiled").wait_for()
    await shown(page, "desk-sheets-spoiled")
    await press(page, "[data-act=verdict]")
    code = await page.locator("[data-code]").inner_text()

    case = await desk.site.services.cases.ledger.store.load(desk.case.id)
    assert code.replace(" ", "") == case.release_code
    await page.locator("[data-count=spoiled]", has_text="1").wait_for()
    await shown(page, "desk-sheets-reprint")


async def test_a_shift_is_closed_by_keyboard(desk: Desk, page: Page) -> None:
    await press(page, "[data-act=receive]")
    for name, number in (("first", "GD0001"), ("last", "GD0009")):
        await page.locator(f"input[name={name}]").focus()
        await page.keyboard.type(number)
    await page.keyboard.press("Enter")
    await page.locator("[data-count=received]", has_text="9").wait_for()

    await press(page, "[data-act=close-shift]")
    await page.locator("input[name=counted]").focus()
    await page.keyboard.type("8")
    await page.keyboard.press("Enter")
    await page.locator(".banner.error").wait_for()
    await shown(page, "desk-shift-differs")
    await page.locator("input[name=counted]").fill("9")
    await page.keyboard.press("Enter")

    await page.locator("[data-said=paper-close-done]").wait_for()
    leaves = [one.leaf for one in await desk.site.services.cases.ledger.store.entries()]
    assert any(b"shift-closed" in leaf for leaf in leaves)
