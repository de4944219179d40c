"""A licence released by its holder's document, where the office lets it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import (
    BadItem,
    ReleaseLocked,
    ReleaseNeedsCode,
    ReleaseNeedsDocument,
    WrongReleaseCode,
    WrongReleaseDocument,
)
from casework.items import Catalogue, read_item
from casework.ports import Job
from casework.printing import Printing
from casework.release_ways import ReleaseBy, Way, normalised
from casework.stores.sql_stock import SqlStockStore
from protocol.ids import StaffId, TerminalId
from tests.builders import CLERK, ITEM, ROOT, TERMINAL, Office, a_signing, a_step

HELD = "A123456(3)"
SEEN, OTHER = "A1234563", "A1234564"
APPROVER = StaffId("approver")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    yield office
    await office.engine.dispose()


def let(office: Office, by: ReleaseBy) -> None:
    """Have the office release this item's licences like that."""
    item = msgspec.structs.replace(office.items.item(ITEM), release=by)
    template = office.items.template(item)
    items = Catalogue([item], {template.id: template})
    stock = SqlStockStore(office.engine, office.store), office.photos
    printing = Printing(office.cases.ledger, office.jobs, stock, items, office.clock)
    office.releases, office.prints = printing.releases, printing.prints


async def issued(office: Office, number: str = HELD) -> Case:
    case = await office.ready_for_form(number)
    office_submitted = await submitted(office, case)
    step = a_step("ok")
    return await office.outcomes.decide(
        office_submitted.id, CaseStep.APPROVED, "", APPROVER, step
    )


async def submitted(office: Office, case: Case) -> Case:

    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)
    application = case.document("application")
    assert application is not None, "just made"
    return await office.cases.sign(a_signing(case, application.sha256))


async def said(office: Office, kind: str) -> list[dict[str, str]]:
    entries = [one.said for one in await office.store.entries()]
    return [dict(one.facts) for one in entries if one.kind == kind]


async def test_the_document_that_the_clerk_confirmed_releases_the_licence_once(
    office: Office,
) -> None:
    let(office, ReleaseBy.EITHER)
    case = await issued(office)

    job = await office.releases.release_to_holder(case.number, SEEN, TERMINAL)

    again = await office.releases.release_to_holder(case.number, SEEN, TERMINAL)
    assert again == job
    # The code opens the same release, not another one.
    by_code = office.releases.release
    assert await by_code(case.number, case.release_code, TERMINAL) == job
    with pytest.raises(ReleaseLocked):
        await office.releases.release_to_holder(case.number, SEEN, TerminalId("other"))


async def test_the_log_says_that_it_was_a_document_and_not_which(
    office: Office,
) -> None:
    let(office, ReleaseBy.EITHER)
    case = await issued(office)
    with pytest.raises(WrongReleaseDocument):
        await office.releases.release_to_holder(case.number, OTHER, TERMINAL)

    await office.releases.release_to_holder(case.number, SEEN, TERMINAL)

    [released] = await said(office, "licence-released")
    assert released["opened-by"] == "document"
    assert await said(office, "wrong-release-document") == [{"state": "issued"}]
    everything = str(await office.store.entries())
    assert not any(one in everything for one in (HELD, SEEN, OTHER))


async def test_wrong_documents_and_wrong_codes_are_counted_in_one_lock(
    office: Office,
) -> None:
    let(office, ReleaseBy.EITHER)
    case = await issued(office)
    wrong = f"{(int(case.release_code) + 1) % 10**8:08d}"

    for _ in range(3):
        with pytest.raises(WrongReleaseDocument):
            await office.releases.release_to_holder(case.number, OTHER, TERMINAL)
    for _ in range(2):
        with pytest.raises(WrongReleaseCode):
            await office.releases.release(case.number, wrong, TERMINAL)

    with pytest.raises(ReleaseLocked):
        await office.releases.release_to_holder(case.number, SEEN, TERMINAL)
    with pytest.raises(ReleaseLocked):
        await office.releases.opening.awaiting_document(case.number)
    with pytest.raises(ReleaseLocked):
        await office.releases.release(case.number, case.release_code, TERMINAL)
    await office.releases.unlock(case.id, StaffId("supervisor"))
    await office.releases.release_to_holder(case.number, SEEN, TERMINAL)


async def test_a_hundred_documents_at_once_are_five_tries(office: Office) -> None:
    let(office, ReleaseBy.DOCUMENT)
    case = await issued(office)

    done = await asyncio.gather(
        *(
            office.releases.release_to_holder(case.number, f"B{n:06d}", TERMINAL)
            for n in range(12)
        ),
        return_exceptions=True,
    )

    assert not any(isinstance(one, Job) for one in done)
    assert sum(isinstance(one, WrongReleaseDocument) for one in done) <= 5
    assert (await office.store.load(case.id)).release_tries <= 5


async def test_two_windows_at_once_release_one_sheet_by_document_and_by_code(
    office: Office,
) -> None:
    let(office, ReleaseBy.EITHER)
    case = await issued(office)

    done = await asyncio.gather(
        office.releases.release_to_holder(case.number, SEEN, TerminalId("one")),
        office.releases.release(case.number, case.release_code, TerminalId("two")),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Job) for one in done) == 1


async def test_without_the_offices_leave_the_code_is_needed_and_no_try_is_lost(
    office: Office,
) -> None:
    case = await issued(office)

    with pytest.raises(ReleaseNeedsCode):
        await office.releases.release_to_holder(case.number, SEEN, TERMINAL)

    assert (await office.store.load(case.id)).release_tries == 0
    assert await office.releases.opening.ways(case.number) == {Way.CODE}


async def test_where_the_document_is_wanted_the_code_alone_does_not_do(
    office: Office,
) -> None:
    let(office, ReleaseBy.DOCUMENT)
    case = await issued(office)

    with pytest.raises(ReleaseNeedsDocument):
        await office.releases.release(case.number, case.release_code, TERMINAL)

    assert (await office.store.load(case.id)).release_tries == 0
    assert await office.releases.opening.ways(case.number) == {Way.DOCUMENT}


@pytest.mark.parametrize("by", [ReleaseBy.EITHER, ReleaseBy.DOCUMENT])
async def test_a_number_that_no_clerk_confirmed_opens_nothing_and_the_code_does(
    office: Office, by: ReleaseBy
) -> None:
    let(office, by)
    case = await issued(office, number="")

    for seen in ("", SEEN):
        with pytest.raises(ReleaseNeedsCode):
            await office.releases.release_to_holder(case.number, seen, TERMINAL)

    assert await office.releases.opening.ways(case.number) == {Way.CODE}
    await office.releases.release(case.number, case.release_code, TERMINAL)


async def test_a_case_without_a_code_is_not_opened_by_no_code(office: Office) -> None:
    case = await issued(office)
    bare = case.with_changes(office.clock.now(), release_code="")
    await office.store.save(bare, None, None)

    with pytest.raises(WrongReleaseCode):
        await office.releases.release(case.number, "", TERMINAL)


async def test_of_an_unknown_number_nothing_is_said(office: Office) -> None:
    unknown = "20261122000011"

    assert await office.releases.opening.ways(unknown) == {Way.CODE}
    with pytest.raises(WrongReleaseDocument):
        await office.releases.opening.awaiting_document(unknown)


def test_an_item_whose_number_nobody_reads_cannot_be_released_by_document(
    tmp_path: Path,
) -> None:
    told = (ROOT / f"services/{ITEM}.yaml").read_text("utf-8")
    path = tmp_path / f"{ITEM}.yaml"
    path.write_text(told + "release: either\n", "utf-8")
    assert read_item(path).release is ReleaseBy.EITHER

    path.write_text(
        told.replace("- name: number", "- name: digits") + "release: document\n",
        "utf-8",
    )
    with pytest.raises(BadItem, match="needs a field number"):
        read_item(path)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("A123456(3)", "A1234563"),
        (" ａ123456（3） ", "A1234563"),
        ("H0123 4567-8", "H012345678"),
        ("<<1<", ""),
        ("", ""),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str, kept: str) -> None:
    assert normalised(written) == kept


@given(st.text(max_size=60))
def test_what_is_left_of_a_number_is_left_again(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
