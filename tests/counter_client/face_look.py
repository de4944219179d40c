"""Somebody at a window who has given number and code, and is asked for their face."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import expect

from counter_client.face.engine import FaceEngine
from tests.counter_client.faces import GREEN
from tests.counter_client.window import Window, a_window


@contextlib.asynccontextmanager
async def a_look(
    tmp_path: Path, engine: FaceEngine, camera: tuple[int, int, int] = GREEN
) -> AsyncIterator[Window]:
    """A window that has just been given number and code, and wants the face."""
    async with a_window(tmp_path, engine, camera) as window:
        window.office.refuses = ["release-needs-face"]
        await window.type_in()
        await window.page.locator("[data-face=consent]").wait_for()
        yield window


async def agrees(window: Window) -> None:
    await window.page.locator("[data-act=face-yes]").press("Enter")
    await expect(window.page.locator("[data-act=face-start]")).to_be_enabled()


async def compares(window: Window) -> None:
    await window.page.locator("[data-act=face-start]").press("Enter")


CAMERA_IS_ON = "document.querySelector('video')?.srcObject?.active ?? false"
