"""Visits, print jobs, recordings and terminals in SQLite or PostgreSQL.

None of them holds anything personal, so their bodies are plain JSON.
"""

import contextlib
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework import vault
from casework.errors import ChangedMeanwhile, NotFound, RecordingDestroyed
from casework.ports import Job, Terminal
from casework.recording import Recording
from casework.stores.sql import remember_step
from casework.stores.tables import (
    codes,
    empty_log,
    jobs,
    keeping,
    open_jobs,
    recording_keys,
    recordings,
    select,
    terminals,
    visits,
)
from casework.visit import OPEN, Visit
from protocol.ids import CallId, CaseId, StepId, TerminalId, TicketId


class _Sql:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _bodies(self, query: sa.Select[Any]) -> list[bytes]:
        return [row.body for row in await select(self._engine, query)]

    async def _body(self, query: sa.Select[Any]) -> bytes:
        found = await self._bodies(query)
        if not found:
            raise NotFound("record")
        return found[0]


async def _replace(db: AsyncConnection, table: sa.Table, row: dict[str, Any]) -> None:
    change = table.update().where(
        table.c.id == row["id"], table.c.version == row["version"] - 1
    )
    if (await db.execute(change.values(row))).rowcount != 1:
        raise ChangedMeanwhile(row["id"])


class SqlVisitStore(_Sql):
    """A ``VisitStore``."""

    async def add(self, visit: Visit, step: StepId) -> None:
        async with self._engine.begin() as db:
            await remember_step(db, step, visit.since)
            await db.execute(visits.insert().values(_visit_row(visit)))

    async def save(self, visit: Visit) -> None:
        async with self._engine.begin() as db:
            await _replace(db, visits, _visit_row(visit))

    async def load(self, ticket: TicketId) -> Visit:
        body = await self._body(sa.select(visits).where(visits.c.id == ticket))
        return msgspec.json.decode(body, type=Visit)

    async def of_call(self, call: CallId) -> Visit:
        body = await self._body(sa.select(visits).where(visits.c.call == call))
        return msgspec.json.decode(body, type=Visit)

    async def open_ones(self) -> list[Visit]:
        states = [state.value for state in OPEN]
        query = sa.select(visits).where(visits.c.state.in_(states))
        bodies = await self._bodies(query.order_by(visits.c.since))
        return [msgspec.json.decode(body, type=Visit) for body in bodies]


def _visit_row(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "call": visit.call,
        "state": visit.state.value,
        "version": visit.version,
        "since": visit.since,
        "body": msgspec.json.encode(visit),
    }


class SqlJobStore(_Sql):
    """A ``JobStore``. The list of open jobs changes together with the jobs."""

    async def add(self, job: Job) -> None:
        with contextlib.suppress(IntegrityError):  # it is there already
            async with self._engine.begin() as db:
                await db.execute(jobs.insert().values(_job_row(job)))
                await db.execute(open_jobs.insert().values(id=job.id))

    async def save(self, job: Job) -> None:
        async with self._engine.begin() as db:
            await _replace(db, jobs, _job_row(job))
            await db.execute(open_jobs.delete().where(open_jobs.c.id == job.id))
            await db.execute(open_jobs.insert().values(id=job.id))

    async def close(self, job: str) -> None:
        async with self._engine.begin() as db:
            await db.execute(open_jobs.delete().where(open_jobs.c.id == job))

    async def load(self, job: str) -> Job:
        body = await self._body(sa.select(jobs).where(jobs.c.id == job))
        return msgspec.json.decode(body, type=Job)

    async def of_case(self, case: CaseId) -> list[Job]:
        return await self._all(sa.select(jobs).where(jobs.c.case == case))

    async def open_ones(self) -> list[Job]:
        return await self._all(
            sa.select(jobs).join(open_jobs, open_jobs.c.id == jobs.c.id)
        )

    async def _all(self, query: sa.Select[Any]) -> list[Job]:
        bodies = await self._bodies(query.order_by(jobs.c.at, jobs.c.id))
        return [msgspec.json.decode(body, type=Job) for body in bodies]


def _job_row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "case": job.case,
        "version": job.version,
        "at": job.at,
        "body": msgspec.json.encode(job),
    }


class SqlRecordingStore(_Sql):
    """A ``RecordingStore``. Keys are wrapped by ``master``."""

    def __init__(self, engine: AsyncEngine, master: bytes) -> None:
        super().__init__(engine)
        self._master = master

    async def key(self, call: CallId) -> bytes:
        found = await self._wrapped_key(call)
        if found is None:
            wrapped = vault.wrap(self._master, vault.new_key(), _bound(call))
            with contextlib.suppress(IntegrityError):  # made by another meanwhile
                async with self._engine.begin() as db:
                    row = {"call": call, "key": wrapped}
                    await db.execute(recording_keys.insert().values(row))
            found = await self._wrapped_key(call)
        if found is None or found.key is None:
            raise RecordingDestroyed(call)
        return vault.unwrap(self._master, found.key, _bound(call))

    async def _wrapped_key(self, call: CallId) -> Any:
        query = sa.select(recording_keys.c.key).filter_by(call=call)
        return next(iter(await select(self._engine, query)), None)

    async def destroy_key(self, call: CallId) -> None:
        async with self._engine.begin() as db:
            old = recording_keys.delete().where(recording_keys.c.call == call)
            await db.execute(old)
            # The row stays without a key, so that no later ask makes another one.
            await db.execute(recording_keys.insert().values(call=call, key=None))
        await empty_log(self._engine)

    async def put(self, recording: Recording) -> None:
        row = {
            "call": recording.call,
            "began": recording.began,
            "body": msgspec.json.encode(recording),
        }
        async with self._engine.begin() as db:
            old = recordings.delete().where(recordings.c.call == recording.call)
            await db.execute(old)
            await db.execute(recordings.insert().values(row))

    async def load(self, call: CallId) -> Recording:
        body = await self._body(sa.select(recordings).where(recordings.c.call == call))
        return msgspec.json.decode(body, type=Recording)

    async def latest(self, most: int) -> list[Recording]:
        query = sa.select(recordings).order_by(recordings.c.began.desc()).limit(most)
        bodies = await self._bodies(query)
        return [msgspec.json.decode(body, type=Recording) for body in bodies]

    async def older_than(
        self, began: float, after: tuple[float, CallId], most: int
    ) -> list[Recording]:
        place = sa.tuple_(recordings.c.began, recordings.c.call)
        query = (
            sa.select(recordings)
            .outerjoin(keeping, keeping.c.call == recordings.c.call)
            .where(recordings.c.began < began, place > after)
            .where(keeping.c.call.is_(None))
            .order_by(recordings.c.began, recordings.c.call)
            .limit(most)
        )
        bodies = await self._bodies(query)
        return [msgspec.json.decode(body, type=Recording) for body in bodies]


def _bound(call: CallId) -> str:
    return f"recording/{call}"


class SqlTerminalStore(_Sql):
    """A ``TerminalStore``."""

    async def load(self, terminal: TerminalId) -> Terminal:
        body = await self._body(sa.select(terminals).where(terminals.c.id == terminal))
        return msgspec.json.decode(body, type=Terminal)

    async def all(self) -> list[Terminal]:
        bodies = await self._bodies(sa.select(terminals))
        found = [msgspec.json.decode(body, type=Terminal) for body in bodies]
        return sorted(found, key=lambda one: one.enrolled)

    async def offer_code(self, digest: str, expires: float) -> None:
        async with self._engine.begin() as db:
            await db.execute(codes.insert().values(digest=digest, expires=expires))

    async def enrol(self, terminal: Terminal, digest: str) -> None:
        used = codes.delete().where(
            codes.c.digest == digest, codes.c.expires > terminal.enrolled
        )
        row = {"id": terminal.id, "body": msgspec.json.encode(terminal)}
        async with self._engine.begin() as db:
            if (await db.execute(used)).rowcount != 1:
                raise NotFound("code")
            old = terminals.delete().where(terminals.c.id == terminal.id)
            await db.execute(old)
            await db.execute(terminals.insert().values(row))
