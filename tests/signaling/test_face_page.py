"""A supervisor looks at whoever fetches a licence, by keyboard only."""

from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Page, expect

from protocol.faces import Unmatched
from tests.counter_client.test_device_pages import found_by_axe
from tests.pages import CHROMIUM, a_browser
from tests.signaling.face_desk import FaceDesk, a_face_desk
from tests.signaling.print_desk import NUMBER
from tests.signaling.test_printing_page import press, shown

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no Chromium on this machine"
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FaceDesk]:
    async with a_face_desk(tmp_path) as desk:
        card = np.full((500, 800, 3), 225, np.uint8)
        cv2.circle(card, (180, 230), 90, (150, 170, 200), -1)
        await desk.lay(card)
        await desk.types_the_code()
        await desk.leaves_it(Unmatched.DECLINED)
        yield desk


async def test_the_clerk_of_the_case_lets_it_print_by_keyboard(
    desk: FaceDesk,
) -> None:
    async with a_browser() as context:
        page = await (await context()).new_page()
        await page.goto(f"{desk.site.base}/desk/")
        await press(page, "[data-account=clerk]")
        await press(page, "[data-act=issued]")
        await press(page, f"[data-case='{NUMBER}']")
        await page.locator("[data-face=asked]").wait_for()
        assert await found_by_axe(page) == []
        await shown(page, "desk-face-clerk")

        await page.locator("input[value=in-person]").focus()
        await page.keyboard.press("Space")
        await press(page, "[data-act=face-same]")

        await page.locator("[data-said=face-vouched-done]").wait_for()
        assert (await desk.window("/face/answer"))[0] == 200


@pytest.fixture
async def page(desk: FaceDesk) -> AsyncIterator[Page]:
    async with a_browser() as context:
        page = await (await context()).new_page()
        await page.goto(f"{desk.site.base}/desk/")
        await press(page, "[data-account=supervisor]")
        await press(page, "[data-act=printing]")
        yield page


async def finds(page: Page, state: str = "asked") -> None:
    """Find the look at the face by the number that the applicant says."""
    await page.locator("input[name=number]").fill(NUMBER)
    await press(page, "[data-act=find-sheets]")
    await page.locator(f"[data-face={state}]").wait_for()


async def test_a_supervisor_sees_why_and_the_document_and_lets_it_print(
    desk: FaceDesk, page: Page
) -> None:
    await desk.window("/face/answer")
    await page.locator(f"[data-waiting='{NUMBER}']").wait_for()
    await press(page, "[data-act=look]")
    await expect(page.locator("[data-face=asked]")).to_be_focused()
    await page.wait_for_function(
        "document.querySelector('.identity img').naturalWidth > 0"
    )
    await shown(page, "desk-face")
    assert await found_by_axe(page) == []
    await expect(page.locator("[data-act=face-same]")).to_be_disabled()

    await page.locator("input[value=in-person]").focus()
    await page.keyboard.press("Space")
    await press(page, "[data-act=face-same]")

    await page.locator("[data-said=face-vouched-done]").wait_for()
    status, _ = await desk.window("/face/answer")
    assert status == 200


async def test_a_supervisor_locks_it_and_unlocks_it_for_whoever_it_really_is(
    desk: FaceDesk, page: Page
) -> None:
    await finds(page)
    await page.locator("input[value=by-video]").focus()
    await page.keyboard.press("Space")
    await press(page, "[data-act=face-different]")
    await page.locator("[data-said=face-refused-done]").wait_for()
    assert (await desk.types_the_code())[0] == 423

    await finds(page, "refused")
    await shown(page, "desk-face-refused")
    await press(page, "[data-act=unlock]")
    await page.locator("[data-said=unlock-done]").wait_for()

    assert await desk.types_the_code() == (409, {"code": "release-needs-person"})
