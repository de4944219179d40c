"""Papers of several pages on their way to a case, without their pictures."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from casework.arriving import Arriving
from casework.case import Case
from casework.items import FieldSpec, MaterialSpec
from protocol.ids import MaterialId, PageId
from tests.builders import TERMINAL, Office, a_step

ARTICLES = MaterialId("articles")


def a_page_id(number: int) -> PageId:
    return PageId(f"{number:032x}")


def coming(number: int, **more: object) -> Arriving:
    page = Arriving(material=ARTICLES, page=a_page_id(number))
    return msgspec.structs.replace(page, **more)


@contextlib.asynccontextmanager
async def an_office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose papers have up to three pages."""
    opened = await Office(tmp_path).open()
    item = opened.items.item("foreign-enterprise")
    item.materials[:] = [_of_three_pages(one) for one in item.materials]
    yield opened
    await opened.engine.dispose()


def _of_three_pages(spec: MaterialSpec) -> MaterialSpec:
    fields = [FieldSpec(name="company", title={"en": "Company"})]
    return MaterialSpec(id=spec.id, title=spec.title, pages=3, fields=fields)


async def with_pages(office: Office, *numbers: int) -> Case:
    case = await office.opened()
    for number in numbers:
        case = await stored(office, case, coming(number))
    return case


async def stored(office: Office, case: Case, page: Arriving) -> Case:
    await office.scans.previews_arrived(case.id, [(page, "preview")])
    digest = f"{page.page[-4:]}-digest"
    step = a_step(f"page-{page.page}")
    return await office.scans.page_stored(
        case.id, page, ("key", digest), step, TERMINAL
    )


def order(case: Case) -> list[int]:
    return [int(one.id, 16) for one in case.material(ARTICLES).pages]


async def kinds(office: Office) -> list[str]:
    said = [entry.said for entry in await office.store.entries()]
    return [msgspec.json.encode(one).decode() for one in said]
