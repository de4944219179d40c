"""Files of several pages from a phone: all of one get into the paper, or none."""

import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from casework.arriving import Arriving
from casework.case import Case
from casework.errors import NotStored
from protocol.ids import CaseId, StepId
from tests.builders import ROOT
from tests.signaling.phone_world import SPECIMENS, Visit, a_pdf, a_scan, a_visit_at
from tests.signaling.site import Site, serving


@pytest.fixture
async def roomy(tmp_path: Path) -> AsyncIterator[Visit]:
    """A visit for an item whose articles may have four pages."""
    folder = tmp_path / "services"
    shutil.copytree(ROOT / "services", folder)
    item = folder / "foreign-enterprise.yaml"
    text = item.read_text("utf-8")
    more = text.replace(
        "- id: articles\n    pages: 12\n", "- id: articles\n    pages: 4\n"
    )
    item.write_text(more, "utf-8")
    site = Site(tmp_path)
    site.settings = dataclasses.replace(site.settings, services_dir=str(folder))
    async with serving(site), a_visit_at(site) as visit:
        yield visit


async def test_a_pdf_of_two_pages_becomes_two_pages(roomy: Visit) -> None:
    phone = await roomy.opened("articles")
    pdf = a_pdf(SPECIMENS.paper("articles"), SPECIMENS.paper("premises"))

    assert await phone.send(pdf) == (200, {"pages": 2})
    await roomy.desk.sees(lambda _: len(roomy.pages("articles")) == 2)
    assert await phone.send(pdf) == (422, {"code": "page-duplicate"})
    another = a_pdf(SPECIMENS.paper("premises"), SPECIMENS.paper("identity"))
    assert await phone.send(another) == (200, {"pages": 2})
    assert await phone.send(a_scan("articles")) == (422, {"code": "phone-no-room"})


async def test_a_page_that_the_clerk_takes_out_does_not_stop_the_others(
    roomy: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, scans = await roomy.opened("articles"), roomy.site.services.scans
    store = scans.page_stored

    async def taken_out_before(case: CaseId, page: Arriving, *more: Any) -> Case:
        monkeypatch.undo()
        await scans.remove_page(case, page.material, page.page, StepId("out"), "clerk")
        return await store(case, page, *more)

    monkeypatch.setattr(scans, "page_stored", taken_out_before)
    pdf = a_pdf(SPECIMENS.paper("articles"), SPECIMENS.paper("premises"))

    assert await phone.send(pdf) == (200, {"pages": 1})
    await roomy.desk.sees(
        lambda _: [bool(one["sha256"]) for one in roomy.pages("articles")] == [True]
    )


async def test_a_file_that_the_store_takes_half_of_leaves_the_paper_as_it_was(
    roomy: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, papers = await roomy.opened("articles"), roomy.site.services.papers
    keep, file = papers.keep_bytes, "b" * 32

    async def full_at_the_fifth(case: CaseId, name: str, data: bytes) -> str:
        calls.append(name)
        if len(calls) == 5:
            raise NotStored(name)
        return await keep(case, name, data)

    calls = list[str]()
    monkeypatch.setattr(papers, "keep_bytes", full_at_the_fifth)
    pdf = a_pdf(SPECIMENS.paper("articles"), SPECIMENS.paper("premises"))

    assert (await phone.send(pdf, file))[0] == 503
    assert roomy.pages("articles") == []

    assert await phone.send(pdf, file) == (200, {"pages": 2})
