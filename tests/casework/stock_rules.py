"""What every store of numbered paper keeps to."""

import pytest

from casework.errors import AlreadyDone, BadBatch, ChangedMeanwhile, NotFound
from casework.ports import Entry
from casework.stock import Books, Sheet, Step, StockStore
from protocol.ids import TerminalId
from tests.builders import NOON, TERMINAL, a_step

ELSEWHERE = TerminalId("another")


def some_sheets(*serials: str, tray: TerminalId = TERMINAL) -> list[Sheet]:
    return [Sheet(serial=one, tray=tray, at=NOON, by="supervisor") for one in serials]


def an_entry(kind: str = "paper-received") -> Entry:
    return Entry(kind=kind, at=NOON, by="supervisor")


class StockRules:
    """Inherited by the test of each implementation, which gives it a store."""

    async def test_sheets_lie_in_the_order_in_which_they_were_received(
        self, store: StockStore
    ) -> None:
        await store.receive(some_sheets("B0009"), an_entry(), a_step("1"))
        await store.receive(some_sheets("A0001"), an_entry(), a_step("2"))

        top = await store.top(TERMINAL)

        assert top is not None
        assert top.serial == "B0009"
        assert await store.top(ELSEWHERE) is None

    async def test_a_number_is_received_once_in_the_whole_office(
        self, store: StockStore
    ) -> None:
        await store.receive(some_sheets("A0001", "A0002"), an_entry(), a_step("1"))
        twice = some_sheets("A0003", "A0002", tray=ELSEWHERE)

        with pytest.raises(BadBatch):
            await store.receive(twice, an_entry(), a_step("2"))

        assert list(await store.books()) == [TERMINAL]
        with pytest.raises(NotFound):
            await store.sheet("A0003")

    async def test_a_step_that_is_said_twice_counts_once(
        self, store: StockStore
    ) -> None:
        await store.receive(some_sheets("A0001"), an_entry(), a_step("1"))

        with pytest.raises(AlreadyDone):
            await store.receive(some_sheets("A0002"), an_entry(), a_step("1"))

        assert (await store.books())[TERMINAL] == Books(received=1, in_tray=1)

    async def test_of_two_who_change_a_sheet_one_wins(self, store: StockStore) -> None:
        await store.receive(some_sheets("A0001", "A0002"), an_entry(), a_step("1"))
        sheet = await store.sheet("A0001")

        await store.save(sheet.after(Step.LOST), an_entry("sheet-lost"))
        with pytest.raises(ChangedMeanwhile):
            await store.save(sheet.after(Step.SPOILED), an_entry("sheet-spoiled"))

        top = await store.top(TERMINAL)
        assert top is not None
        assert top.serial == "A0002"
        expected = Books(received=2, in_tray=1, lost=1)
        assert (await store.books())[TERMINAL] == expected
