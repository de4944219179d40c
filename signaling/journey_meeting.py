"""How the two people of the journey meet: a touch, an answer, a picture."""

from playwright.async_api import Page

from signaling.journey import Stopwatch
from signaling.journey_sight import moves, sees

APPLICANT_COLOUR = 60, 160, 60
CLERK_COLOUR = 170, 80, 40
"""Blue, green and red of the two fake cameras: who sees whom can be measured."""
ITEM = "[data-item=foreign-enterprise]:enabled"


async def meet(applicant: Page, clerk: Page, watch: Stopwatch) -> None:
    """Touch the item, answer at once, and see each other."""
    with watch.step("touch to picture"):
        # Reaching a button is a person's time; it ends as the button is pressed.
        with watch.human():
            await applicant.locator(ITEM).tap()
        answer = clerk.locator("[data-act=answer]")
        await answer.wait_for()
        with watch.human():
            await answer.click()
        await sees(applicant, "[data-video=remote]", CLERK_COLOUR)
    with watch.step("clerk sees applicant and papers"):
        await sees(clerk, "[data-video=applicant]", APPLICANT_COLOUR)
        await moves(clerk, "[data-video=document]")
