"""The tables, and how SQLite is opened so that what was answered is on disk."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

metadata = sa.MetaData()

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("number", sa.String(14), unique=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("touched", sa.Float, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),  # wrapped by the master key
    sa.Column("body", sa.LargeBinary, nullable=False),  # sealed with that key
)
steps = sa.Table(
    "steps",
    metadata,
    sa.Column("id", sa.String(100), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("case", sa.String(32), index=True),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
nodes = sa.Table(
    "nodes",
    metadata,
    # Complete subtrees of the log: see ``sql_log.node_id``.
    sa.Column("id", BIG, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
openings = sa.Table(
    "openings",
    metadata,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("of_case", sa.Boolean, nullable=False),  # whose key seals it
    sa.Column("body", sa.LargeBinary, nullable=False),
)
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),  # empty: no timestamp
)
witnessed = sa.Table(
    "witnessed",
    metadata,
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
)
cosignatures = sa.Table(
    "cosignatures",
    metadata,
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.String(200), primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
)
serials = sa.Table(
    "serials",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
visits = sa.Table(
    "visits",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("call", sa.String(32), unique=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("case", sa.String(32), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
open_jobs = sa.Table(
    "open_jobs",
    metadata,
    # Jobs from which something has still to follow.
    sa.Column("id", sa.String(32), primary_key=True),
)
stock_batches = sa.Table(
    "stock_batches",
    metadata,
    sa.Column("first", sa.String(24), primary_key=True),
    sa.Column("tray", sa.String(32), nullable=False, index=True),
    sa.Column("count", sa.Integer, nullable=False),
)
stock_sheets = sa.Table(
    "stock_sheets",
    metadata,
    sa.Column("serial", sa.String(24), primary_key=True),
    sa.Column("tray", sa.String(32), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False, unique=True),  # in the pile
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
licence_copies = sa.Table(
    "licence_copies",
    metadata,
    # Nothing personal: what the public list of withdrawn licences is made from.
    sa.Column("mark", sa.String(16), primary_key=True),
    sa.Column("case", sa.String(32), nullable=False, index=True),
    sa.Column("standing", sa.String(16), nullable=False, index=True),
)
recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("began", sa.Float, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
recording_keys = sa.Table(
    "recording_keys",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    # Wrapped by the master key; null once the recording was destroyed.
    sa.Column("key", sa.LargeBinary),
)
HELD, CONDEMNED, DELETED = "held", "condemned", "deleted"
keeping = sa.Table(
    "keeping",
    metadata,
    # One row per recording: it cannot be held and condemned at the same time.
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("what", sa.String(16), nullable=False),
)
session_events = sa.Table(
    "session_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("call", sa.String(32), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # sealed: who, and the facts
)
terminals = sa.Table(
    "terminals",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
codes = sa.Table(
    "codes",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("expires", sa.Float, nullable=False),
)

stamps = sa.Table(
    "stamps",
    metadata,
    sa.Column("case", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
)

revoked = sa.Table(
    "revoked",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
)
GROWS_ONLY = (entries, nodes, checkpoints)
"""Tables of which no row is ever changed or removed, whatever our code does.

On PostgreSQL ``deploy/evidence-log.sql`` says the same to the server.
"""
_NEVER = """CREATE TRIGGER IF NOT EXISTS {table}_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, 'the evidence log only grows'); END"""
_NEXT = """CREATE TRIGGER IF NOT EXISTS entries_in_order BEFORE INSERT ON entries
WHEN NEW.place <> (SELECT coalesce(max(place) + 1, 0) FROM entries)
BEGIN SELECT RAISE(ABORT, 'the evidence log only grows'); END"""
# INSERT OR REPLACE removes a row without asking the trigger of DELETE.
_ONCE = """CREATE TRIGGER IF NOT EXISTS {table}_once BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
BEGIN SELECT RAISE(ABORT, 'the evidence log only grows'); END"""
TRIGGERS = (
    *(
        _NEVER.format(table=t.name, what=what)
        for t in GROWS_ONLY
        for what in ("UPDATE", "DELETE")
    ),
    *(
        _ONCE.format(table=t.name, key=next(iter(t.primary_key)).name)
        for t in GROWS_ONLY
    ),
    _NEXT,
)


_readers = WeakKeyDictionary[sa.Engine, sa.Engine]()
"""The reading side of each SQLite engine."""


def open_engine(url: str) -> AsyncEngine:
    """Return an engine for ``url``; SQLite is set to WAL and full synchronisation."""
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        main = engine.sync_engine
        reader = sa.create_engine(main.url.set(drivername="sqlite"))
        _readers[main] = reader
        sa.event.listen(main, "engine_disposed", lambda _: reader.dispose())
        sa.event.listen(main, "connect", _set_up_sqlite)
        sa.event.listen(main, "begin", _begin_immediate)
        sa.event.listen(reader, "connect", _set_up_sqlite)
    return engine


async def select(engine: AsyncEngine, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    """Return what one SELECT finds; it waits for nobody who writes.

    Several that must agree with each other belong into ``engine.begin()``. SQLite is
    asked in this very thread: its pages are in memory, and to hand a question to
    another thread and back costs more than the answer.
    """
    found: Sequence[sa.Row[Any]]
    if reader := _readers.get(engine.sync_engine):
        with reader.connect() as here:
            found = here.execute(query).all()
    else:
        async with engine.connect() as there:
            found = (await there.execute(query)).all()
    return found


async def create_tables(engine: AsyncEngine) -> None:
    """Create what is not there yet."""
    async with engine.begin() as db:
        await db.run_sync(metadata.create_all)
        if engine.dialect.name == "sqlite":
            for trigger in TRIGGERS:
                await db.exec_driver_sql(trigger)


async def empty_log(engine: AsyncEngine) -> None:
    """Have SQLite's write-ahead log copied and cut: it still holds what was deleted.

    Somebody who reads just now only puts it off until the next time.
    """
    if engine.dialect.name != "sqlite":
        return
    async with engine.connect() as connection:
        # Beside SQLAlchemy: in a transaction the log cannot be cut.
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None, "just opened"
        cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await cursor.close()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # a key that is destroyed is overwritten
        "busy_timeout=5000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # Taking the write lock at once means two writers queue instead of failing.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
