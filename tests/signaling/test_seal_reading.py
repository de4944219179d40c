"""The company's seal is cut out of its page beside the call, and both sides see it."""

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image as Picture

from casework.arriving import Arriving
from casework.case import Case
from casework.material import Step
from counter_client.specimens import Specimens
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from signaling.reader import PageReader
from signaling.readings import ReadingFailed, SealRead
from signaling.views import case_view
from tests.builders import FONTS, Office, a_visit
from tests.casework.partners import PARTNERSHIP, SEAL
from tests.signaling.test_readings import Site


def a_sheet(paper: str = "seal") -> Image:
    return Specimens(FONTS).paper(paper)


@pytest.fixture
async def reader() -> AsyncIterator[PageReader]:
    opened = PageReader()
    yield opened
    opened.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    office = await Office(tmp_path).open()
    site = Site(office)
    yield site
    await site.readings.close()
    await office.engine.dispose()


async def laid(site: Site) -> tuple[Case, Arriving]:
    """Return a case with a page of the paper that is to bear the seal."""
    case = await site.office.cases.open(a_visit(item=PARTNERSHIP))
    case = await site.office.stored_page(case, SEAL)
    return case, Arriving(material=SEAL, page=case.material(SEAL).pages[0].id)


async def test_the_seal_of_a_photographed_sheet_is_cut_out_in_another_process(
    reader: PageReader,
) -> None:
    read = await reader.seal(to_jpeg(a_sheet(), 85))

    assert read.why == ""
    assert (read.width, read.height) == pytest.approx((44.2, 44.2), abs=0.5)
    with Picture.open(io.BytesIO(read.png), formats=["PNG"]) as picture:
        assert picture.mode == "RGBA"
    with pytest.raises(ReadingFailed):
        await reader.seal(b"\xff\xd8\xff nothing \xff\xd9")


async def test_a_page_that_says_its_resolution_is_believed(reader: PageReader) -> None:
    read = await reader.seal(to_jpeg(a_sheet(), 85, dpi=140))

    assert read.width == pytest.approx(44.2 * 150 / 140, abs=0.5)


async def test_a_sheet_without_a_seal_says_why(reader: PageReader) -> None:
    assert await reader.seal(to_jpeg(a_sheet("articles"), 85)) == SealRead(
        "seal-not-found"
    )


async def test_the_clerk_sees_the_seal_before_the_words_are_read(site: Site) -> None:
    case, page = await laid(site)
    site.reader.may_read.clear()

    site.readings.begin(case.id, page)

    assert await site.told.get() == case.id
    kept = await site.office.store.load(case.id)
    [one] = case_view(kept).materials[3].pages
    assert one.seal is not None
    assert (one.seal.width, one.seal.height) == (42.0, 41.0)
    assert one.seal.sha256 == hashlib.sha256(b"PNG").hexdigest()
    found = kept.material(SEAL).pages[0].seal
    assert found is not None
    assert await site.office.papers.read_bytes(case.id, found.key) == b"PNG"


async def test_why_there_is_no_seal_is_said_on_both_screens(site: Site) -> None:
    case, page = await laid(site)
    site.reader.sealed = SealRead("seal-several")

    site.readings.begin(case.id, page)

    await site.told.get()
    view = case_view(await site.office.store.load(case.id)).materials[3]
    assert (view.reason, view.pages[0].seal) == ("seal-several", None)


async def test_a_seal_that_was_accepted_stays_when_its_page_is_read_again(
    site: Site,
) -> None:
    case, page = await laid(site)
    site.readings.begin(case.id, page)
    await site.told.get()
    case = await site.office.store.load(case.id)
    case = msgspec.structs.replace(
        case.after_material(SEAL, Step.CLERK_ACCEPTED, 1.0), version=case.version + 1
    )
    await site.office.store.save(case, None, None)
    site.reader.sealed = SealRead("", b"ANOTHER", 40.0, 40.0, (0.0, 0.0, 1.0, 1.0))

    await site.readings.again(case.id, SEAL, page.page)

    await site.told.get()
    kept = await site.office.store.load(case.id)
    seal = kept.material(SEAL).pages[0].seal
    assert seal is not None and seal.width == 42.0


async def test_no_other_paper_is_searched_for_a_seal(site: Site) -> None:
    case, page = await site.captured()
    site.readings.begin(case.id, page)

    await site.told.get()
    [one] = case_view(await site.office.store.load(case.id)).materials[1].pages
    assert one.seal is None
