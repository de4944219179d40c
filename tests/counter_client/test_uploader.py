"""Pages on their way through every fault, against the server's own ``Uploads``."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_client.device import Device, open_device
from counter_client.letters import Letter, Outgoing
from counter_client.outbox import Outbox
from counter_client.uploader import Uploader
from protocol.ids import CaseId, MaterialId, PageId
from protocol.states import CaseState, Leg, Level
from protocol.views import LineView, SessionView
from signaling.views import case_view, session_view, ticket_view, with_lines
from tests.builders import a_case, a_visit
from tests.counter_client.faulty_office import Fault, FaultyOffice, Killed

CHUNKS = 300_000
"""Bytes of a page: more than one chunk of a line nothing is known about."""


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
