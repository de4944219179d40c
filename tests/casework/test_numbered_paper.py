"""Which numbered sheet a licence came out on, and who answers for the others."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from casework.case import Step as CaseStep
from casework.errors import (
    BooksDiffer,
    NotAllowedNow,
    PaperMissing,
    ReleaseUsed,
    WindowUnsettled,
)
from casework.items import Catalogue
from casework.ledger import Ledger, entry_of
from casework.numbers import acceptance_number
from casework.ports import Job
from casework.print_job import Step as JobStep
from casework.printing import Printing
from casework.prints import Told, Verdict
from casework.releases import FORGOTTEN
from casework.stock import Books, Photo
from casework.stores.sql_stock import SqlStockStore
from protocol.ids import CaseId, StaffId, TerminalId
from protocol.states import SheetReason, SheetState
from tests.builders import TERMINAL, Office, a_step
from tests.casework.stock_rules import ELSEWHERE

SUPERVISOR = StaffId("supervisor")
PHOTO = Photo("key", "d" * 64)
TORN = Verdict(step=JobStep.SPOILED, reason=SheetReason.TORN, photo=PHOTO)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    yield office
    await office.engine.dispose()


async def test_a_shift_is_not_closed_while_a_sheet_is_missing(office: Office) -> None:
    stock = office.stock
    await stock.receive(TERMINAL, "A0001", "A0003", SUPERVISOR, a_step("in"))

    with pytest.raises(BooksDiffer):
        await stock.close_shift(TERMINAL, 2, SUPERVISOR, a_step("close"))
    await stock.lose("A0002", SheetReason.NOT_FOUND, SUPERVISOR)
    books = await stock.close_shift(TERMINAL, 2, SUPERVISOR, a_step("close"))

    assert books == Books(received=3, in_tray=2, lost=1)
    last = (await office.store.entries())[-1].said
    assert (last.kind, last.facts["in_tray"]) == ("shift-closed", "2")


class Window:
    """A licence that is issued, and the way to paper at one window."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.number, self.code = "", ""
        self.case = CaseId("")

    async def issue(self) -> "Window":
        case = await self.office.submitted()
        await self.office.outcomes.decide(
            case.id, CaseStep.APPROVED, "", StaffId("approver"), a_step("ok")
        )
        self.number, self.code, self.case = case.number, case.release_code, case.id
        return self

    async def another(self) -> "Window":
        """Return the same window before the next applicant's licence."""
        case = await self.office.store.load(self.case)
        assert case.licence is not None, "issued"
        own = msgspec.structs.replace(case.licence.copies[0], mark="d" * 16)
        other = msgspec.structs.replace(
            case,
            licence=msgspec.structs.replace(case.licence, copies=(own,)),
            id=CaseId("d" * 32),
            number=acceptance_number(dt.date(2026, 11, 22), 2),
            release_job="",
        )
        entry = entry_of("case-opened", other, "clerk", {})
        await self.office.store.add(other, a_step("another"), entry)
        window = Window(self.office)
        window.number, window.code, window.case = other.number, self.code, other.id
        return window

    async def release(self, terminal: TerminalId = TERMINAL) -> Job:
        releases = self.office.releases
        return await releases.release(self.number, self.code, terminal)

    async def end(self, job: Job, step: JobStep) -> None:
        await self.office.prints.hand_out(job.id, TERMINAL)
        await self.office.prints.moved(job.id, Told(step=step), TERMINAL)


@pytest.fixture
async def window(office: Office) -> Window:
    window = await Window(office).issue()
    await office.stock.receive(TERMINAL, "A0001", "A0002", SUPERVISOR, a_step("in"))
    return window


async def test_a_printed_sheet_is_attested_with_its_number_and_its_printer(
    window: Window, office: Office
) -> None:
    job = await window.release()
    assert job.sheet == "A0001"

    await office.prints.hand_out(job.id, TERMINAL)
    said = Told(step=JobStep.SHEET_OUT, printer="urn:p", printer_job="urn:j")
    await office.prints.moved(job.id, said, TERMINAL)
    await office.prints.moved(job.id, said, TERMINAL)

    assert (await office.stock.sheet("A0001")).state is SheetState.PRINTED
    said_of = [entry.said for entry in await office.store.entries()]
    [attested] = [one for one in said_of if one.kind == "sheet-printed"]
    facts = {attested.by, *attested.facts.values()}
    assert {"A0001", "urn:p", "urn:j", job.sha256, TERMINAL} <= facts


async def test_after_no_sheet_the_same_sheet_is_still_on_top(
    window: Window, office: Office
) -> None:
    await window.end(await window.release(), JobStep.NO_SHEET)

    again = await window.release()

    assert again.sheet == "A0001"
    assert (await office.stock.books())[TERMINAL].in_tray == 2


async def test_a_window_with_an_unknown_sheet_prints_no_other(
    window: Window, office: Office
) -> None:
    job = await window.release()
    await window.end(job, JobStep.NOBODY_KNOWS)
    other = await window.another()

    with pytest.raises(WindowUnsettled):
        await other.release()
    await office.prints.settle(job.id, TORN, SUPERVISOR)

    assert (await other.release()).sheet == "A0002"
    spoiled = await office.stock.sheet("A0001")
    assert (spoiled.state, spoiled.reason) == (SheetState.SPOILED, "torn")


async def test_a_release_that_was_never_fetched_keeps_nobody_waiting(
    window: Window, office: Office
) -> None:
    forgotten = await window.release()
    other = await window.another()
    with pytest.raises(WindowUnsettled):
        await other.release()

    office.clock.time += FORGOTTEN + 1

    assert (await other.release()).sheet == forgotten.sheet
    with pytest.raises(ReleaseUsed):
        await office.prints.hand_out(forgotten.id, TERMINAL)


async def test_a_reprint_takes_the_next_sheet_and_the_spoilt_one_stays_in_the_books(
    window: Window, office: Office
) -> None:
    job = await window.release()
    await window.end(job, JobStep.SHEET_OUT)
    await office.prints.settle(job.id, TORN, SUPERVISOR)
    window.code = (await office.store.load(window.case)).release_code

    again = await window.release()
    await window.end(again, JobStep.SHEET_OUT)

    books = (await office.stock.books())[TERMINAL]
    assert books == Books(received=2, printed=1, spoiled=1)
    assert books.balanced


async def test_a_sheet_that_lies_ready_for_a_licence_is_not_taken_out_of_the_books(
    window: Window, office: Office
) -> None:
    await window.release()

    with pytest.raises(NotAllowedNow):
        await office.stock.lose("A0001", SheetReason.NOT_FOUND, SUPERVISOR)
    with pytest.raises(NotAllowedNow):
        await office.stock.spoil("A0001", SheetReason.TORN, PHOTO, SUPERVISOR)


async def test_an_item_on_numbered_paper_is_not_released_to_an_empty_tray(
    window: Window, office: Office
) -> None:
    item = office.items.item("foreign-enterprise")
    assert item.licence is not None
    numbered = msgspec.structs.replace(item.licence, numbered_paper=True)
    items = Catalogue([msgspec.structs.replace(item, licence=numbered)])
    ledger = Ledger(office.store)
    stock = SqlStockStore(office.engine, office.store), office.photos
    printing = Printing(ledger, office.jobs, stock, items, office.clock)
    office.releases = printing.releases

    with pytest.raises(PaperMissing):
        await window.release(ELSEWHERE)

    assert (await window.release()).sheet == "A0001"
