"""Cases as retention sees them, in SQLite or PostgreSQL."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework.case import Case
from casework.log_ports import Gone
from casework.ports import Entry
from casework.stores.sql import SqlCaseStore
from casework.stores.tables import cases, empty_log, entries, openings
from protocol.ids import CaseId

DESTROYED, FINISHED = "destroyed", "deleted"
"""What stands in ``cases.state`` once there is no case any more."""


class SqlCaseShelf:
    """A ``CaseShelf``."""

    def __init__(self, engine: AsyncEngine, store: SqlCaseStore) -> None:
        self._engine = engine
        self._store = store

    async def untouched(
        self, before: float, after: tuple[float, CaseId], most: int
    ) -> list[Case]:
        query = (
            sa.select(cases.c.id)
            .where(cases.c.touched < before, cases.c.state.not_in(_ENDS))
            .where(sa.tuple_(cases.c.touched, cases.c.id) > after)
            .order_by(cases.c.touched, cases.c.id)
            .limit(most)
        )
        async with self._engine.begin() as db:
            found = list(await db.scalars(query))
        return [await self._store.load(CaseId(one)) for one in found]

    async def destroy(self, case: Case, entry: Entry) -> None:
        async with self._engine.begin() as db:
            # The key goes first: what the entry says is not sealed with it.
            gone = {"key": b"", "body": b"", "state": DESTROYED, "touched": entry.at}
            change = cases.update().where(
                cases.c.id == case.id,
                cases.c.version == case.version,
                cases.c.state.not_in(_ENDS),
            )
            if (await db.execute(change.values(gone))).rowcount != 1:
                return
            await _forget_facts(db, case.id)
            await self._store.append_within(db, entry)
        await empty_log(self._engine)

    async def destroyed(self) -> list[Gone]:
        query = sa.select(cases.c.id, cases.c.number, cases.c.touched)
        query = query.where(cases.c.state == DESTROYED)
        async with self._engine.begin() as db:
            rows = (await db.execute(query)).all()
        return [Gone(row.id, row.number or "", row.touched) for row in rows]

    async def finished(self, case: CaseId) -> None:
        change = cases.update().where(cases.c.id == case, cases.c.state == DESTROYED)
        async with self._engine.begin() as db:
            await db.execute(change.values(state=FINISHED))


_ENDS = (DESTROYED, FINISHED)


async def _forget_facts(db: AsyncConnection, case: CaseId) -> None:
    mine = sa.select(entries.c.place).where(entries.c.case == case)
    await db.execute(openings.delete().where(openings.c.place.in_(mine)))
