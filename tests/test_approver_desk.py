"""An approver sees the papers, and what the clerk found on them."""

import hashlib
from pathlib import Path

import msgspec

from casework.case import Case
from casework.material import Page
from document_capture.straighten import to_jpeg
from protocol.ids import MaterialId, PageId
from protocol.views import ReadField
from tests.builders import ROOT
from tests.document_capture.drawn import a_page
from tests.signaling.site import Site, serving
from tests.signaling.test_licence_api import issued
from tests.test_licence_desk import a_desk, presses
from tests.test_licence_page import a_phone, faults, needs_browser

NUMBER = ReadField(
    name="number",
    text="X0000000(0)",
    confidence=0.97,
    verified=True,
    place=[0.1, 0.1, 0.5, 0.05],
)
NAME = msgspec.structs.replace(NUMBER, name="name", text="CHAN", verified=False)
CONFIRMED = {"number": "X0000000(0)", "name": "CHAN Siu Ming"}


async def with_what_was_read(site: Site, case: Case) -> None:
    """Give the identity document a page that was read, and compared but for a value."""
    jpeg = to_jpeg(a_page(), 85)
    key = await site.services.papers.keep_bytes(case.id, "identity-page", jpeg)
    page = Page(
        id=PageId("e" * 32),
        sha256=hashlib.sha256(jpeg).hexdigest(),
        preview=key,
        page=key,
        fields=(NUMBER, NAME),
        overridden="page-blurred",
        why="the only copy there is",
    )
    identity = msgspec.structs.replace(
        case.material(MaterialId("identity")), pages=(page,), confirmed=CONFIRMED
    )

    def change(old: Case) -> Case:
        papers = tuple(
            identity if one.id == identity.id else one for one in old.materials
        )
        return old.with_changes(old.touched, materials=papers)

    await site.services.cases.ledger.change(case.id, change)


@needs_browser
async def test_an_approver_sees_which_values_the_clerk_compared_or_typed(
    tmp_path: Path,
) -> None:
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    async with serving(Site(tmp_path)) as site, a_phone() as browser:
        case = await issued(site)
        await with_what_was_read(site, case)
        page = await a_desk(browser, site, "approver")
        await presses(page, f"[data-case='{case.number}']")

        number = page.locator("[data-given=number][data-compared=value-confirmed]")
        await number.locator(".crop").wait_for()
        assert "X0000000(0)" in await number.inner_text()
        name = page.locator("[data-given=name][data-compared=value-by-clerk]")
        said = await name.inner_text()
        assert "CHAN Siu Ming" in said
        assert said.rstrip().endswith("CHAN")
        assert await page.locator("[data-compared=value-not-compared]").count()
        overridden = await page.locator("[data-overridden]").inner_text()
        assert "the only copy there is" in overridden
        await page.evaluate(axe)
        assert await faults(page) == []
        await page.screenshot(path=tmp_path / "desk.png", full_page=True)
