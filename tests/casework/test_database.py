"""Who reads waits for nobody who writes."""

from pathlib import Path

from casework.stores.sql_records import SqlVisitStore
from casework.stores.tables import create_tables, open_engine
from protocol.ids import StepId
from tests.builders import a_visit


async def test_a_visit_is_read_while_somebody_else_writes(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'counter.db'}")
    await create_tables(engine)
    store = SqlVisitStore(engine)
    visit = a_visit()
    await store.add(visit, StepId("taken"))

    async with engine.begin():  # holds the only lock for writers
        assert await store.load(visit.id) == visit
    await engine.dispose()
