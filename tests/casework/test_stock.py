"""Every numbered sheet is accounted for, whatever happens in whatever order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casework.errors import (
    AlreadyDone,
    BadBatch,
    CaseworkError,
    ChangedMeanwhile,
    NotFound,
)
from casework.ports import Entry
from casework.print_job import Step as JobStep
from casework.prints import Verdict
from casework.stock import MOST_AT_ONCE, Books, Photo, Sheet, Stock, serials
from casework.stores.sql_stock import SqlStockStore
from protocol.ids import StaffId, StepId, TerminalId
from protocol.states import SheetReason, SheetState
from tests.builders import TERMINAL, FixedClock, Office, a_step
from tests.casework.stock_rules import ELSEWHERE, StockRules

SUPERVISOR = StaffId("supervisor")
PHOTO = Photo("key", "d" * 64)
TORN = Verdict(step=JobStep.SPOILED, reason=SheetReason.TORN, photo=PHOTO)


class MemoryStock:
    """A ``StockStore`` in two dicts, quick enough for thousands of histories."""

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.received: dict[TerminalId, int] = {}
        self.steps: set[StepId] = set()
        self.log: list[Entry] = []

    async def receive(self, sheets: list[Sheet], entry: Entry, step: StepId) -> None:
        if step in self.steps:
            raise AlreadyDone(step)
        if any(sheet.serial in self.sheets for sheet in sheets):
            raise BadBatch("known")
        for place, sheet in enumerate(sheets, len(self.sheets) + 1):
            self.sheets[sheet.serial] = msgspec.structs.replace(sheet, place=place)
        tray = sheets[0].tray
        self.received[tray] = self.received.get(tray, 0) + len(sheets)
        await self.append(entry, step)

    async def save(self, sheet: Sheet, entry: Entry | None = None) -> None:
        if self.sheets[sheet.serial].version != sheet.version - 1:
            raise ChangedMeanwhile(sheet.serial)
        self.sheets[sheet.serial] = sheet
        if entry is not None:
            self.log.append(entry)

    async def sheet(self, serial: str) -> Sheet:
        try:
            return self.sheets[serial]
        except KeyError:
            raise NotFound("sheet") from None

    async def top(self, tray: TerminalId) -> Sheet | None:
        there = [
            one
            for one in self.sheets.values()
            if one.tray == tray and one.state is SheetState.IN_TRAY
        ]
        return min(there, key=lambda one: one.place, default=None)

    async def books(self) -> Mapping[TerminalId, Books]:
        found = {}
        for tray, received in self.received.items():
            mine = [one.state for one in self.sheets.values() if one.tray == tray]
            counts = {
                state.value.replace("-", "_"): mine.count(state) for state in SheetState
            }
            found[tray] = Books(received=received, **counts)
        return found

    async def append(self, entry: Entry, step: StepId) -> None:
        if step in self.steps:
            raise AlreadyDone(step)
        self.steps.add(step)
        self.log.append(entry)


class TestMemory(StockRules):
    @pytest.fixture
    def store(self) -> MemoryStock:
        return MemoryStock()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    yield office
    await office.engine.dispose()


class TestSql(StockRules):
    @pytest.fixture
    def store(self, office: Office) -> SqlStockStore:
        return SqlStockStore(office.engine, office.store)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("GD0001", "XX0002"),
        ("GD0002", "GD0001"),
        ("GD0001", "GD00002"),
        ("GD1", "GD2"),
        ("", ""),
        ("gd 0001", "gd 0002"),
        ("A0001", f"A{MOST_AT_ONCE + 1:04d}"),
    ],
)
def test_a_batch_whose_numbers_do_not_belong_together_is_refused(
    first: str, last: str
) -> None:
    with pytest.raises(BadBatch):
        serials(first, last)


def test_a_batch_is_every_number_from_the_first_to_the_last() -> None:
    assert serials(" gd0098", "GD0101") == ["GD0098", "GD0099", "GD0100", "GD0101"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_is_a_batch_or_one_error(first: str, last: str) -> None:
    try:
        found = serials(first, last)
    except BadBatch:
        return
    assert 1 <= len(found) <= MOST_AT_ONCE


class Shift(RuleBasedStateMachine):
    """Supervisors and stations do what they can; the books stay right."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStock()
        self.stock = Stock(self.store, FixedClock())
        self.serial = 1000
        self.count = 0
        self.jobs: list[tuple[str, str]] = []

    def did(self, work: Coroutine[Any, Any, object]) -> bool:
        try:
            asyncio.run(work)
        except CaseworkError:
            return False
        return True

    def mark(self) -> StepId:
        self.count += 1
        return a_step(str(self.count))

    def any_serial(self, nth: int) -> str:
        names = list(self.store.sheets)
        return names[nth % len(names)] if names else "A0000"

    @rule(count=st.integers(1, 4), tray=st.sampled_from([TERMINAL, ELSEWHERE]))
    def receive(self, count: int, tray: TerminalId) -> None:
        first, last = f"A{self.serial}", f"A{self.serial + count - 1}"
        if self.did(self.stock.receive(tray, first, last, SUPERVISOR, self.mark())):
            self.serial += count

    @rule(count=st.integers(1, 9))
    def receive_what_is_known(self, count: int) -> None:
        if not self.store.sheets:
            return
        known = self.any_serial(count)
        work = self.stock.receive(ELSEWHERE, known, known, SUPERVISOR, self.mark())
        assert not self.did(work)

    @rule(tray=st.sampled_from([TERMINAL, ELSEWHERE]))
    def reserve(self, tray: TerminalId) -> None:
        top = asyncio.run(self.stock.top(tray))
        if top is not None and not top.job:
            job = f"job {len(self.jobs)}"
            asyncio.run(self.stock.reserve(top, job, required=True))
            self.jobs.append((top.serial, job))

    @rule(nth=st.integers(0, 20), end=st.sampled_from(["out", "none", "spoiled"]))
    def end(self, nth: int, end: str) -> None:
        if not self.jobs:
            return
        serial, job = self.jobs[nth % len(self.jobs)]
        ends: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "out": lambda: self.stock.printed(serial, job, "station"),
            "none": lambda: self.stock.not_used(serial, job),
            "spoiled": lambda: self.stock.spoiled_in_job(
                serial, job, "torn", PHOTO, SUPERVISOR
            ),
        }
        self.did(ends[end]())

    @rule(nth=st.integers(0, 20))
    def spoil(self, nth: int) -> None:
        torn = SheetReason.TORN
        self.did(self.stock.spoil(self.any_serial(nth), torn, PHOTO, SUPERVISOR))

    @rule(nth=st.integers(0, 20))
    def lose(self, nth: int) -> None:
        gone = SheetReason.NOT_FOUND
        self.did(self.stock.lose(self.any_serial(nth), gone, SUPERVISOR))

    @rule(tray=st.sampled_from([TERMINAL, ELSEWHERE]), more=st.integers(-2, 2))
    def close(self, tray: TerminalId, more: int) -> None:
        there = asyncio.run(self.stock.books()).get(tray, Books()).in_tray
        work = self.stock.close_shift(tray, there + more, SUPERVISOR, self.mark())
        assert self.did(work) == (more == 0)

    @invariant()
    def received_is_in_tray_and_printed_and_spoiled_and_lost(self) -> None:
        assert all(one.balanced for one in asyncio.run(self.stock.books()).values())

    @invariant()
    def no_sheet_serves_two_jobs_at_once(self) -> None:
        ready = [one.job for one in self.store.sheets.values() if one.job]
        assert len(ready) == len(set(ready))


Shift.TestCase.settings = settings(max_examples=40, stateful_step_count=30)
test_no_history_of_a_shift_loses_a_sheet = Shift.TestCase
