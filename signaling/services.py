"""The one place where concrete classes meet."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from casework import vault
from casework.cases import Cases
from casework.items import Catalogue, read_catalogue
from casework.ledger import Ledger
from casework.licences import Licences
from casework.outcomes import Outcomes
from casework.papers.fonts import load_fonts
from casework.paperwork import Paperwork
from casework.ports import Clock, RecordingStore, TerminalStore
from casework.printing import Printing
from casework.retention import Retention, Shelf
from casework.scans import Scans
from casework.session_ports import KeepingStore
from casework.signing.authority import Authority
from casework.stamps import Stamps
from casework.stock_photos import StockPhotos
from casework.stores.objects import Objects
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_events import SqlSessionEventStore
from casework.stores.sql_keeping import SqlKeepingStore
from casework.stores.sql_licences import SqlCopyStore
from casework.stores.sql_records import (
    SqlJobStore,
    SqlRecordingStore,
    SqlTerminalStore,
    SqlVisitStore,
)
from casework.stores.sql_stamps import SqlDueStore
from casework.stores.sql_stock import SqlStockStore
from casework.timeline import Timeline
from signaling.bus import Bus
from signaling.calls import Calls
from signaling.company import Company
from signaling.engines import background, master_key, open_bus, open_database
from signaling.evidence import Evidence, open_evidence
from signaling.media.recorder import Recorder
from signaling.media_pool import MediaPool
from signaling.office_keys import open_notary
from signaling.own_revocations import follow_revoked, open_keys
from signaling.portraits import Portraits
from signaling.presence import Presence
from signaling.queue import Queue
from signaling.reader import PageReader
from signaling.readings import Readings
from signaling.seal_watch import Watch
from signaling.settings import Settings
from signaling.sweeper import sweep_hourly
from signaling.switchboard import Switchboard, keep_running
from signaling.system_clock import SystemClock
from signaling.uploads import Uploads
from signaling.visits import Visits


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers may use. A test builds its own from fakes."""

    settings: Settings
    clock: Clock
    cases: Cases
    readings: Readings
    printing: Printing
    licences: Licences
    visits: Visits
    calls: Calls
    company: Company
    presence: Presence
    queue: Queue
    terminals: TerminalStore
    shelf: Shelf
    evidence: Evidence
    objects: Objects
    uploads: Uploads
    authority: Authority
    bus: Bus
    board: Switchboard
    media: MediaPool

    @property
    def papers(self) -> Paperwork:
        """Every PDF and every stored byte."""
        return self.cases.papers

    @property
    def portraits(self) -> Portraits:
        """What finds the portrait on an identity document."""
        return Portraits(Path(self.settings.face_models))

    @property
    def recordings(self) -> RecordingStore:
        """What is known about recordings."""
        return self.shelf.recordings

    @property
    def keeping(self) -> KeepingStore:
        """Which recordings are held or being deleted."""
        return self.shelf.keeping

    @property
    def items(self) -> Catalogue:
        """The service items on offer."""
        return self.cases.items

    @property
    def outcomes(self) -> Outcomes:
        """The decisions on submitted cases."""
        return Outcomes(self.cases.ledger, self.papers, self.items, self.clock)

    @property
    def timeline(self) -> Timeline:
        """What happens in the calls."""
        return self.visits.timeline

    @property
    def scans(self) -> Scans:
        """What is done with papers before the clerk decides."""
        return self.readings.scans


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything in order; on leaving, close it in the opposite order."""
    clock, keys = SystemClock(), settings.data / "keys"
    async with AsyncExitStack() as closing:
        master, engine = master_key(keys), await open_database(settings, closing)
        bus = open_bus(settings, closing)
        authority = await open_keys(settings, engine, master)
        store, objects = SqlCaseStore(engine, master), Objects(settings.objects)
        cases = await _open_cases(settings, store, objects, authority, closing)
        board, media = Switchboard(bus), _media_pool(settings, clock)
        visit_store, terminals = SqlVisitStore(engine), SqlTerminalStore(engine)
        queue = Queue(visit_store, cases, terminals, board)
        shelf = _open_shelf(engine, master, objects)
        proofs = open_evidence(settings, engine, store, cases, shelf, authority)
        timeline = Timeline(shelf.events, clock)
        visits = Visits(visit_store, cases, queue, board, media, timeline)
        company = Company(visit_store, store, visits, media, clock)
        calls = Calls(visit_store, shelf.recordings, visits, board, media, company)
        watching = proofs.run(), _watch(cases, engine, clock)
        background(closing, *_telling(board, visits, media, calls), *watching)
        yield Services(
            settings=settings,
            clock=clock,
            cases=cases,
            readings=await _open_readings(cases, clock, visits, closing),
            printing=await _open_printing(cases, store, objects, master),
            licences=_licences(cases, engine, clock),
            visits=visits,
            calls=calls,
            company=company,
            presence=Presence(bus, board),
            queue=queue,
            terminals=terminals,
            shelf=shelf,
            evidence=proofs,
            objects=objects,
            uploads=_open_uploads(settings, master),
            authority=authority,
            bus=bus,
            board=board,
            media=media,
        )


def _open_shelf(engine: AsyncEngine, master: bytes, objects: Objects) -> Shelf:
    recordings = SqlRecordingStore(engine, master)
    events = SqlSessionEventStore(engine, recordings.key)
    return Shelf(recordings, SqlKeepingStore(engine), events, objects)


def _open_uploads(settings: Settings, master: bytes) -> Uploads:
    return Uploads(settings.data / "uploads", vault.derived(master, "uploads"))


async def _open_cases(
    settings: Settings,
    store: SqlCaseStore,
    objects: Objects,
    authority: Authority,
    closing: AsyncExitStack,
) -> Cases:
    clock, fonts = SystemClock(), Path(settings.fonts_dir)
    # 0.3 s of CPU: better now than in the middle of the first receipt.
    await asyncio.to_thread(load_fonts, fonts)
    notary = await open_notary(settings, authority, clock, closing)
    await follow_revoked(notary, store.engine, closing)
    papers = Paperwork(store, objects, authority, fonts, notary)
    items = read_catalogue(Path(settings.services_dir))
    return Cases(Ledger(store), papers, items, clock)


async def _open_readings(
    cases: Cases, clock: Clock, visits: Visits, closing: AsyncExitStack
) -> Readings:
    reader = PageReader()
    closing.callback(reader.close)
    scans = Scans(cases.ledger, cases.items, clock)
    readings = Readings(scans, cases.papers, reader, visits.tell_case)
    closing.push_async_callback(readings.close)
    on_now = await visits.open_ones()
    await readings.resume([visit.case for visit in on_now if visit.case])
    return readings


async def _open_printing(
    cases: Cases, store: SqlCaseStore, objects: Objects, master: bytes
) -> Printing:
    stock = SqlStockStore(store.engine, store)
    photos = StockPhotos(objects, vault.derived(master, "stock"))
    jobs, clock = SqlJobStore(store.engine), SystemClock()
    printing = Printing(cases.ledger, jobs, (stock, photos), cases.items, clock)
    await printing.prints.resume()
    return printing


def _licences(cases: Cases, engine: AsyncEngine, clock: Clock) -> Licences:
    stores = SqlJobStore(engine), SqlCopyStore(engine)
    return Licences(cases.ledger, stores, cases.papers, cases.items, clock)


def _watch(
    cases: Cases, engine: AsyncEngine, clock: Clock
) -> Coroutine[None, None, None]:
    stamps = Stamps(cases.ledger, cases.papers, SqlDueStore(engine), clock)
    return Watch(cases.papers.notary, stamps, clock).run()


def _telling(
    board: Switchboard, visits: Visits, media: MediaPool, calls: Calls
) -> tuple[Coroutine[None, None, None], ...]:
    return keep_running(board), visits.keep_telling(), _listen(media, calls)


def _listen(media: MediaPool, calls: Calls) -> Coroutine[None, None, None]:
    return media.run(calls.leg_changed, calls.media_lost)


def _media_pool(settings: Settings, clock: Clock) -> MediaPool:
    return MediaPool(settings.controls, settings.relays(clock))


@asynccontextmanager
async def open_proofs(settings: Settings) -> AsyncIterator[tuple[Cases, Evidence]]:
    """Open what makes dossiers, also beside a server that runs."""
    keys = settings.data / "keys"
    async with AsyncExitStack() as closing:
        master, engine = master_key(keys), await open_database(settings, closing)
        authority = await open_keys(settings, engine, master)
        store, objects = SqlCaseStore(engine, master), Objects(settings.objects)
        cases = await _open_cases(settings, store, objects, authority, closing)
        shelf = _open_shelf(engine, master, objects)
        yield cases, open_evidence(settings, engine, store, cases, shelf, authority)


@asynccontextmanager
async def open_recorder(settings: Settings) -> AsyncIterator[Recorder]:
    """Open what the recorder process needs."""
    master = master_key(settings.data / "keys")
    async with AsyncExitStack() as closing:
        engine = await open_database(settings, closing)
        visits, cases = SqlVisitStore(engine), SqlCaseStore(engine, master)
        objects = Objects(settings.objects)
        shelf = _open_shelf(engine, master, objects)
        items = read_catalogue(Path(settings.services_dir))
        retention = Retention(shelf, visits, cases, items)
        background(closing, sweep_hourly(retention, SystemClock()))
        yield Recorder(settings.journals, visits, cases, shelf.recordings, objects)
