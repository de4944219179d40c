"""Things that tests are about; name only what matters to the test."""

import datetime as dt
import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from casework.arriving import Arriving
from casework.case import Case
from casework.cases import Cases
from casework.checkpoints import Checkpoints
from casework.dossier import Dossiers
from casework.items import Catalogue, read_catalogue
from casework.ledger import Ledger
from casework.licences import Licences
from casework.material import Material, Page
from casework.outcomes import Outcomes
from casework.paperwork import Paperwork
from casework.printing import Printing
from casework.retention import Shelf
from casework.scans import Scans
from casework.session_files import Sessions
from casework.signing.authority import Authority, make_authority
from casework.stock_photos import StockPhotos
from casework.stores.objects import Objects
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_events import SqlSessionEventStore
from casework.stores.sql_keeping import SqlKeepingStore
from casework.stores.sql_licences import SqlCopyStore
from casework.stores.sql_log import SqlCheckpointStore
from casework.stores.sql_records import (
    SqlJobStore,
    SqlRecordingStore,
    SqlVisitStore,
)
from casework.stores.sql_stock import SqlStockStore
from casework.stores.tables import create_tables, open_engine
from casework.visit import Visit
from protocol.ids import (
    IDENTITY,
    CallId,
    CaseId,
    ItemId,
    MaterialId,
    PageId,
    StaffId,
    StepId,
    TerminalId,
    TicketId,
)
from protocol.messages import SignApplication
from protocol.parts import PageSeen, Point
from protocol.states import CaseState, Language, MaterialState, TicketState
from signaling.settings import Settings
from signaling.turn import Relays

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "var/fonts"
NOON = 1_795_000_000.0
"""Some day in November 2026."""
ITEM = ItemId("foreign-enterprise")
TERMINAL = TerminalId("7" * 32)
CLERK = StaffId("clerk")
FORM = {
    "company": "A<B> & Sons 𠮷 粵港示範科技",
    "legal_representative": "陳示範",
    "capital": "100",
    "scope": "軟件開發",
    "address": "示範市樣本路一號",
}


class FixedClock:
    """A clock that a test moves."""

    def __init__(self, now: float = NOON) -> None:
        self.time = now

    def now(self) -> float:
        return self.time


def a_step(name: str) -> StepId:
    return StepId(f"step-{name}")


def a_case(state: CaseState = CaseState.OPENED, **more: object) -> Case:
    materials = tuple(
        Material(id=MaterialId(name)) for name in ("identity", "articles", "premises")
    )
    case = Case(
        id=CaseId("c" * 32),
        item=ITEM,
        office="market-regulation",
        terminal=TERMINAL,
        ticket=TicketId("t" * 32),
        language=Language.ZH_HANT,
        opened=NOON,
        touched=NOON,
        state=state,
        clerk=CLERK,
        materials=materials,
    )
    return msgspec.structs.replace(case, **more)


def with_all_papers(case: Case) -> Case:
    papers = tuple(
        msgspec.structs.replace(
            one,
            state=MaterialState.ACCEPTED,
            pages=(a_page(one.id),),
        )
        for one in case.materials
    )
    return msgspec.structs.replace(case, materials=papers)


def a_page(name: str, **more: object) -> Page:
    digest = hashlib.sha256(name.encode()).hexdigest()
    page = Page(id=PageId(digest[:32]), sha256=digest, preview="p", page="q")
    return msgspec.structs.replace(page, **more)


def a_visit(state: TicketState = TicketState.CALLED, **more: object) -> Visit:
    visit = Visit(
        id=TicketId("t" * 32),
        number="A001",
        item=ITEM,
        terminal=TERMINAL,
        language=Language.ZH_HANT,
        since=NOON,
        state=state,
        call=CallId("a" * 32),
        clerk=CLERK,
        case=CaseId("c" * 32),
    )
    return msgspec.structs.replace(visit, **more)


def a_signature(points: int = 30) -> list[list[Point]]:
    return [
        [Point(x=10.0 + 5 * n, y=50.0 + n % 7, t=8.0 * n, p=0.5) for n in range(points)]
    ]


def a_signing(case: Case, sha256: str, **more: object) -> SignApplication:
    said = SignApplication(
        step=a_step("sign"),
        case=case.id,
        sha256=sha256,
        pages=[PageSeen(page=1, seconds=4.2)],
        declared="touch",
        strokes=a_signature(),
    )
    return msgspec.structs.replace(said, **more)


def a_jpeg() -> bytes:
    return b"\xff\xd8\xff" + b"page" * 50 + b"\xff\xd9"


class Office:
    """Everything of casework on a real SQLite and a real folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Signatures state the machine's own time, so certificates must be of today.
        self.clock = FixedClock(time.time())
        self.engine = open_engine(f"sqlite+aiosqlite:///{folder / 'counter.db'}")
        self.master = b"m" * 32
        self.store = SqlCaseStore(self.engine, self.master)
        self.visits = SqlVisitStore(self.engine)
        self.recordings = SqlRecordingStore(self.engine, self.master)
        self.authority: Authority = an_authority()
        self.objects = Objects(str(folder / "objects"))
        self.papers = Paperwork(self.store, self.objects, self.authority, FONTS)
        self.items: Catalogue = read_catalogue(ROOT / "services")
        ledger = Ledger(self.store)
        self.cases = Cases(ledger, self.papers, self.items, self.clock)
        self.scans = Scans(ledger, self.items, self.clock)
        self.jobs = SqlJobStore(self.engine)
        self.outcomes = Outcomes(ledger, self.papers, self.items, self.clock)
        self.photos = StockPhotos(self.objects, b"p" * 32)
        stock = SqlStockStore(self.engine, self.store), self.photos
        printing = Printing(ledger, self.jobs, stock, self.items, self.clock)
        self.stock, self.prints = printing.stock, printing.prints
        self.releases = printing.releases
        self.copies = SqlCopyStore(self.engine)
        stores, papers = (self.jobs, self.copies), self.papers
        self.licences = Licences(ledger, stores, papers, self.items, self.clock)
        events = SqlSessionEventStore(self.engine, self.recordings.key)
        keeping = SqlKeepingStore(self.engine)
        self.shelf = Shelf(self.recordings, keeping, events, self.objects)
        self.checkpoints = Checkpoints(
            self.store.log,
            SqlCheckpointStore(self.engine),
            self.authority.log_signer(),
            self.authority.root.certificate,
            self.papers.notary.timestamp,
        )
        sessions = Sessions(self.shelf)
        self.dossiers = Dossiers(self.cases, sessions, self.checkpoints)

    async def open(self) -> "Office":
        await create_tables(self.engine)
        return self

    async def opened(self) -> Case:
        return await self.cases.open(a_visit())

    async def stored_page(self, case: Case, name: str) -> Case:
        paper = MaterialId(name)
        data = a_jpeg() + name.encode()
        key = await self.papers.keep_bytes(case.id, f"{name}-page", data)
        digest = hashlib.sha256(data).hexdigest()
        name_, round_ = PageId(f"{case.version:032x}"), case.material(paper).refusals
        page = Arriving(material=paper, page=name_, round=round_)
        await self.scans.previews_arrived(case.id, [(page, key)])
        step = a_step(f"page-{name}-{case.version}")
        stored = key, digest
        return await self.scans.page_stored(case.id, page, stored, step, TERMINAL)

    async def ready_for_form(self, number: str = "") -> Case:
        """All papers are accepted, with ``number`` confirmed on the first of them."""
        case = await self.opened()
        case = await self.stored_page(case, IDENTITY)
        seen = case.material(IDENTITY).sha256
        if number:
            said = seen, {"number": number}
            await self.scans.confirm_fields(
                case.id, IDENTITY, said, a_step("read"), CLERK
            )
        case = await self.cases.confirm_identity(case.id, seen, a_step("who"), CLERK)
        for name in ("articles", "premises"):
            case = await self.stored_page(case, name)
            step = a_step(f"accept-{name}")
            paper = MaterialId(name)
            seen = case.material(paper).sha256
            case = await self.cases.accept_material(case.id, paper, seen, step, CLERK)
        return await self.cases.fill_form(case.id, FORM)

    async def submitted(self) -> Case:
        case = await self.ready_for_form()
        case = await self.cases.accept_form(case.id, a_step("form"), CLERK)
        application = case.document("application")
        assert application is not None, "just made"
        return await self.cases.sign(a_signing(case, application.sha256))


def an_authority() -> Authority:
    return make_authority("示范市市场监督管理局", dt.datetime.now(dt.UTC))


def no_relays() -> Relays:
    return Settings().relays(FixedClock())


def has(program: str) -> bool:
    return shutil.which(program) is not None


def python(*words: str, **more: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # more is for subprocess
        [sys.executable, *words], capture_output=True, text=True, check=False, **more
    )
