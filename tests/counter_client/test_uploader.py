"""Pages on their way through every fault, against the server's own ``Uploads``."""

import asyncio
import contextlib
import enum
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.scans import Arriving
from counter_client.device import Device, open_device
from counter_client.office import OfficeSaysNo, OfficeUnreachable, ServerOffice
from counter_client.outbox import Letter, Outbox, Outgoing
from counter_client.uploader import Uploader
from protocol.ids import CaseId, MaterialId, PageId, UploadId
from protocol.states import CaseState, Leg, Level
from protocol.views import LineView, SessionView
from signaling.uploads import Announced, Uploads, WrongOffset
from signaling.views import case_view, session_view, ticket_view, with_lines
from tests.builders import TERMINAL, a_case, a_visit

KEY = b"k" * 32
CHUNKS = 300_000
"""Bytes of a page: more than one chunk of a line nothing is known about."""


class Fault(enum.Enum):
    """What can happen to one request."""

    NONE = 0
    LOST = 1
    ANSWER_LOST = 2
    SERVER_KILLED = 3
    SERVER_KILLED_BEFORE_RECEIPT = 4
    AGENT_KILLED = 5
    AGENT_KILLED_AFTER = 6


class Killed(Exception):
    """The agent is gone, as if by ``kill -9``."""


class _Said(msgspec.Struct):
    case: str
    page: dict[str, str]
    what: str
    size: int
    sha256: str


class FaultyOffice(ServerOffice):
    """The server's uploads without a network: faults come in the order given."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        self._folder = folder
        self._faults = iter(faults)
        self._uploads = Uploads(folder, KEY)
        self._applied: set[UploadId] = set()
        self.stored: list[tuple[str, str]] = []
        self.sent = 0
        self.refuse = ""

    async def ask(self, method: str, path: str, body: object = None) -> bytes:  # type: ignore[override]  # only what the uploader asks
        assert method == "POST"
        return self._meet(lambda fault: self._announce(path, body, fault))

    async def put_chunk(
        self,
        path: str,
        offset: int,
        chunk: bytes,
        patience: float,
        announcement: object = None,
    ) -> bytes:
        assert patience > 0
        self.sent += len(chunk)

        def work(fault: Fault) -> tuple[int, bool]:
            if announcement is not None:
                self._announce(path, announcement, fault)
            return self._add(path, offset, chunk, fault)

        return self._meet(work)

    def _meet(self, work: Callable[[Fault], tuple[int, bool]]) -> bytes:
        fault = next(self._faults, Fault.NONE)
        if fault is Fault.AGENT_KILLED:
            raise Killed
        if fault in {Fault.SERVER_KILLED, Fault.SERVER_KILLED_BEFORE_RECEIPT}:
            self._uploads = Uploads(self._folder, KEY)
        if fault in {Fault.LOST, Fault.SERVER_KILLED}:
            raise OfficeUnreachable
        here, stored = work(fault)
        if fault is Fault.AGENT_KILLED_AFTER:
            raise Killed
        if fault is not Fault.NONE:
            raise OfficeUnreachable
        return msgspec.json.encode({"here": here, "stored": stored})

    def _announce(self, path: str, body: object, _fault: Fault) -> tuple[int, bool]:
        if self.refuse:
            raise OfficeSaysNo(self.refuse)
        said = msgspec.convert(body, _Said)
        upload = UploadId(path.rpartition("/")[2])
        if done := self._uploads.stored(upload, TERMINAL):
            return done, True
        page = msgspec.convert(said.page, Arriving)
        announced = Announced(
            upload, CaseId(said.case), page, said.what, said.size, said.sha256
        )
        return self._uploads.begin(announced, TERMINAL), False

    def _add(
        self, path: str, offset: int, chunk: bytes, fault: Fault
    ) -> tuple[int, bool]:
        upload = UploadId(path.rpartition("/")[2])
        if done := self._uploads.stored(upload, TERMINAL):
            return done, True
        announced = self._uploads.find(upload, TERMINAL)
        try:
            here = self._uploads.add(announced, offset, chunk)
        except WrongOffset as error:
            raise OfficeSaysNo(error.code) from error
        if here < announced.size:
            return here, False
        self._store(announced, self._uploads.take(announced))
        if fault is not Fault.SERVER_KILLED_BEFORE_RECEIPT:
            self._uploads.finish(announced, TERMINAL)
        return here, True

    def _store(self, announced: Announced, data: bytes) -> None:
        """Once per upload, as the ledger does it with a step."""
        if announced.id not in self._applied:
            self._applied.add(announced.id)
            self.stored.append((announced.page.page, announced.what))
            assert len(data) == announced.size


def a_session(
    state: CaseState = CaseState.COLLECTING,
    level: Level = Level.GOOD,
    wanted: str = "",
) -> SessionView:
    visit = a_visit()
    case = a_case(id=visit.case, state=state, wanted=MaterialId(wanted) or None)
    ticket = ticket_view(visit, 0, "Counter 1")
    session = session_view(ticket, visit, set(), case_view(case), [])
    return with_lines(session, {Leg.APPLICANT: LineView(level=level)})


def an_outgoing(number: int, paper: str = "articles") -> Outgoing:
    return Outgoing(
        material=MaterialId(paper),
        id=PageId(f"{number:032x}"),
        preview=b"preview",
        page=bytes(CHUNKS),
        original=b"original",
    )


CASE = CaseId("c" * 32)


class Terminal:
    """An agent's outbox and uploader, which can be killed and started again."""

    def __init__(self, folder: Path, office: FaultyOffice) -> None:
        self.folder = folder / "outbox"
        self.device: Device = open_device(folder / "device")
        self.office = office
        self.refused: list[tuple[PageId, str]] = []
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        self.outbox = Outbox(self.folder, self.device)
        self.uploader = Uploader(self.office, self.outbox, again_after=0.0)

    async def note(self, letter: Letter, code: str) -> None:
        self.refused.append((letter.page, code))

    async def until(self, count: int) -> None:
        """Run the agent, again after each death, until ``count`` pictures are there."""
        while True:
            self.uploader.follow(a_session())
            running = asyncio.create_task(self.uploader.run(self.note))
            while not running.done():
                if len(self.office.stored) >= count and not self.outbox.waiting():
                    running.cancel()
                await asyncio.sleep(0)
            with contextlib.suppress(asyncio.CancelledError):
                if isinstance(running.exception(), Killed):
                    self.start()
                    continue
                await running
            return


@settings(deadline=None, max_examples=60)
@given(
    faults=st.lists(st.sampled_from(Fault), max_size=24),
    papers=st.lists(st.sampled_from(["articles", "premises"]), min_size=1, max_size=3),
)
def test_each_page_arrives_once_and_in_order_whatever_is_cut_or_killed(
    faults: list[Fault], papers: list[str]
) -> None:
    async def run(folder: Path) -> None:
        office = FaultyOffice(folder / "uploads", faults)
        terminal = Terminal(folder, office)
        terminal.uploader.follow(a_session())
        for number, paper in enumerate(papers):
            await terminal.uploader.take(CASE, an_outgoing(number, paper))

        await terminal.until(3 * len(papers))

        pages = [an_outgoing(number).id for number in range(len(papers))]
        kinds = ("preview", "page", "original")
        assert office.stored == [(page, kind) for kind in kinds for page in pages]
        assert terminal.outbox.waiting() == []
        assert terminal.refused == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


@contextlib.asynccontextmanager
async def running(terminal: Terminal) -> AsyncIterator[None]:
    task = asyncio.create_task(terminal.uploader.run(terminal.note))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(wanted: Callable[[], bool]) -> None:
    for _ in range(1_000_000):
        if wanted():
            return
        await asyncio.sleep(0)
    raise AssertionError("never happened")


async def only_the_original_is_left(terminal: Terminal) -> None:
    """A page goes over a bad line as far as it goes."""
    terminal.uploader.follow(a_session(level=Level.BAD))
    await terminal.uploader.take(CASE, an_outgoing(1))
    async with running(terminal):
        left = terminal.outbox.waiting
        await until(lambda: [piece.what for _, piece in left()] == ["original"])
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(terminal.office.stored) == 2


async def test_the_paper_that_the_clerk_waits_for_goes_first(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    terminal.uploader.follow(a_session(wanted="premises"))
    await terminal.uploader.take(CASE, an_outgoing(1, "articles"))
    await terminal.uploader.take(CASE, an_outgoing(2, "premises"))

    async with running(terminal):
        await until(lambda: len(terminal.office.stored) == 6)

    assert [page[-1] for page, _ in terminal.office.stored] == list("212121")


async def test_nothing_is_sent_before_the_server_has_said_whose_visit_it_is(
    tmp_path: Path,
) -> None:
    office = FaultyOffice(tmp_path / "uploads", [])
    terminal = Terminal(tmp_path, office)
    terminal.uploader.follow(a_session())
    await terminal.uploader.take(CASE, an_outgoing(1))
    terminal.start()

    async with running(terminal):
        for _ in range(20):
            await asyncio.sleep(0)
        assert office.sent == 0
        terminal.uploader.visit_over()

    assert list(terminal.folder.iterdir()) == []


@pytest.mark.parametrize(
    "session",
    [a_session(level=Level.WEAK), a_session(CaseState.SIGNED, Level.BAD)],
    ids=["a better line", "signed"],
)
async def test_originals_wait_for_a_better_line_or_for_the_signature(
    tmp_path: Path, session: SessionView
) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    await only_the_original_is_left(terminal)

    terminal.uploader.follow(session)

    async with running(terminal):
        await until(lambda: len(terminal.office.stored) == 3)


async def test_originals_of_a_submitted_application_follow_from_memory(
    tmp_path: Path,
) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    await only_the_original_is_left(terminal)
    terminal.uploader.follow(a_session(CaseState.SUBMITTED))

    terminal.uploader.visit_over()

    assert list(terminal.folder.iterdir()) == []
    async with running(terminal):
        await until(lambda: len(terminal.office.stored) == 3)


async def test_nothing_follows_of_an_application_that_was_not_submitted(
    tmp_path: Path,
) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    await only_the_original_is_left(terminal)

    terminal.uploader.visit_over()

    assert list(terminal.folder.iterdir()) == []
    async with running(terminal):
        for _ in range(20):
            await asyncio.sleep(0)
    assert len(terminal.office.stored) == 2


async def test_a_page_that_the_server_refuses_is_told_and_leaves_the_disk(
    tmp_path: Path,
) -> None:
    office = FaultyOffice(tmp_path / "uploads", [])
    office.refuse = "too-many-pages"
    terminal = Terminal(tmp_path, office)
    terminal.uploader.follow(a_session())
    await terminal.uploader.take(CASE, an_outgoing(1))

    async with running(terminal):
        await until(lambda: bool(terminal.refused))

    assert terminal.refused == [(an_outgoing(1).id, "too-many-pages")]
    assert terminal.outbox.waiting() == []
