"""Which papers need a time stamp, and when, in SQLite or PostgreSQL."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.stamps import Due
from casework.stores.tables import stamps
from protocol.ids import CaseId


class SqlDueStore:
    """A ``DueStore``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, due: Due) -> None:
        async with self._engine.begin() as db:
            await db.execute(_of(due.case, due.name))
            row = {"case": due.case, "name": due.name, "at": due.at}
            await db.execute(stamps.insert().values(row))

    async def until(self, at: float, most: int) -> list[Due]:
        query = sa.select(stamps).where(stamps.c.at <= at)
        async with self._engine.begin() as db:
            rows = await db.execute(query.order_by(stamps.c.at).limit(most))
            return [Due(CaseId(row.case), row.name, row.at) for row in rows]

    async def drop(self, case: CaseId, name: str) -> None:
        async with self._engine.begin() as db:
            await db.execute(_of(case, name))


def _of(case: CaseId, name: str) -> sa.Delete:
    return stamps.delete().where(stamps.c.case == case, stamps.c.name == name)
