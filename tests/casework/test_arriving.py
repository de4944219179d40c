"""A page that arrives is the one that somebody is looking at, and stays it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from casework.case import Case
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound
from casework.material import Anyway
from protocol.ids import IDENTITY
from protocol.states import CaseState, MaterialState
from tests.builders import CLERK, TERMINAL, Office, a_step
from tests.casework.scanned import (
    ARTICLES,
    an_office,
    coming,
    kinds,
    stored,
    with_pages,
)

REASON, WHY = "page-blurred", "older than the flood"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


@pytest.fixture
async def refused(office: Office) -> AsyncIterator[Case]:
    """A paper of one page that the clerk wants again."""
    case = await with_pages(office, 1)
    yield await office.cases.refuse_material(
        case.id, ARTICLES, "reason-wrong-paper", a_step("no"), CLERK
    )


async def test_a_page_is_one_picture_for_good(office: Office) -> None:
    case = await with_pages(office, 1)

    with pytest.raises(NotAllowedNow):
        await office.scans.page_stored(
            case.id, coming(1), ("key", "other"), a_step("again"), TERMINAL
        )


async def test_the_untouched_picture_is_not_exchanged(office: Office) -> None:
    case = await with_pages(office, 1)
    for key, step in (("first", "a"), ("first", "b")):
        await office.scans.original_stored(
            case.id, coming(1), (key, "digest"), a_step(step), TERMINAL
        )

    with pytest.raises(NotAllowedNow):
        await office.scans.original_stored(
            case.id, coming(1), ("second", "other"), a_step("c"), TERMINAL
        )


async def test_a_page_that_was_on_its_way_does_not_wipe_out_a_refusal(
    office: Office, refused: Case
) -> None:
    with pytest.raises(NotFound):
        await office.scans.previews_arrived(refused.id, [(coming(2), "late")])

    paper = (await office.store.load(refused.id)).material(ARTICLES)
    assert (paper.state, paper.reason) == (MaterialState.REFUSED, "reason-wrong-paper")


async def test_why_another_page_did_not_come_is_said_until_something_is_done(
    office: Office,
) -> None:
    case = await office.opened()
    await office.scans.previews_arrived(case.id, [(coming(1), "preview")])
    await office.scans.capture_failed(case.id, ARTICLES, "page-blurred")

    said = ("key", "digest")
    case = await office.scans.page_stored(
        case.id, coming(1), said, a_step("stored"), TERMINAL
    )
    assert case.material(ARTICLES).reason == "page-blurred"

    await office.scans.previews_arrived(case.id, [(coming(2), "preview")])
    case = await office.store.load(case.id)
    assert case.material(ARTICLES).reason == ""


async def test_a_refused_paper_is_not_rearranged(office: Office, refused: Case) -> None:
    page = refused.material(ARTICLES).pages[0].id

    for change in (
        office.scans.turn_page(refused.id, ARTICLES, page, 1, a_step("turn")),
        office.scans.move_page(refused.id, ARTICLES, page, 0),
        office.scans.remove_page(refused.id, ARTICLES, page, a_step("out"), CLERK),
    ):
        with pytest.raises(NotAllowedNow):
            await change


async def test_what_was_compared_with_other_pages_is_not_confirmed(
    office: Office,
) -> None:
    case = await with_pages(office, 1)
    said = case.material(ARTICLES).sha256, {"company": "示範科技"}
    await stored(office, case, coming(2))

    with pytest.raises(ChangedMeanwhile):
        await office.scans.confirm_fields(case.id, ARTICLES, said, a_step("ok"), CLERK)


async def test_what_is_on_an_accepted_paper_is_confirmed_no_more(
    office: Office,
) -> None:
    case = await office.ready_for_form()
    said = case.material(ARTICLES).sha256, {"company": "示範科技"}

    with pytest.raises(NotAllowedNow):
        await office.scans.confirm_fields(case.id, ARTICLES, said, a_step("ok"), CLERK)


async def test_an_identity_document_that_was_refused_is_compared_with_the_face_again(
    office: Office,
) -> None:
    case = await office.ready_for_form()
    before = case.state
    case = await office.cases.refuse_material(
        case.id, IDENTITY, "?", a_step("no"), CLERK
    )
    case = await office.stored_page(case, IDENTITY)
    seen = case.material(IDENTITY).sha256

    with pytest.raises(NotAllowedNow):
        await office.cases.accept_material(
            case.id, IDENTITY, seen, a_step("accept"), CLERK
        )
    case = await office.cases.confirm_identity(case.id, seen, a_step("face"), CLERK)

    assert (case.state, before) == (CaseState.COLLECTING, CaseState.COLLECTING)
    assert case.material(IDENTITY).state is MaterialState.ACCEPTED
    with pytest.raises(NotAllowedNow):
        await office.cases.confirm_identity(case.id, seen, a_step("twice"), CLERK)


async def refused_as_blurred(office: Office) -> Case:
    case = await with_pages(office, 1)
    case = await office.scans.capture_failed(case.id, ARTICLES, REASON)
    said = Anyway(REASON, WHY, CLERK)
    return await office.scans.take_anyway(case.id, ARTICLES, said, a_step("anyway"))


async def test_who_took_a_refused_page_and_why_is_in_the_evidence(
    office: Office,
) -> None:
    case = await refused_as_blurred(office)

    case = await stored(office, case, coming(2, overridden=REASON, why=WHY))

    page = case.material(ARTICLES).page(coming(2).page)
    assert (page.overridden, page.why) == (REASON, WHY)
    said = "".join(await kinds(office))
    assert REASON in said
    assert f'"taken-by":"{CLERK}"' in said.replace(" ", "")
    assert "flood" not in said


async def test_only_a_clerk_takes_a_page_anyway_and_only_the_next(
    office: Office,
) -> None:
    case = await refused_as_blurred(office)

    for claimed in (
        coming(2, overridden=REASON, why="the terminal says so"),
        coming(2, overridden="page-fold", why=WHY),
    ):
        with pytest.raises(NotAllowedNow):
            await stored(office, case, claimed)
    # A good page that comes first does not use it up.
    await stored(office, case, coming(2))
    await stored(office, case, coming(3, overridden=REASON, why=WHY))
    with pytest.raises(NotAllowedNow):
        await stored(office, case, coming(4, overridden=REASON, why=WHY))


async def test_a_page_is_taken_anyway_only_for_what_it_was_refused_for(
    office: Office,
) -> None:
    case = await with_pages(office, 1)

    with pytest.raises(NotAllowedNow):
        said = Anyway(REASON, WHY, CLERK)
        await office.scans.take_anyway(case.id, ARTICLES, said, a_step("anyway"))
