"""A licence released by its holder's document under the camera of a window."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import expect

from counter_client.cameras import FRAME_SIZE
from counter_client.specimens import on_desk
from counter_client.window_document import LONGEST_SIDE
from document_capture.files import open_pages
from protocol.states import Language
from tests.builders import ROOT, has
from tests.counter_client.test_device_pages import found_by_axe
from tests.counter_client.window import CODE, Window, a_document, a_window
from tests.pages import CHROMIUM

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Window]:
    async with a_window(tmp_path) as window:
        yield window


async def test_a_licence_comes_out_of_a_number_and_a_document(window: Window) -> None:
    await window.shows_a_document()
    await window.page.wait_for_function(
        "document.querySelector('.tray img').naturalWidth > 0"
    )
    assert await found_by_axe(window.page) == []
    shot = ROOT / "var/shots/window-document.png"
    await window.page.screenshot(path=shot, full_page=True)

    await window.reads()

    await window.page.locator("[data-job=sheet-out]").wait_for()
    assert (window.sheets, window.office.told) == (1, ["sheet-out"])
    assert window.office.asked == ["release-ways", "releases/document"]
    [picture] = open_pages(window.office.picture)
    assert max(picture.shape[:2]) <= LONGEST_SIDE


async def test_a_window_asks_for_the_code_alone_unless_the_office_takes_documents(
    window: Window,
) -> None:
    window.camera.picture = a_document()
    async with window.page.expect_response("**/local/release-ways"):
        await window.type_number()

    await expect(window.page.locator("[data-asking=code]")).to_be_visible()
    assert await window.page.locator("[data-act=use-document]").count() == 0


async def test_without_a_camera_no_document_is_asked_for(window: Window) -> None:
    window.office.ways = ["code", "document"]
    async with window.page.expect_response("**/local/release-ways"):
        await window.type_number()

    assert await window.page.locator("[data-act=use-document]").count() == 0
    await window.page.keyboard.type(CODE)
    await window.page.keyboard.press("Enter")
    await window.page.locator("[data-job=sheet-out]").wait_for()


async def test_where_only_the_document_opens_it_nobody_is_asked_for_a_code(
    window: Window,
) -> None:
    window.office.ways, window.camera.picture = ["document"], a_document()

    await window.type_number()

    await window.page.locator("[data-asking=document]").wait_for()
    assert await window.page.locator("[data-act=use-code]").count() == 0
    assert await found_by_axe(window.page) == []


async def test_a_window_without_a_camera_sends_who_needs_one_to_another(
    window: Window,
) -> None:
    window.office.ways = ["document"]

    await window.type_number()

    assert "攝影機" in await window.is_told()
    await expect(window.page.locator("[data-asking=number]")).to_be_visible()
    assert await found_by_axe(window.page) == []


async def test_what_cannot_be_read_is_told_in_every_language_and_tried_again(
    window: Window,
) -> None:
    await window.shows_a_document()
    window.office.refuses = ["document-unreadable"]
    await window.reads()
    said = {await window.is_told()}
    for button in await window.page.locator(".bar .plain").all():
        await button.click()
        said.add(await window.is_told())
    assert len(said) >= len(Language)
    assert await found_by_axe(window.page) == []
    shot = ROOT / "var/shots/window-document-unreadable.png"
    await window.page.screenshot(path=shot, full_page=True)

    await window.reads()

    await window.page.locator("[data-job=sheet-out]").wait_for()
    assert window.sheets == 1


async def test_a_tray_without_one_document_is_told_before_the_server_is_asked(
    window: Window,
) -> None:
    await window.shows_a_document()
    nothing = on_desk(np.zeros((9, 9, 3), np.uint8), FRAME_SIZE, 0, 1)[0]
    two = np.concatenate([a_document(), a_document()])

    for picture in (nothing, two):
        window.camera.picture = picture
        await window.reads()
        await window.is_told()

    assert window.office.asked == ["release-ways"]


async def test_who_holds_another_document_may_type_the_code(window: Window) -> None:
    await window.shows_a_document()
    window.office.refuses = ["wrong-release-document"]
    await window.reads()
    await window.is_told()

    await window.page.locator("[data-act=use-code]").click()
    await window.page.keyboard.type(CODE)
    await window.page.keyboard.press("Enter")

    await window.page.locator("[data-job=sheet-out]").wait_for()
    assert window.office.asked[-1] == "releases"


async def test_nothing_of_what_lay_there_stays_once_the_holder_goes_on(
    window: Window,
) -> None:
    await window.shows_a_document()
    await window.page.wait_for_function(
        "document.querySelector('.tray img').naturalWidth > 0"
    )

    before = window.camera.closed

    await window.page.locator("[data-act=use-code]").click()

    async with asyncio.timeout(10):
        while window.camera.closed == before:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
    assert window.agent.watcher.holds_nothing
