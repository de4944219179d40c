"""Fake cameras whose colour can be recognised, and eyes that look at pages."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np
from playwright.async_api import Locator, Page

from signaling.journey import JourneyFailed

PATIENCE_MS = 30_000
LOOK_EVERY = 0.02
SIZE = 640, 480

FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

RUN_AXE = """async () => {
  const ends = (one) => Number.isFinite(one.effect.getComputedTiming().endTime);
  const moving = document.getAnimations().filter(ends);
  await Promise.allSettled(moving.map((one) => one.finished));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, { runOnly: tags });
  return found.violations.map((one) => `${one.id} ${one.nodes[0].target}`);
}"""

COLOUR_OF = """(selector) => {
  const video = document.querySelector(selector);
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const ink = canvas.getContext("2d");
  ink.drawImage(video, 0, 0, 8, 8);
  const [r, g, b] = ink.getImageData(1, 1, 1, 1).data;
  return [b, g, r, video.getVideoPlaybackQuality().totalVideoFrames];
}"""


def fake_camera(path: Path, colour: tuple[int, int, int]) -> None:
    """Write a second of motion JPEG: a square that wanders over one colour."""
    with path.open("wb") as file:
        for step in range(20):
            picture = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
            left = 200 + 8 * step
            cv2.rectangle(picture, (left, 200), (left + 80, 280), (240, 240, 240), -1)
            done, data = cv2.imencode(".jpg", picture)
            assert done, "an 8-bit image can always be encoded"
            file.write(data.tobytes())


async def sees(page: Page, video: str, colour: tuple[int, int, int]) -> None:
    """Wait until the video shows that camera's colour, and goes on."""

    async def there() -> bool:
        found = await page.evaluate(COLOUR_OF, video)
        far = 60
        return bool(found) and all(
            abs(a - b) < far for a, b in zip(found[:3], colour, strict=True)
        )

    await until(there, f"{video} shows the other side")


async def moves(page: Page, video: str) -> None:
    """Wait until the video has shown several more pictures."""
    first: list[int] = []

    async def there() -> bool:
        found = await page.evaluate(COLOUR_OF, video)
        if found:
            first.append(found[3])
        return bool(first) and first[-1] >= first[0] + 3

    await until(there, f"{video} moves")


async def loaded(picture: Locator) -> None:
    """Wait until an image has arrived and been decoded."""
    await picture.wait_for()

    async def there() -> bool:
        done = "(one) => one.complete && one.naturalWidth > 0"
        return bool(await picture.evaluate(done))

    await until(there, "a picture to load")


async def until(there: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something on a page; raises ``JourneyFailed`` with what it was."""
    for _ in range(int(PATIENCE_MS / 1000 / LOOK_EVERY)):
        if await there():
            return
        await asyncio.sleep(LOOK_EVERY)
    raise JourneyFailed(f"waited in vain: {what}")
