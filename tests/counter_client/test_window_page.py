"""The Citizen's Window by keyboard and touch, before a printer with faults."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from counter_client.printing.faults import Fault
from protocol.states import Language
from tests.builders import has
from tests.counter_client.test_device_pages import found_by_axe
from tests.counter_client.window import Window, a_window
from tests.pages import CHROMIUM

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Window]:
    async with a_window(tmp_path) as window:
        yield window


async def test_a_licence_comes_out_of_two_numbers(window: Window) -> None:
    await window.type_in()

    await window.page.locator("[data-job=sheet-out]").wait_for()
    await window.page.locator("img.sheet").wait_for()
    assert (window.sheets, window.office.told) == (1, ["sheet-out"])
    assert await found_by_axe(window.page) == []


async def test_a_door_is_told_before_anybody_types_and_nothing_is_released(
    window: Window,
) -> None:
    window.printer.suffer(Fault.DOOR)
    await window.page.reload()

    await window.sees_trouble("printer-door")
    assert await found_by_axe(window.page) == []
    await window.type_in()
    await window.page.locator(".banner.error").wait_for()

    assert (window.sheets, window.office.told) == (0, [])


async def test_a_jam_is_told_in_every_language_and_printing_goes_on_after_it(
    window: Window,
) -> None:
    await window.type_in()
    await window.has_a_job()
    window.printer.suffer(Fault.JAM)

    await window.sees_trouble("printer-jam")
    said = set()
    for button in await window.page.locator(".bar .plain").all():
        await button.click()
        said.add(await window.page.locator("[data-trouble]").inner_text())
    assert len(said) >= len(Language)
    assert await found_by_axe(window.page) == []
    window.printer.suffer(Fault.WELL)

    await window.page.locator("[data-job=sheet-out]").wait_for()
    assert window.sheets == 1


async def test_who_does_not_want_to_wait_leaves_without_a_sheet_behind(
    window: Window,
) -> None:
    await window.type_in()
    await window.has_a_job()
    window.printer.suffer(Fault.PAPER_OUT)
    await window.sees_trouble("printer-paper-out")

    await window.page.locator("[data-act=give-up]").click()

    await window.page.locator("[data-job=no-sheet]").wait_for()
    window.printer.suffer(Fault.WELL)
    assert (window.sheets, window.office.told) == (0, ["no-sheet"])


async def test_a_printer_that_lost_power_is_named(window: Window) -> None:
    window.printer.suffer(Fault.POWER_CUT)
    await window.page.reload()

    await window.sees_trouble("printer-unreachable")
