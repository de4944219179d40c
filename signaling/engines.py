"""What everything stands on: master key, database, bus, and what runs beside.

Opened in order; whoever opens them closes them in the opposite order.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from casework import vault
from casework.stores.durable import sync
from casework.stores.sql_log import fill_nodes
from casework.stores.tables import create_tables, open_engine
from signaling.bus import Bus
from signaling.bus_redis import RedisBus
from signaling.embedded import embedded_valkey
from signaling.settings import Settings


def master_key(folder: Path) -> bytes:
    """Return the key that wraps all others; made on the first start.

    ``COUNTER_DATA_DIR`` must not be shared with other users: who has this file
    and the database can read everything.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "master.key"
    if not path.exists():
        handle, half = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(vault.new_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster
            os.link(half, path)
        Path(half).unlink()
        sync(path, folder)
    key = path.read_bytes()
    assert len(key) == vault.KEY_BYTES, "linked into place only when whole"
    return key


async def open_database(settings: Settings, closing: AsyncExitStack) -> AsyncEngine:
    """Open the database of the settings, with every table that we know."""
    engine = open_engine(settings.database)
    closing.push_async_callback(engine.dispose)
    await create_tables(engine)
    await fill_nodes(engine)
    return engine


def open_bus(settings: Settings, closing: AsyncExitStack) -> Bus:
    """Open the bus on the Redis that is set, or on an embedded Valkey."""
    url = settings.redis_url or closing.enter_context(
        embedded_valkey(settings.data / "valkey")
    )
    bus = RedisBus(url)
    closing.push_async_callback(bus.close)
    return bus


def background(closing: AsyncExitStack, *works: Coroutine[None, None, None]) -> None:
    """Start what runs beside the rest; stop it when the services close."""
    running = [asyncio.create_task(work) for work in works]

    async def stop() -> None:
        # A client library may take a cancellation for a time-out: say it again.
        while pending := [task for task in running if not task.done()]:
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=0.5)

    closing.push_async_callback(stop)
