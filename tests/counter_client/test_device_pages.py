"""Stick, scanner and calibration on the real page, by touch, by keyboard, for axe."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from counter_client.calibration import load
from protocol.states import Language
from signaling.journey_sight import RUN_AXE
from tests.builders import ROOT, has
from tests.counter_client.kiosk import Kiosk, open_kiosk
from tests.counter_client.test_calibration import photograph, view
from tests.counter_client.test_local_devices import a_picture
from tests.counter_client.test_scanner import needs_sane, only_glass, sane
from tests.document_capture.test_guidance import TWO
from tests.pages import CHROMIUM, a_browser

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")


@pytest.fixture
async def kiosk(tmp_path: Path) -> AsyncIterator[Kiosk]:
    async for one in open_kiosk(tmp_path):
        yield one


@contextlib.asynccontextmanager
async def a_page(kiosk: Kiosk, path: str) -> AsyncIterator[Page]:
    async with a_browser() as open_context:
        context = await open_context()
        page = await context.new_page()
        await page.goto(kiosk.url + path)
        yield page
        await context.close()


async def found_by_axe(page: Page) -> list[str]:
    await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found: list[str] = await page.evaluate(RUN_AXE)
    return found


async def test_an_installer_calibrates_by_keyboard(kiosk: Kiosk) -> None:
    kiosk.camera.picture = photograph(view((120.0, 120.0), tilt=8.0))

    async with a_page(kiosk, "/calibrate") as page:
        assert await found_by_axe(page) == []
        await page.locator("[data-act=measure]").press("Enter")
        await page.locator("[data-advice=calibrate-tilted]").wait_for()
        assert await found_by_axe(page) == []
        await page.locator("[data-act=keep]").press("Enter")
        await expect(page.locator("[data-before]")).to_contain_text(
            re.compile("119|120")
        )

    saved = load(kiosk.settings.data)
    assert saved is not None
    assert saved.dpi == pytest.approx(120, rel=0.02)


async def test_an_installer_reads_why_not_in_every_language(kiosk: Kiosk) -> None:
    kiosk.camera.picture = photograph(view())[:40]
    said = set()

    async with a_page(kiosk, "/calibrate") as page:
        await page.locator("[data-act=measure]").click()
        for language in Language:
            await page.locator(f"header [lang={language}]").click()
            said.add(await page.locator("[role=alert]").inner_text())
        assert await found_by_axe(page) == []

    assert len(said) == len(Language)
    assert load(kiosk.settings.data) is None


async def test_an_applicant_chooses_a_file_of_their_stick(kiosk: Kiosk) -> None:
    async with a_page(kiosk, "/") as page:
        kiosk.sit_down()
        await page.locator("[data-act=shoot]").wait_for()
        assert await page.locator("[data-act=stick-open]").count() == 0

        kiosk.plug_in("STICK", passport_jpg=a_picture(), lease_pdf=b"%PDF-1.7")
        await page.locator("[data-act=stick-open]").click()
        file = page.locator("[data-act=stick-file]", has_text="passport.jpg")
        await file.wait_for()
        box = await file.bounding_box()
        assert box is not None
        assert box["height"] >= 64
        assert await found_by_axe(page) == []
        await file.press("Enter")
        await kiosk.office.arrived.wait()

        kiosk.leave()
        await page.locator("[data-item]").first.wait_for()
        assert "passport" not in await page.content()
        kiosk.sit_down()
        await page.locator("[data-stick-left]").wait_for()
        assert "passport" not in await page.content()
        assert await found_by_axe(page) == []


async def test_two_papers_are_outlined_and_one_at_a_time_is_asked_for(
    kiosk: Kiosk,
) -> None:
    kiosk.camera.picture = TWO
    said = set()

    async with a_page(kiosk, "/") as page:
        kiosk.sit_down()
        await page.locator("[data-outline] [data-other]").wait_for(state="attached")
        for language in Language:
            await page.locator(f"header [lang={language}]").click()
            said.add(await page.locator("[data-hint]").inner_text())
        assert await found_by_axe(page) == []

    assert len(said - {""}) == len(Language)
    assert kiosk.office.uploads == {}


@needs_sane
async def test_an_applicant_uses_the_scanner(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch)
    only_glass(monkeypatch)

    async with a_page(kiosk, "/") as page:
        kiosk.sit_down()
        await page.locator("[data-act=scan]").click()
        await kiosk.office.arrived.wait()
        assert await found_by_axe(page) == []

        sane(tmp_path, monkeypatch, **{"read-status-code": '"SANE_STATUS_COVER_OPEN"'})
        await page.locator("[data-act=scan]:enabled").click()
        await page.locator("[role=alert]").wait_for()
        assert await found_by_axe(page) == []


async def test_without_a_scanner_there_is_no_button(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sane(tmp_path, monkeypatch, drivers="")

    async with a_page(kiosk, "/") as page:
        kiosk.sit_down()
        async with page.expect_response("**/local/scanner"):
            await page.locator("[data-act=shoot]").wait_for()

        assert await page.locator("[data-act=scan]").count() == 0
