from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.errors import Unreadable
from casework.stores.sql_events import SqlSessionEventStore
from casework.stores.sql_records import SqlRecordingStore
from casework.stores.tables import create_tables, open_engine, session_events
from protocol.ids import CallId
from tests.casework.session_event_rules import (
    CALL,
    OTHER,
    SessionEventRules,
    an_event,
)


class TestSqlSessionEventStore(SessionEventRules):
    @pytest.fixture(autouse=True)
    async def _open(self, tmp_path: Path) -> AsyncIterator[None]:
        self.engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'counter.db'}")
        await create_tables(self.engine)
        self.recordings = SqlRecordingStore(self.engine, b"m" * 32)
        self.store = SqlSessionEventStore(self.engine, self.recordings.key)
        yield
        await self.engine.dispose()

    async def destroy(self, call: CallId) -> None:
        await self.recordings.destroy_key(call)

    async def test_nothing_that_was_written_lies_open_on_the_disk(
        self, tmp_path: Path
    ) -> None:
        await self.store.add(CALL, [an_event(text="secret words")])

        for path in tmp_path.iterdir():
            assert b"secret words" not in path.read_bytes()

    async def test_an_event_cannot_be_moved_to_another_call_or_time(self) -> None:
        for column, value in (("call", OTHER), ("at", 1.0), ("kind", "touched")):
            await self.store.add(CALL, [an_event()])
            change = session_events.update().values({column: value})
            async with self.engine.begin() as db:
                await db.execute(change)
            with pytest.raises(Unreadable):
                await self.store.of_call(OTHER if column == "call" else CALL)
            async with self.engine.begin() as db:
                await db.execute(sa.delete(session_events))
