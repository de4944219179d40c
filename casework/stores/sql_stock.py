"""Numbered paper in SQLite or PostgreSQL. Nothing in it is personal."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.errors import BadBatch, ChangedMeanwhile, NotFound
from casework.ports import Entry
from casework.stock import Books, Sheet
from casework.stores.sql import SqlCaseStore, remember_step
from casework.stores.tables import stock_batches, stock_sheets
from protocol.ids import StepId, TerminalId
from protocol.states import SheetState


class SqlStockStore:
    """A ``StockStore``: a sheet and its entry in the log change together."""

    def __init__(self, engine: AsyncEngine, log: SqlCaseStore) -> None:
        self._engine = engine
        self._log = log

    async def receive(self, sheets: list[Sheet], entry: Entry, step: StepId) -> None:
        try:
            async with self._engine.begin() as db:
                await remember_step(db, step, entry.at)
                last = await db.scalar(sa.select(sa.func.max(stock_sheets.c.place)))
                rows = [
                    _row(msgspec.structs.replace(sheet, place=place))
                    for place, sheet in enumerate(sheets, int(last or 0) + 1)
                ]
                await db.execute(stock_sheets.insert(), rows)
                batch = stock_batches.insert().values(
                    first=sheets[0].serial, tray=sheets[0].tray, count=len(sheets)
                )
                await db.execute(batch)
                await self._log.append_within(db, entry)
        except IntegrityError as error:
            raise BadBatch("a number is known already") from error

    async def save(self, sheet: Sheet, entry: Entry | None = None) -> None:
        change = stock_sheets.update().where(
            stock_sheets.c.serial == sheet.serial,
            stock_sheets.c.version == sheet.version - 1,
        )
        async with self._engine.begin() as db:
            if (await db.execute(change.values(_row(sheet)))).rowcount != 1:
                raise ChangedMeanwhile(sheet.serial)
            if entry is not None:
                await self._log.append_within(db, entry)

    async def sheet(self, serial: str) -> Sheet:
        found = await self._one(stock_sheets.c.serial == serial)
        if found is None:
            raise NotFound("sheet")
        return found

    async def top(self, tray: TerminalId) -> Sheet | None:
        return await self._one(
            (stock_sheets.c.tray == tray)
            & (stock_sheets.c.state == SheetState.IN_TRAY.value)
        )

    async def books(self) -> Mapping[TerminalId, Books]:
        # What was received is counted apart from the sheets: a sheet that vanished
        # from the table is a difference, not a smaller sum.
        tray, state = stock_sheets.c.tray, stock_sheets.c.state
        sheets = sa.select(tray, state, sa.func.count()).group_by(tray, state)
        owner, count = stock_batches.c.tray, stock_batches.c.count
        batches = sa.select(owner, sa.func.sum(count)).group_by(owner)
        async with self._engine.begin() as db:
            rows = (await db.execute(sheets)).all()
            received = {where: int(n) for where, n in await db.execute(batches)}
        found: dict[TerminalId, dict[str, int]] = {where: {} for where in received}
        for where, what, number in rows:
            found.setdefault(where, {})[what.replace("-", "_")] = number
        return {
            where: Books(received=received.get(where, 0), **counts)
            for where, counts in found.items()
        }

    async def append(self, entry: Entry, step: StepId) -> None:
        async with self._engine.begin() as db:
            await remember_step(db, step, entry.at)
            await self._log.append_within(db, entry)

    async def _one(self, condition: sa.ColumnElement[bool]) -> Sheet | None:
        query = sa.select(stock_sheets.c.body).where(condition)
        async with self._engine.begin() as db:
            body = await db.scalar(query.order_by(stock_sheets.c.place).limit(1))
        return None if body is None else msgspec.json.decode(body, type=Sheet)


def _row(sheet: Sheet) -> dict[str, Any]:
    return {
        "serial": sheet.serial,
        "tray": sheet.tray,
        "place": sheet.place,
        "state": sheet.state.value,
        "version": sheet.version,
        "body": msgspec.json.encode(sheet),
    }
