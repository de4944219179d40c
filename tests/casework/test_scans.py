"""A paper of several pages: captured, arranged, read, and bound."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from casework.case import Document
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound, TooManyPages
from protocol.states import MaterialState, ReadState
from protocol.views import ReadField
from tests.builders import CLERK, TERMINAL, Office, a_step
from tests.casework.scanned import (
    ARTICLES,
    a_page_id,
    an_office,
    coming,
    kinds,
    order,
    stored,
    with_pages,
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def test_pages_come_one_after_the_other_until_there_is_no_room(
    office: Office,
) -> None:
    case = await with_pages(office, 1, 2, 3)

    assert order(case) == [1, 2, 3]
    with pytest.raises(TooManyPages):
        await office.scans.require_room(case.id, coming(4))


async def test_pages_of_one_file_get_into_a_paper_together_or_not_at_all(
    office: Office,
) -> None:
    case = await with_pages(office, 1)
    file = [(coming(2), "second"), (coming(3), "third")]

    with pytest.raises(TooManyPages):
        await office.scans.previews_arrived(case.id, [*file, (coming(4), "fourth")])
    case = await office.store.load(case.id)
    assert order(case) == [1]

    assert order(await office.scans.previews_arrived(case.id, file)) == [1, 2, 3]


async def test_all_pages_of_a_file_take_the_place_of_a_paper_that_was_refused(
    office: Office,
) -> None:
    case = await with_pages(office, 1)
    await office.cases.refuse_material(case.id, ARTICLES, "?", a_step("no"), CLERK)

    file = [(coming(2, round=1), "second"), (coming(3, round=1), "third")]
    assert order(await office.scans.previews_arrived(case.id, file)) == [2, 3]


async def test_a_page_takes_the_place_of_another(office: Office) -> None:
    case = await with_pages(office, 1, 2, 3)

    case = await stored(office, case, coming(4, replaces=a_page_id(2)))

    assert order(case) == [1, 4, 3]


async def test_a_paper_can_be_accepted_only_when_all_its_pages_are_here(
    office: Office,
) -> None:
    case = await with_pages(office, 1)
    assert case.material(ARTICLES).state is MaterialState.CHECKED

    case = await office.scans.previews_arrived(case.id, [(coming(2), "preview")])

    assert case.material(ARTICLES).state is MaterialState.CAPTURED
    assert case.material(ARTICLES).sha256 == ""


async def test_a_page_said_twice_is_one_page(office: Office) -> None:
    case = await with_pages(office, 1)

    case = await stored(office, case, coming(1))

    assert order(case) == [1]
    pages = [said for said in await kinds(office) if "page-stored" in said]
    assert len(pages) == 1


async def test_a_page_that_was_taken_out_does_not_come_back(office: Office) -> None:
    case = await office.opened()
    await office.scans.previews_arrived(case.id, [(coming(1), "preview")])
    await office.scans.remove_page(case.id, ARTICLES, a_page_id(1), a_step("x"), CLERK)

    with pytest.raises(NotFound):
        await office.scans.page_stored(
            case.id, coming(1), ("key", "digest"), a_step("late"), TERMINAL
        )


async def test_without_its_last_page_a_paper_is_wanted_again(office: Office) -> None:
    case = await with_pages(office, 1)

    case = await office.scans.remove_page(
        case.id, ARTICLES, a_page_id(1), a_step("out"), CLERK
    )

    assert case.material(ARTICLES).state is MaterialState.WANTED


async def test_what_the_clerk_accepts_is_these_pages_in_this_order(
    office: Office,
) -> None:
    case = await with_pages(office, 1, 2)
    seen = case.material(ARTICLES).sha256

    moved = await office.scans.move_page(case.id, ARTICLES, a_page_id(2), 0)

    assert order(moved) == [2, 1]
    with pytest.raises(ChangedMeanwhile):
        await office.cases.accept_material(
            case.id, ARTICLES, seen, a_step("accept"), CLERK
        )


async def test_four_quarters_are_no_turn(office: Office) -> None:
    case = await with_pages(office, 1)
    before = case.material(ARTICLES).sha256

    for quarters, name in ((1, "a"), (3, "b"), (3, "b")):
        case = await office.scans.turn_page(
            case.id, ARTICLES, a_page_id(1), quarters, a_step(name)
        )

    assert case.material(ARTICLES).page(a_page_id(1)).turns == 0
    assert case.material(ARTICLES).sha256 == before


async def test_a_refused_paper_begins_anew(office: Office) -> None:
    case = await with_pages(office, 1, 2)
    await office.cases.refuse_material(case.id, ARTICLES, "?", a_step("no"), CLERK)

    case = await stored(office, case, coming(3, round=1))

    assert order(case) == [3]


async def test_what_was_read_and_confirmed_is_kept_until_the_pages_change(
    office: Office,
) -> None:
    case = await with_pages(office, 1)
    field = ReadField(name="company", text="示範", confidence=0.9)
    await office.scans.page_read(case.id, coming(1), (field,), "lines")
    seen = case.material(ARTICLES).sha256

    case = await office.scans.confirm_fields(
        case.id, ARTICLES, (seen, {"company": "示範科技"}), a_step("ok"), CLERK
    )

    assert case.material(ARTICLES).pages[0].read is ReadState.READ
    assert case.material(ARTICLES).confirmed == {"company": "示範科技"}
    assert not any("示範" in said for said in await kinds(office))
    case = await stored(office, case, coming(2))
    assert case.material(ARTICLES).confirmed == {}


async def test_only_fields_that_the_item_reads_can_be_confirmed(office: Office) -> None:
    case = await with_pages(office, 1)
    said = case.material(ARTICLES).sha256, {"weather": "fine"}

    with pytest.raises(NotFound):
        await office.scans.confirm_fields(case.id, ARTICLES, said, a_step("ok"), CLERK)


async def test_the_pdf_of_a_paper_goes_with_the_pages_that_it_holds(
    office: Office,
) -> None:
    case = await office.ready_for_form()
    articles = case.material(ARTICLES)
    pdf = Document(name=articles.document_name, key="k", sha256="d", size=1, pages=1)

    bound = await office.scans.bound(case.id, articles, pdf)
    assert bound.document("material-articles") == pdf

    again = await office.cases.refuse_material(
        case.id, ARTICLES, "?", a_step("no"), CLERK
    )
    assert again.document("material-articles") is None


async def test_nothing_is_rearranged_after_the_signature(office: Office) -> None:
    case = await office.submitted()
    page = case.material(ARTICLES).pages[0].id

    with pytest.raises(NotAllowedNow):
        await office.scans.remove_page(case.id, ARTICLES, page, a_step("x"), CLERK)
