"""The one place where concrete classes meet."""

import asyncio
import contextlib
import dataclasses
import logging
import os
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from casework import vault
from casework.cases import Cases
from casework.items import Catalogue, read_catalogue
from casework.ledger import Ledger
from casework.outcomes import Outcomes
from casework.papers.fonts import load_fonts
from casework.paperwork import Paperwork
from casework.ports import Clock, RecordingStore, TerminalStore
from casework.retention import Retention, Shelf
from casework.scans import Scans
from casework.session_ports import KeepingStore
from casework.signing.authority import Authority, open_authority
from casework.signing.notary import Notary
from casework.stamps import Stamps
from casework.stores.objects import Objects
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_events import SqlSessionEventStore
from casework.stores.sql_keeping import SqlKeepingStore
from casework.stores.sql_records import (
    SqlJobStore,
    SqlRecordingStore,
    SqlTerminalStore,
    SqlVisitStore,
)
from casework.stores.sql_stamps import SqlDueStore
from casework.stores.tables import create_tables, open_engine
from casework.timeline import Timeline
from signaling.bus import Bus
from signaling.bus_redis import RedisBus
from signaling.calls import Calls
from signaling.company import Company
from signaling.embedded import embedded_valkey
from signaling.media.recorder import Recorder
from signaling.media_pool import MediaPool
from signaling.presence import Presence
from signaling.queue import Queue
from signaling.reader import PageReader
from signaling.readings import Readings
from signaling.seal_watch import Watch
from signaling.settings import Settings
from signaling.sweeper import sweep_hourly
from signaling.switchboard import Switchboard, keep_running
from signaling.uploads import Uploads
from signaling.visits import Visits

log = logging.getLogger(__name__)


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        return time.time()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers may use. A test builds its own from fakes."""

    settings: Settings
    clock: Clock
    cases: Cases
    readings: Readings
    outcomes: Outcomes
    visits: Visits
    calls: Calls
    company: Company
    presence: Presence
    queue: Queue
    terminals: TerminalStore
    recordings: RecordingStore
    timeline: Timeline
    keeping: KeepingStore
    papers: Paperwork
    objects: Objects
    uploads: Uploads
    authority: Authority
    bus: Bus
    board: Switchboard
    media: MediaPool

    @property
    def items(self) -> Catalogue:
        """The service items on offer."""
        return self.cases.items

    @property
    def scans(self) -> Scans:
        """What is done with papers before the clerk decides."""
        return self.readings.scans


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
    key = path.read_bytes()
    assert len(key) == vault.KEY_BYTES, "linked into place only when whole"
    return key


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything in order; on leaving, close it in the opposite order."""
    clock, keys = SystemClock(), settings.data / "keys"
    async with AsyncExitStack() as closing:
        master, engine = master_key(keys), await _open_database(settings, closing)
        bus = _open_bus(settings, closing)
        authority = open_authority(keys, master, settings.office)
        store, objects = SqlCaseStore(engine, master), Objects(settings.objects)
        cases = await _open_cases(settings, store, objects, authority, clock)
        board, media = Switchboard(bus), _media_pool(settings, clock)
        visit_store, terminals = SqlVisitStore(engine), SqlTerminalStore(engine)
        queue = Queue(visit_store, cases, terminals, board)
        recordings = SqlRecordingStore(engine, master)
        timeline = Timeline(SqlSessionEventStore(engine, recordings.key), clock)
        visits = Visits(visit_store, cases, queue, board, media, timeline)
        company = Company(visit_store, store, visits, media, clock)
        calls = Calls(visit_store, recordings, visits, board, media, company)
        _background(closing, keep_running(board), _listen(media, calls))
        _background(closing, _watch(authority, cases, engine, clock))
        yield Services(
            settings=settings,
            clock=clock,
            cases=cases,
            readings=_open_readings(cases, clock, visits, closing),
            outcomes=_outcomes(cases, SqlJobStore(engine), clock),
            visits=visits,
            calls=calls,
            company=company,
            presence=Presence(bus, board),
            queue=queue,
            terminals=terminals,
            recordings=recordings,
            timeline=timeline,
            keeping=SqlKeepingStore(engine),
            papers=cases.papers,
            objects=objects,
            uploads=_open_uploads(settings, master),
            authority=authority,
            bus=bus,
            board=board,
            media=media,
        )


def _open_uploads(settings: Settings, master: bytes) -> Uploads:
    return Uploads(settings.data / "uploads", vault.derived(master, "uploads"))


async def _open_cases(
    settings: Settings,
    store: SqlCaseStore,
    objects: Objects,
    authority: Authority,
    clock: Clock,
) -> Cases:
    papers = await _open_papers(store, objects, authority, settings)
    items = read_catalogue(Path(settings.services_dir))
    return Cases(Ledger(store), papers, items, clock)


def _open_readings(
    cases: Cases, clock: Clock, visits: Visits, closing: AsyncExitStack
) -> Readings:
    reader = PageReader()
    closing.callback(reader.close)
    scans = Scans(cases.ledger, cases.items, clock)
    readings = Readings(scans, cases.papers, reader, visits.tell_case)
    closing.push_async_callback(readings.close)
    return readings


def _outcomes(cases: Cases, jobs: SqlJobStore, clock: Clock) -> Outcomes:
    return Outcomes(cases.ledger, jobs, cases.papers, cases.items, clock)


def _watch(
    authority: Authority, cases: Cases, engine: AsyncEngine, clock: Clock
) -> Coroutine[None, None, None]:
    stamps = Stamps(cases.ledger, cases.papers, SqlDueStore(engine), clock)
    return Watch(authority, stamps, clock).run()


def _listen(media: MediaPool, calls: Calls) -> Coroutine[None, None, None]:
    return media.run(calls.leg_changed, calls.media_lost)


async def _open_papers(
    store: SqlCaseStore, objects: Objects, authority: Authority, settings: Settings
) -> Paperwork:
    fonts = Path(settings.fonts_dir)
    # 0.3 s of CPU: better now than in the middle of the first receipt.
    await asyncio.to_thread(load_fonts, fonts)
    if not settings.escrow_key:
        log.warning("strokes are locked with a key that this server holds itself")
    notary = Notary(authority, escrow=bytes.fromhex(settings.escrow_key))
    return Paperwork(store, objects, authority, fonts, notary)


async def _open_database(settings: Settings, closing: AsyncExitStack) -> AsyncEngine:
    engine = open_engine(settings.database)
    closing.push_async_callback(engine.dispose)
    await create_tables(engine)
    return engine


def _open_bus(settings: Settings, closing: AsyncExitStack) -> Bus:
    """Open the bus on the Redis that is set, or on an embedded Valkey."""
    url = settings.redis_url or closing.enter_context(
        embedded_valkey(settings.data / "valkey")
    )
    bus = RedisBus(url)
    closing.push_async_callback(bus.close)
    return bus


def _background(closing: AsyncExitStack, *works: Coroutine[None, None, None]) -> None:
    """Start what runs beside the rest; stop it when the services close."""
    running = [asyncio.create_task(work) for work in works]

    async def stop() -> None:
        # A client library may take a cancellation for a time-out: say it again.
        while pending := [task for task in running if not task.done()]:
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=0.5)

    closing.push_async_callback(stop)


def _media_pool(settings: Settings, clock: Clock) -> MediaPool:
    return MediaPool(settings.controls, settings.relays(clock))


@asynccontextmanager
async def open_recorder(settings: Settings) -> AsyncIterator[Recorder]:
    """Open what the recorder process needs."""
    master = master_key(settings.data / "keys")
    async with AsyncExitStack() as closing:
        engine = await _open_database(settings, closing)
        visits, cases = SqlVisitStore(engine), SqlCaseStore(engine, master)
        recordings = SqlRecordingStore(engine, master)
        objects = Objects(settings.objects)
        events = SqlSessionEventStore(engine, recordings.key)
        shelf = Shelf(recordings, SqlKeepingStore(engine), events, objects)
        items = read_catalogue(Path(settings.services_dir))
        retention = Retention(shelf, visits, cases, items)
        _background(closing, sweep_hourly(retention, SystemClock()))
        yield Recorder(settings.journals, visits, cases, recordings, objects)
