"""A clerk works on papers by keyboard, while lines are slow and other pages come."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from casework.arriving import Arriving
from casework.case import Case
from casework.material import Material
from counter_client.specimens import desk as a_desk_picture
from document_capture.straighten import to_jpeg
from protocol.ids import IDENTITY, CaseId, MaterialId, PageId, StepId
from protocol.states import MaterialState
from protocol.views import ReadField
from tests.builders import CLERK, TERMINAL
from tests.pages import CHROMIUM, a_browser
from tests.signaling.site import Ear, Site, a_call

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no Chromium on this machine"
)
PREMISES = MaterialId("premises")
LINE_DELAY = 0.15
MISREAD, RIGHT = "12 Nathan Road Kowloom", "12 Nathan Road, Kowloon"


class Visit:
    """A call, its terminal, and the desk's page in a browser."""

    def __init__(self, site: Site, counter: Ear, page: Page) -> None:
        assert counter.session is not None, "in a call"
        self.services = site.services
        self.counter = counter
        self.page = page
        self.case = CaseId(counter.session["case"]["id"])

    async def load(self) -> Case:
        return await self.services.cases.ledger.store.load(self.case)

    async def paper(self, paper: MaterialId) -> Material:
        return (await self.load()).material(paper)

    async def store(self, paper: MaterialId, place: int, **fields: str) -> None:
        """Let a page arrive, on which a machine has read ``fields``."""
        scans = self.services.scans
        data = to_jpeg(a_desk_picture((300, 420), place).astype(np.uint8), 80)
        key = await self.services.papers.keep_bytes(self.case, f"{paper}-page", data)
        name, rounds = PageId(f"{place:032x}"), (await self.paper(paper)).refusals
        page = Arriving(material=paper, page=name, round=rounds)
        await scans.previews_arrived(self.case, [(page, key)])
        stored = key, hashlib.sha256(data).hexdigest()
        step = StepId(f"page-{paper}-{place}")
        await scans.page_stored(self.case, page, stored, step, TERMINAL)
        read = [ReadField(name=name, text=text) for name, text in fields.items()]
        await scans.page_read(self.case, page, tuple(read), "")
        await self.services.visits.tell_case(self.case)

    async def recognised(self) -> None:
        """Let the clerk have compared face and identity document."""
        await self.store(IDENTITY, 99)
        seen = (await self.paper(IDENTITY)).sha256
        await self.services.cases.confirm_identity(
            self.case, seen, StepId("face"), CLERK
        )
        await self.services.visits.tell_case(self.case)

    async def choose(self, paper: str) -> None:
        await self.page.locator(f"[data-material={paper}]").click()

    async def until(self, paper: MaterialId, state: MaterialState) -> Material:
        async with asyncio.timeout(20):
            while (found := await self.paper(paper)).state is not state:  # noqa: ASYNC110  # the page tells nobody
                await asyncio.sleep(0.02)
        return found


def slow(route: WebSocketRoute) -> None:
    """A line on which every word takes its time."""
    server, loop = route.connect_to_server(), asyncio.get_running_loop()
    route.on_message(lambda said: loop.call_later(LINE_DELAY, server.send, said))
    server.on_message(lambda said: loop.call_later(LINE_DELAY, route.send, said))


@contextlib.asynccontextmanager
async def a_visit(site: Site) -> AsyncIterator[Visit]:
    async with a_call(site) as (counter, _desk, _call), a_browser() as context:
        await counter.sees(lambda session: session["case"] is not None)
        page = await (await context()).new_page()
        await page.route_web_socket("**/ws/desk", slow)
        await page.goto(f"{site.base}/desk/")
        await page.locator("[data-account=clerk]").click()
        yield Visit(site, counter, page)


@pytest.fixture
async def visit(site: Site) -> AsyncIterator[Visit]:
    async with a_visit(site) as visit:
        yield visit


async def test_two_quarters_turn_the_page_on_which_they_were_pressed(
    visit: Visit,
) -> None:
    await visit.recognised()
    for number in (1, 2, 3):
        await visit.store(PREMISES, number)
    await visit.choose(PREMISES)
    await visit.page.locator("[data-thumb='0']").click()

    for key in ("r", "r", "ArrowRight"):
        await visit.page.keyboard.press(key)

    def turns(paper: Material) -> list[int]:
        return [one.turns for one in paper.pages]

    async with asyncio.timeout(20):
        while turns(await visit.paper(PREMISES)) != [2, 0, 0]:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.02)


async def test_what_a_clerk_types_stays_when_another_page_comes(visit: Visit) -> None:
    await visit.recognised()
    await visit.store(PREMISES, 1, address=MISREAD)
    await visit.choose(PREMISES)
    address = visit.page.locator("#value-address")
    await expect(address).to_have_value(MISREAD)
    await address.fill(RIGHT)

    await visit.store(PREMISES, 2)
    await visit.page.locator("[data-thumb='1']").wait_for()

    await expect(address).to_have_value(RIGHT)
    await address.press("Enter")
    await visit.page.keyboard.press("Enter")
    await visit.page.locator("[data-told=value-confirmed]").wait_for()
    assert (await visit.paper(PREMISES)).confirmed == {"address": RIGHT}


async def test_values_of_another_document_are_not_confirmed(visit: Visit) -> None:
    await visit.store(IDENTITY, 1, number="A123456(3)")
    await expect(visit.page.locator("#value-number")).to_have_value("A123456(3)")
    asyncio.get_running_loop().call_soon(
        lambda: asyncio.ensure_future(visit.store(IDENTITY, 2, number="B765432(1)"))
    )

    await visit.page.keyboard.press("c")

    await visit.page.get_by_role("alert").wait_for()
    assert (await visit.paper(IDENTITY)).confirmed == {}


async def test_another_identity_document_is_compared_with_the_face_again(
    visit: Visit,
) -> None:
    await visit.recognised()
    await visit.choose(IDENTITY)
    await visit.page.keyboard.press("1")
    await visit.until(IDENTITY, MaterialState.REFUSED)

    await visit.store(IDENTITY, 1)
    await visit.page.locator("[data-compare-faces]").wait_for()
    await visit.page.locator("[data-act=accept]:enabled").wait_for()
    await visit.page.keyboard.press("a")
    with contextlib.suppress(AssertionError):
        await expect(visit.page.locator("[data-not-compared]")).to_be_visible(
            timeout=1000
        )
        await visit.page.keyboard.press("a")

    await visit.until(IDENTITY, MaterialState.ACCEPTED)
    entries = await visit.services.cases.ledger.store.entries()
    kinds = [json.loads(one.leaf)["kind"] for one in entries]
    assert kinds.count("identity-confirmed") == 2
    assert "material-accepted" not in kinds


async def test_taking_a_page_anyway_replaces_the_one_that_was_asked_for_again(
    visit: Visit,
) -> None:
    await visit.recognised()
    await visit.store(PREMISES, 1)
    await visit.choose(PREMISES)
    await visit.page.locator("[data-act=again]:enabled").wait_for()
    await visit.page.keyboard.press("Shift+S")
    first = await visit.counter.until(lambda heard: heard["type"] == "shoot-page")

    await visit.counter.socket.send_json(
        {
            "type": "capture-failed",
            "case": visit.case,
            "material": PREMISES,
            "reason": "page-blurred",
            "replaces": first["replaces"],
        }
    )
    await visit.page.locator("[data-act=anyway]").click()
    await visit.page.locator("#why").fill("the only copy there is")
    await visit.page.keyboard.press("Enter")

    second = await visit.counter.until(lambda heard: heard["type"] == "shoot-page")
    assert second["replaces"] == first["replaces"] == f"{1:032x}"
    assert second["overrides"] == "page-blurred"
