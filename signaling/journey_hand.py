"""How the journey's applicant reads and signs, and the clerk signs below."""

from playwright.async_api import Page

from signaling.journey import JourneyFailed


async def read_pages(applicant: Page) -> None:
    """Look at every page of the application, down to its end."""
    ends = applicant.locator(".pages .page-end")
    for number in range(await ends.count()):
        await ends.nth(number).scroll_into_view_if_needed()


async def declare_and_write(applicant: Page) -> None:
    """Touch the declaration, and write a name in three strokes."""
    await applicant.locator("[data-act=declare]:enabled").tap()
    await write_name(applicant)


async def write_name(applicant: Page) -> None:
    """Write a name in three strokes."""
    await applicant.locator("canvas.signature").scroll_into_view_if_needed()
    box = await applicant.locator("canvas.signature").bounding_box()
    if box is None:
        raise JourneyFailed("no place to sign")
    for stroke in range(3):
        left, top = box["x"] + 60 + 110 * stroke, box["y"] + 60
        await applicant.mouse.move(left, top)
        await applicant.mouse.down()
        for step in range(16):
            await applicant.mouse.move(left + 6 * step, top + (step % 5) * 14)
        await applicant.mouse.up()


async def refuse_once(applicant: Page, clerk: Page) -> None:
    """Not sign at first, say why, and get the same application again."""
    await applicant.locator("[data-act=do-not-sign]").tap()
    await applicant.locator("[data-act=refuse-unclear]").tap()
    await clerk.locator("[data-refused]").wait_for()
    await clerk.locator("[data-act=accept-form]").click()
    await applicant.locator(".pages img").last.wait_for()


async def countersign(clerk: Page) -> None:
    """Sign below the applicant, by keyboard."""
    await clerk.locator("[data-act=countersign]:enabled").wait_for()
    await clerk.keyboard.press("s")
    await clerk.locator("[data-countersigned]").wait_for()
