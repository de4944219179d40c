"""What the two people write to each other, and what a supervisor sees of it later."""

from playwright.async_api import Page

from signaling.journey import JourneyFailed
from signaling.journey_sight import moves, sees

Colour = tuple[int, int, int]

WRITTEN = "<img src=x onerror=document.body.remove()> 請看鏡頭 👀"
"""Text, whatever it looks like: both browsers show it and do nothing with it."""


async def write_to_each_other(applicant: Page, clerk: Page) -> None:
    """The clerk types, the applicant answers with a touch."""
    await clerk.locator("[name=chat]").fill(WRITTEN)
    for key in ("Enter", "Escape"):
        await clerk.locator("[name=chat]").press(key)
    await applicant.locator("[data-chat=clerk]", has_text=WRITTEN).wait_for()
    await applicant.locator("[data-act=phrase-yes]:enabled").tap()
    await clerk.locator("[data-chat=applicant]").wait_for()


async def replay(page: Page, applicant: Colour, clerk: Colour) -> None:
    """Play the newest recording, seek, and find what happened in it."""
    await page.locator("[data-recording]").first.click()
    films = page.locator("video[data-source]")
    await films.first.wait_for()
    if await films.count() != 3:
        raise JourneyFailed("not every camera was recorded")
    await page.locator("[data-act=play]").click()
    for source in ("applicant", "clerk", "document"):
        await moves(page, f"[data-source={source}]")
    await sees(page, "[data-source=applicant]", applicant)
    await sees(page, "[data-source=clerk]", clerk)
    await page.locator("input.seek").fill("2")
    await sees(page, "[data-source=clerk]", clerk)
    for kind in ("shown", "touched", "chat", "leg-up", "application-signed"):
        await page.locator(f"[data-event={kind}]").first.wait_for()
    # By keyboard, as for somebody who has no mouse: the filter, then the event.
    await page.locator("[data-group=signature]").press("Enter")
    await page.locator("[data-event=signature]").press("Enter")
    await page.locator("[data-screen]").wait_for()
    await page.locator("[data-chat=clerk]", has_text=WRITTEN).wait_for()
    await page.locator(".hand polyline").first.wait_for(state="attached")
    await _hold(page)


async def _hold(page: Page) -> None:
    """Put the recording under legal hold, with a reason."""
    await page.locator("[data-act=hold]").press("Enter")
    await page.locator("[name=reason]").fill("a court has asked for it")
    await page.locator("[data-act=hold-sure]:enabled").press("Enter")
    await page.locator("[data-held]").wait_for()
