"""A look at the face on the page of a Citizen's Window."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from protocol.faces import FACE_CONSENT
from protocol.states import Language
from tests.builders import ROOT, has
from tests.counter_client.face_look import CAMERA_IS_ON, a_look, agrees, compares
from tests.counter_client.faces import (
    NOBODY,
    RED,
    ColourEngine,
)
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


class Keeping(ColourEngine):
    """Remembers how often it compared."""

    def __init__(self) -> None:
        self.compared = 0

    def compare(self, one: object, other: object) -> float:
        self.compared += 1
        return super().compare(one, other)  # type: ignore[arg-type]  # as it is


async def test_who_agrees_and_is_likely_the_same_has_their_licence_printed(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        page = window.page
        assert await found_by_axe(page) == []
        await page.screenshot(path=ROOT / "var/shots/window-face-consent.png")
        assert not await page.evaluate(CAMERA_IS_ON)
        await agrees(window)
        assert await found_by_axe(page) == []
        await page.screenshot(path=ROOT / "var/shots/window-face-camera.png")

        await compares(window)

        await page.locator("[data-job=sheet-out]").wait_for()
        assert window.sheets == 1
        agreed, told = window.office.told_of_face
        assert (agreed["consent"], agreed["language"]) == (FACE_CONSENT, "zh-Hant")
        assert told["compared"]["band"] == "likely-same"
        assert set(told) == {"number", "compared", "why"}


async def test_the_two_answers_to_the_question_look_the_same(tmp_path: Path) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        looks = """(one) => {
          const of = getComputedStyle(one), box = one.getBoundingClientRect();
          return [of.color, of.backgroundColor, of.borderColor, of.fontSize,
                  of.fontWeight, box.width, box.left].join();
        }"""
        yes = await window.page.locator("[data-act=face-yes]").evaluate(looks)
        no = await window.page.locator("[data-act=face-no]").evaluate(looks)

        assert yes == no


async def test_who_does_not_agree_is_not_filmed_and_goes_to_a_person(
    tmp_path: Path,
) -> None:
    engine = Keeping()
    async with a_look(tmp_path, engine) as window:
        await window.page.evaluate(
            """() => {
              navigator.mediaDevices.getUserMedia = () => { globalThis.filmed = 1; };
            }"""
        )
        await window.page.locator("[data-act=face-no]").press("Enter")

        await window.page.locator("[data-face=person]").wait_for()
        told = window.office.told_of_face[0]
        assert (told["why"], told["compared"]) == ("declined", None)
        assert engine.compared == 0
        assert await window.page.evaluate("globalThis.filmed ?? 0") == 0


async def test_somebody_else_goes_to_a_person_and_nothing_is_printed(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine(), RED) as window:
        await agrees(window)

        await compares(window)

        await window.page.locator("[data-face=person]").wait_for()
        assert window.office.told_of_face[1]["compared"]["band"] == "likely-different"
        assert window.sheets == 0
        assert not await window.page.evaluate(CAMERA_IS_ON)


async def test_poor_pictures_are_told_twice_and_then_a_person_looks(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine(), NOBODY) as window:
        await agrees(window)
        for _ in range(2):
            await compares(window)
            await window.page.locator(".banner.error").wait_for()
        said = {await window.is_told()}
        for button in await window.page.locator(".bar .plain").all():
            await button.click()
            said.add(await window.is_told())
        assert len(said) >= len(Language)
        assert await found_by_axe(window.page) == []
        await window.page.screenshot(path=ROOT / "var/shots/window-face-poor.png")

        await compares(window)

        await window.page.locator("[data-face=person]").wait_for()
        assert window.office.told_of_face[-1]["why"] == "poor-pictures"


async def test_without_a_camera_a_person_looks(tmp_path: Path) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        await window.page.evaluate(
            """() => {
              navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error());
            }"""
        )

        await window.page.locator("[data-act=face-yes]").press("Enter")

        await window.page.locator("[data-face=person]").wait_for()
        assert window.office.told_of_face[0]["why"] == "no-camera"


async def test_a_document_without_a_portrait_leaves_it_to_a_person(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        window.office.portrait = None
        await agrees(window)

        await compares(window)

        await window.page.locator("[data-face=person]").wait_for()
        assert window.office.told_of_face[-1]["why"] == "no-portrait"


async def test_whoever_changes_their_mind_before_the_camera_goes_to_a_person(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        await agrees(window)

        await window.page.locator("[data-act=face-no]").press("Enter")

        await window.page.locator("[data-face=person]").wait_for()
        assert window.office.told_of_face[0]["why"] == "declined"
        assert not await window.page.evaluate(CAMERA_IS_ON)
