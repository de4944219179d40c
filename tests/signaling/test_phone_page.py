"""The page on the applicant's phone, on lines and with files as phones have them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages import CHROMIUM, a_browser
from tests.signaling.phone_world import Visit, a_photograph, a_visit_at
from tests.signaling.site import Site

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no Chromium on this machine"
)
FILES = "**/api/phone/files"
CHOOSE = "[data-act=phone-choose]"
WHAT_FILES_WENT_THROUGH = """() => {
  const seen = new Set();
  const note = () => document.querySelectorAll("[data-file]")
    .forEach((one) => seen.add(one.dataset.file));
  const all = { subtree: true, childList: true, attributes: true };
  new MutationObserver(note).observe(document.body, all);
  return seen;
}"""


@pytest.fixture
async def visit(site: Site) -> AsyncIterator[Visit]:
    async with a_visit_at(site) as visit:
        yield visit


@pytest.fixture
async def blank() -> AsyncIterator[Page]:
    async with a_browser() as context:
        yield await (await context()).new_page()


@pytest.fixture
async def page(visit: Visit, blank: Page) -> Page:
    """The page, opened with the square of a paper of several pages."""
    await blank.goto(await address(visit))
    await blank.locator("[data-paper]").wait_for()
    return blank


async def address(visit: Visit) -> str:
    status, invited = await visit.invite("articles")
    assert status == 200
    return str(invited["url"])


def photographs(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(a_photograph("articles"))
    return [folder / name for name in names]


async def test_files_that_wait_are_told_when_everything_is_over(
    page: Page, tmp_path: Path
) -> None:
    await page.route(
        FILES, lambda route: route.fulfill(status=410, json={"code": "phone-ended"})
    )

    await page.locator(CHOOSE).set_input_files(photographs(tmp_path, "a", "b", "c"))

    await page.locator("[data-code=phone-ended]").wait_for()
    assert await page.locator("[data-file=refused]").count() == 3
    # The page still answers.
    await page.locator("header select").select_option("pt")
    await expect(page.locator("html")).to_have_attribute("lang", "pt")


async def test_a_page_that_is_loaded_again_before_the_answer_came_gets_in(
    visit: Visit, blank: Page
) -> None:
    async def lost(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await blank.route("**/api/phone", lost, times=1)
    await blank.goto(await address(visit))
    await blank.locator("main .why").wait_for()

    await blank.reload()

    await blank.locator("[data-paper]").wait_for()
    assert "#" not in blank.url
    kept = await blank.evaluate("Object.keys(sessionStorage)")
    assert kept == ["phone"]


async def test_a_file_that_is_gone_does_not_hold_up_the_next(
    page: Page, tmp_path: Path
) -> None:
    gone, there = photographs(tmp_path, "gone", "there")

    async def first(route: Route) -> None:
        gone.unlink()
        await route.abort()

    await page.route(FILES, first, times=1)
    await page.locator(CHOOSE).set_input_files([gone])
    await page.locator(CHOOSE).set_input_files([there])

    await page.locator("[data-file=stored]").wait_for()
    assert await page.locator("[data-file=refused]").count() == 1


async def test_a_server_that_wants_a_pause_is_no_broken_line(
    page: Page, tmp_path: Path
) -> None:
    answer = {"code": "phone-too-fast"}
    await page.route(
        FILES, lambda route: route.fulfill(status=429, json=answer), times=1
    )
    seen = await page.evaluate_handle(WHAT_FILES_WENT_THROUGH)

    await page.locator(CHOOSE).set_input_files(photographs(tmp_path, "a"))

    await page.locator("[data-file=stored]").wait_for()
    assert "cut" not in await seen.evaluate("(seen) => [...seen]")


async def test_the_keyboard_stays_on_the_button_with_which_a_file_was_chosen(
    page: Page, tmp_path: Path
) -> None:
    await page.locator(CHOOSE).focus()

    await page.locator(CHOOSE).set_input_files(photographs(tmp_path, "a"))

    await page.locator("[data-file]").first.wait_for()
    await expect(page.locator(CHOOSE)).to_be_focused()


async def test_a_line_that_died_is_noticed_long_before_the_time_is_over(
    visit: Visit, blank: Page, tmp_path: Path
) -> None:
    await blank.clock.install()
    await blank.goto(await address(visit))
    await blank.locator("[data-paper]").wait_for()
    await blank.route(FILES, lambda route: None, times=1)  # never answered
    await blank.locator(CHOOSE).set_input_files(photographs(tmp_path, "a"))
    await blank.locator("[data-file=sending]").wait_for()

    await blank.clock.fast_forward(61_000)

    await blank.locator("[data-file=cut]").wait_for()
    await blank.clock.fast_forward(2_000)
    await blank.locator("[data-file=stored]").wait_for()
