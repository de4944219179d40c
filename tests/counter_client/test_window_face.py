"""A look at the face on the page of a Citizen's Window."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from protocol.states import Language
from tests.builders import ROOT, has
from tests.counter_client.test_device_pages import found_by_axe
from tests.counter_client.window import NUMBER, Window, a_window
from tests.pages import CHROMIUM

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Window]:
    async with a_window(tmp_path) as window:
        yield window


async def test_without_face_matching_a_person_looks_and_then_it_prints(
    window: Window,
) -> None:
    window.office.refuses = ["release-needs-face"]
    await window.type_in()
    page = window.page
    await page.locator("[data-face=person]").wait_for()
    assert window.office.told_of_face[0] == {
        "number": NUMBER,
        "compared": None,
        "why": "no-engine",
    }
    await expect(page.locator(".number")).to_have_text(NUMBER)
    assert await found_by_axe(page) == []
    await page.screenshot(path=ROOT / "var/shots/window-face-person.png")

    window.office.face_seen = True

    await page.locator("[data-job=sheet-out]").wait_for()
    assert window.sheets == 1
    assert window.office.asked[-1] == "releases/face/answer"


async def test_what_a_machine_has_doubted_goes_to_a_person_at_once(
    window: Window,
) -> None:
    window.office.refuses = ["release-needs-person"]

    await window.type_in()

    await window.page.locator("[data-face=person]").wait_for()
    assert window.office.told_of_face == []


async def test_whoever_waits_may_leave_and_nothing_stays(window: Window) -> None:
    window.office.refuses = ["release-needs-person"]
    await window.type_in()
    await window.page.locator("[data-act=leave-face]").press("Enter")

    await expect(window.page.locator("[data-asking=number]")).to_have_value("")
    assert window.sheets == 0


async def test_somebody_else_reads_that_it_is_locked_in_every_language(
    window: Window,
) -> None:
    window.office.refuses = ["release-locked", "release-needs-person"]
    window.office.face_seen = True
    await window.type_in()

    said = {await window.is_told()}
    for button in await window.page.locator(".bar .plain").all():
        await button.click()
        said.add(await window.is_told())

    assert len(said) >= len(Language)
    await expect(window.page.locator("[data-asking=number]")).to_be_visible()
