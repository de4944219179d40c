"""What happened in sessions, in SQLite or PostgreSQL: rows are only ever added."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from casework import vault
from casework.session_ports import SessionEvent
from casework.stores.sql import remember_step
from casework.stores.tables import select, session_events
from protocol.ids import CallId, StepId
from protocol.states import EventKind

KeyOf = Callable[[CallId], Awaitable[bytes]]
"""Returns the key of a recording, or raises ``NotFound``."""


class _Sealed(msgspec.Struct, frozen=True):
    by: str
    facts: dict[str, str]


class SqlSessionEventStore:
    """A ``SessionEventStore``. Each event is sealed with the key of its recording."""

    def __init__(self, engine: AsyncEngine, key_of: KeyOf) -> None:
        self._engine = engine
        self._key_of = key_of

    async def add(
        self, call: CallId, events: list[SessionEvent], step: StepId | None = None
    ) -> None:
        key = await self._key(call)
        rows = [_row(key, call, event) for event in events]
        async with self._engine.begin() as db:
            if step is not None:
                await remember_step(db, step, events[0].at if events else 0.0)
            if rows:
                await db.execute(session_events.insert(), rows)

    async def of_call(self, call: CallId) -> list[SessionEvent]:
        query = sa.select(session_events).where(session_events.c.call == call)
        order = query.order_by(session_events.c.at, session_events.c.id)
        return await self._events(call, order)

    async def latest(
        self, call: CallId, kind: EventKind, most: int
    ) -> list[SessionEvent]:
        query = sa.select(session_events).where(
            session_events.c.call == call, session_events.c.kind == kind.value
        )
        order = query.order_by(session_events.c.id.desc()).limit(most)
        return (await self._events(call, order))[::-1]

    async def erase(self, call: CallId) -> None:
        gone = session_events.delete().where(session_events.c.call == call)
        async with self._engine.begin() as db:
            await db.execute(gone)

    async def _events(self, call: CallId, query: sa.Select[Any]) -> list[SessionEvent]:
        key = await self._key(call)
        return [_event(key, row) for row in await select(self._engine, query)]

    async def _key(self, call: CallId) -> bytes:
        return vault.derived(await self._key_of(call), "session-events")


def _row(key: bytes, call: CallId, event: SessionEvent) -> dict[str, Any]:
    plain = msgspec.json.encode(_Sealed(event.by, dict(event.facts)))
    name = _name(call, event.kind, event.at)
    return {
        "call": call,
        "at": event.at,
        "kind": event.kind.value,
        "body": vault.seal(key, name, plain),
    }


def _event(key: bytes, row: Any) -> SessionEvent:
    plain = vault.unseal(key, _name(row.call, row.kind, row.at), row.body)
    sealed = msgspec.json.decode(plain, type=_Sealed)
    kind = EventKind(row.kind)
    return SessionEvent(at=row.at, kind=kind, by=sealed.by, facts=sealed.facts)


def _name(call: str, kind: str, at: float) -> str:
    """What a sealed event is bound to: it cannot be moved to another call or time."""
    return f"event {call} {kind} {at!r}"
