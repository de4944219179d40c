"""How copies of licences stand, beside the cases that they belong to."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework.case import Case
from casework.errors import NotFound
from casework.stores.tables import licence_copies
from protocol.states import Standing


class SqlCopyStore:
    """Reads what ``keep_copies`` wrote in the transactions of cases."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def withdrawn(self) -> dict[bytes, Standing]:
        in_force = licence_copies.c.standing == Standing.IN_FORCE.value
        query = sa.select(licence_copies.c.mark, licence_copies.c.standing)
        async with self._engine.begin() as db:
            rows = (await db.execute(query.where(~in_force))).all()
        return {bytes.fromhex(row.mark): Standing(row.standing) for row in rows}

    async def standing(self, mark: bytes) -> Standing:
        query = sa.select(licence_copies.c.standing).filter_by(mark=mark.hex())
        async with self._engine.begin() as db:
            found = await db.scalar(query)
        if found is None:
            raise NotFound("copy")
        return Standing(found)


async def keep_copies(db: AsyncConnection, case: Case) -> None:
    """Write how the copies of the licence of ``case`` stand, in its transaction."""
    if case.licence is None:
        return
    await db.execute(licence_copies.delete().where(licence_copies.c.case == case.id))
    rows = [
        {"mark": mark, "case": case.id, "standing": standing.value}
        for mark, standing in case.licence.standings().items()
    ]
    await db.execute(licence_copies.insert(), rows)
