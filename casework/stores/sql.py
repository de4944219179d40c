"""Cases, steps and the evidence log in SQLite or PostgreSQL."""

import time
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework import vault
from casework.case import Case
from casework.errors import AlreadyDone, CaseDestroyed, ChangedMeanwhile, NotFound
from casework.guard import Guard
from casework.ports import Entry, LoggedEntry
from casework.stores.sql_licences import keep_copies
from casework.stores.sql_log import SqlEvidenceLog, append_entry
from casework.stores.tables import cases, select, serials, steps
from protocol.ids import CaseId, StepId


class SqlCaseStore:
    """Each method is one transaction. What is personal is sealed in ``body``."""

    def __init__(self, engine: AsyncEngine, master_key: bytes) -> None:
        self.engine = engine
        self._master = master_key
        self.log = SqlEvidenceLog(engine, master_key)
        self.guard = Guard()

    async def add(self, case: Case, step: StepId, entry: Entry) -> None:
        key = vault.new_key()
        row = self._row(case, key)
        row["key"] = vault.wrap(self._master, key, case.id)
        async with self.engine.begin() as db:
            await remember_step(db, step, case.touched)
            await db.execute(cases.insert().values(row))
            await self.append_within(db, entry)

    async def save(self, case: Case, step: StepId | None, entry: Entry | None) -> None:
        async with self.engine.begin() as db:
            if step is not None:
                await remember_step(db, step, case.touched)
            wrapped = await db.scalar(sa.select(cases.c.key).filter_by(id=case.id))
            if not wrapped:
                raise NotFound(case.id)
            key = vault.unwrap(self._master, wrapped, case.id)
            # The version in the WHERE clause is what makes two clerks safe: the
            # second save matches no row.
            change = (
                cases.update()
                .where(cases.c.id == case.id, cases.c.version == case.version - 1)
                .values(self._row(case, key))
            )
            if (await db.execute(change)).rowcount != 1:
                raise ChangedMeanwhile(case.id)
            await keep_copies(db, case)
            if entry is not None:
                await self.append_within(db, entry)

    async def was_applied(self, step: StepId) -> bool:
        return bool(await select(self.engine, sa.select(steps.c.id).filter_by(id=step)))

    async def load(self, case: CaseId) -> Case:
        return await self._one(cases.c.id == case)

    async def numbered(self, number: str) -> Case:
        return await self._one(cases.c.number == number)

    async def in_states(self, states: list[str], most: int) -> list[Case]:
        query = (
            sa.select(cases)
            .where(cases.c.state.in_(states))
            .order_by(cases.c.touched)
            .limit(most)
        )
        return [self._case(row) for row in await select(self.engine, query)]

    async def next_serial(self, name: str) -> int:
        async with self.engine.begin() as db:
            last = await db.scalar(sa.select(serials.c.last).filter_by(name=name))
            if last is None:
                await db.execute(serials.insert().values(name=name, last=1))
                return 1
            raise_by_one = serials.update().where(serials.c.name == name)
            await db.execute(raise_by_one.values(last=serials.c.last + 1))
            return int(last) + 1

    async def key(self, case: CaseId) -> bytes:
        found = await select(self.engine, sa.select(cases.c.key).filter_by(id=case))
        if not found:
            raise NotFound(case)
        if not found[0].key:
            raise CaseDestroyed(case)
        return vault.unwrap(self._master, found[0].key, case)

    async def append(self, entry: Entry, step: StepId | None = None) -> int:
        async with self.engine.begin() as db:
            if step is not None:
                await remember_step(db, step, entry.at)
            return await self.append_within(db, entry)

    async def entries(self, case: CaseId | None = None) -> list[LoggedEntry]:
        return await self.log.entries(case)

    async def append_within(self, db: AsyncConnection, entry: Entry) -> int:
        """Append to the evidence log in the transaction of ``db``."""
        self.guard.require(entry)
        return await append_entry(db, self._master, entry)

    async def _one(self, condition: sa.ColumnElement[bool]) -> Case:
        found = await select(self.engine, sa.select(cases).where(condition))
        if not found:
            raise NotFound("case")
        return self._case(found[0])

    def _row(self, case: Case, key: bytes) -> dict[str, Any]:
        return {
            "id": case.id,
            "number": case.number or None,
            "state": case.state.value,
            "version": case.version,
            "touched": case.touched,
            "body": vault.seal(key, case.id, msgspec.json.encode(case)),
        }

    def _case(self, row: Any) -> Case:
        if not row.key:
            raise CaseDestroyed(row.id)
        key = vault.unwrap(self._master, row.key, row.id)
        return msgspec.json.decode(vault.unseal(key, row.id, row.body), type=Case)


async def remember_step(db: AsyncConnection, step: StepId, at: float) -> None:
    """Mark ``step`` as applied; raises ``AlreadyDone`` if it was."""
    try:
        await db.execute(steps.insert().values(id=step, at=at or time.time()))
    except IntegrityError as error:
        raise AlreadyDone(step) from error
