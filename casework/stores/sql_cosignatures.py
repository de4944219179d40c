"""What witnesses cosigned, in the database of the log."""

import contextlib

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.cosignature import WitnessKey
from casework.stores.tables import cosignatures


class SqlCosignatureStore:
    """A ``CosignatureStore``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, size: int, key: WitnessKey, line: str) -> None:
        row = {"size": size, "witness": str(key), "line": line}
        with contextlib.suppress(IntegrityError):  # another server was faster
            async with self._engine.begin() as db:
                await db.execute(cosignatures.insert().values(row))

    async def line(self, size: int, key: WitnessKey) -> str | None:
        query = sa.select(cosignatures.c.line).where(
            cosignatures.c.size == size, cosignatures.c.witness == str(key)
        )
        async with self._engine.begin() as db:
            return await db.scalar(query)

    async def last(self, key: WitnessKey) -> int:
        query = sa.select(sa.func.max(cosignatures.c.size)).where(
            cosignatures.c.witness == str(key)
        )
        async with self._engine.begin() as db:
            return int(await db.scalar(query) or 0)
