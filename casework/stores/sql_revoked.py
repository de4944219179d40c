"""The certificates that the office revoked, in SQLite or PostgreSQL."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.signing.certificates import Revoked
from casework.stores.tables import revoked


class SqlRevokedStore:
    """Grows only: a certificate that was revoked once stays so."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, one: Revoked) -> bool:
        """Keep a revocation; return false if the certificate was revoked before."""
        known = sa.select(revoked).where(revoked.c.serial == f"{one.serial:x}")
        async with self._engine.begin() as db:
            if (await db.execute(known)).first() is not None:
                return False
            row = {"serial": f"{one.serial:x}", "at": one.at, "reason": one.reason}
            await db.execute(revoked.insert().values(row))
        return True

    async def all(self) -> tuple[Revoked, ...]:
        """Return every revocation, the oldest first."""
        query = sa.select(revoked).order_by(revoked.c.at, revoked.c.serial)
        async with self._engine.begin() as db:
            rows = (await db.execute(query)).all()
        return tuple(Revoked(int(row.serial, 16), row.at, row.reason) for row in rows)
