"""A paper in the journey: photographed, compared, accepted."""

import contextlib

from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from signaling.journey import JourneyFailed
from signaling.journey_sight import PATIENCE_MS

ACCEPT = "[data-act=accept]:enabled"
NOT_COMPARED = "[data-told]:not([data-told=value-confirmed])"
SOON_MS = PATIENCE_MS / 4


async def shoot(applicant: Page, clerk: Page) -> None:
    """Wait for the picture that takes itself; by hand if the machine was dying."""
    for patience in (SOON_MS, SOON_MS, PATIENCE_MS):
        with contextlib.suppress(PlaywrightTimeout):
            await clerk.locator(ACCEPT).wait_for(timeout=patience)
            return
        await applicant.locator("[data-act=shoot]:enabled").tap()
    raise JourneyFailed("no page came")


async def compare(clerk: Page) -> None:
    """Confirm what was read of the paper, if anything was that is not confirmed."""
    if await clerk.locator(NOT_COMPARED).count():
        await clerk.locator("body").press("c")
        waiting = clerk.locator(NOT_COMPARED).first
        with contextlib.suppress(PlaywrightTimeout):
            await waiting.wait_for(state="detached", timeout=SOON_MS)


async def accept(name: str, applicant: Page, clerk: Page) -> None:
    """Accept a paper; compared once more where its page was just being replaced."""
    goes_on = applicant.locator(f"[data-wanted={name}]")
    for _ in range(4):
        if await clerk.locator(ACCEPT).count():
            await compare(clerk)
            await clerk.locator("body").press("a")
        with contextlib.suppress(PlaywrightTimeout):
            await goes_on.wait_for(state="detached", timeout=SOON_MS)
            return
    said = "; ".join(await clerk.locator("[role=alert]").all_inner_texts())
    raise JourneyFailed(f"{name} was not accepted; the desk says: {said or 'nothing'}")
