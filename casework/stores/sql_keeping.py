"""Which recordings are held and which are being deleted, in SQLite or PostgreSQL."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.errors import NotAllowedNow
from casework.stores.tables import CONDEMNED, DELETED, HELD, keeping
from protocol.ids import CallId


class SqlKeepingStore:
    """A ``KeepingStore``. The primary key is what makes holding and deleting safe."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def hold(self, call: CallId) -> None:
        await self._mark(call, HELD, (HELD,))

    async def condemn(self, call: CallId) -> None:
        await self._mark(call, CONDEMNED, (CONDEMNED, DELETED))

    async def lift(self, call: CallId) -> None:
        held = keeping.delete().where(keeping.c.call == call, keeping.c.what == HELD)
        async with self._engine.begin() as db:
            if (await db.execute(held)).rowcount != 1:
                raise NotAllowedNow("not held")

    async def deleted(self, call: CallId) -> None:
        change = keeping.update().where(keeping.c.call == call)
        async with self._engine.begin() as db:
            await db.execute(change.values(what=DELETED))

    async def held(self) -> frozenset[CallId]:
        return await self._all(HELD)

    async def condemned(self) -> frozenset[CallId]:
        return await self._all(CONDEMNED)

    async def _all(self, what: str) -> frozenset[CallId]:
        query = sa.select(keeping.c.call).where(keeping.c.what == what)
        async with self._engine.begin() as db:
            return frozenset(await db.scalars(query))

    async def _mark(self, call: CallId, what: str, fine: tuple[str, ...]) -> None:
        try:
            async with self._engine.begin() as db:
                await db.execute(keeping.insert().values(call=call, what=what))
        except IntegrityError:
            async with self._engine.begin() as db:
                now = await db.scalar(sa.select(keeping.c.what).filter_by(call=call))
            if now not in fine:
                raise NotAllowedNow(f"{what}, but it is {now}") from None
