"""Pages are read beside the call, and bound when they are accepted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from casework.arriving import Arriving
from casework.case import Case
from casework.items import FieldSpec
from casework.material import Page
from protocol.ids import CaseId, MaterialId
from protocol.states import ReadState
from protocol.views import ReadField
from signaling.readings import Leaf, Read, ReadingFailed, Readings, SealRead
from tests.builders import Office, a_step

ARTICLES = MaterialId("articles")
NAME = ReadField(name="name", text="陳示範", confidence=0.98)


class FakeReader:
    """Reads the same from every page, when it is let."""

    def __init__(self) -> None:
        self.at_once = 0
        self.most_at_once = 0
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.broken = False
        self.bound: list[list[Leaf]] = []
        self.sealed = SealRead("", b"PNG", 42.0, 41.0, (0.1, 0.2, 0.3, 0.3))

    async def read(self, jpeg: bytes, fields: Sequence[FieldSpec]) -> Read:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.may_read.wait()
        for _ in range(100):  # a while in which others may come
            await asyncio.sleep(0)
        self.at_once -= 1
        if self.broken:
            raise ReadingFailed("broken")
        return Read([NAME], b"[lines]")

    async def seal(self, jpeg: bytes) -> SealRead:
        return self.sealed

    async def bind(self, leaves: Sequence[Leaf], title: str) -> bytes:
        self.bound.append(list(leaves))
        return b"%PDF of " + title.encode()


class Site:
    """Readings of a real office, with a reader that can be told what to do."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.reader = FakeReader()
        self.told: asyncio.Queue[CaseId] = asyncio.Queue()
        self.readings = Readings(
            office.scans, office.papers, self.reader, self.told.put
        )

    async def page(self, case: CaseId) -> Page:
        found = await self.office.store.load(case)
        return found.material(ARTICLES).pages[0]

    async def captured(self) -> tuple[Case, Arriving]:
        case = await self.office.opened()
        case = await self.office.stored_page(case, "articles")
        page = case.material(ARTICLES).pages[0].id
        return case, Arriving(material=ARTICLES, page=page)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    office = await Office(tmp_path).open()
    site = Site(office)
    yield site
    await site.readings.close()
    await office.engine.dispose()


async def test_the_clerk_is_told_what_was_read(site: Site) -> None:
    case, page = await site.captured()

    site.readings.begin(case.id, page)

    assert await site.told.get() == case.id
    read = await site.page(case.id)
    assert (read.read, read.fields) == (ReadState.READ, (NAME,))


async def test_a_page_that_cannot_be_read_says_so_and_is_read_again_when_asked(
    site: Site,
) -> None:
    case, page = await site.captured()
    site.reader.broken = True
    site.readings.begin(case.id, page)
    await site.told.get()
    assert (await site.page(case.id)).read is ReadState.FAILED

    site.reader.broken = False
    await site.readings.again(case.id, ARTICLES, page.page)

    await site.told.get()
    assert (await site.page(case.id)).read is ReadState.READ


async def test_what_a_stopped_server_had_not_read_is_read_by_the_next(
    site: Site,
) -> None:
    case, _ = await site.captured()
    never_opened = CaseId("f" * 32)

    await site.readings.resume([never_opened, case.id])

    assert await site.told.get() == case.id
    assert (await site.page(case.id)).read is ReadState.READ


async def test_pages_of_one_case_are_read_one_after_the_other(site: Site) -> None:
    case, page = await site.captured()
    for _ in range(3):
        site.readings.begin(case.id, page)

    async with asyncio.timeout(30):
        for _ in range(3):
            await site.told.get()
    assert site.reader.most_at_once == 1


async def test_a_page_that_is_read_again_is_not_forgotten_with_the_first_reading(
    site: Site,
) -> None:
    case, page = await site.captured()
    site.readings.begin(case.id, page)
    first = site.readings._tasks[page.page]
    site.readings.begin(case.id, page)
    again = site.readings._tasks[page.page]

    await first
    await asyncio.sleep(0)

    assert site.readings._tasks == {page.page: again}
    await again


async def test_a_page_that_was_taken_out_while_it_was_read_harms_nobody(
    site: Site,
) -> None:
    case, page = await site.captured()
    site.reader.may_read.clear()
    site.readings.begin(case.id, page)
    await site.office.scans.remove_page(
        case.id, ARTICLES, page.page, a_step("out"), "x"
    )

    site.reader.may_read.set()
    await asyncio.gather(*site.readings._tasks.values())

    assert (await site.office.store.load(case.id)).material(ARTICLES).pages == ()


async def test_every_accepted_paper_is_bound_once_with_what_was_read(
    site: Site,
) -> None:
    case = await site.office.ready_for_form()
    page = case.material(ARTICLES).pages[0].id
    site.reader.may_read.clear()
    site.readings.begin(case.id, Arriving(material=ARTICLES, page=page))
    binding = asyncio.create_task(site.readings.bind(case.id))

    site.reader.may_read.set()
    await binding
    await site.readings.bind(case.id)

    assert [len(leaves) for leaves in site.reader.bound] == [1, 1, 1]
    assert any(leaves[0].lines == b"[lines]" for leaves in site.reader.bound)
    found = await site.office.store.load(case.id)
    names = {one.name for one in found.documents}
    assert names == {f"material-{one.id}" for one in case.materials}
