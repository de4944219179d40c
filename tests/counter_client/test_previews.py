"""A preview goes ahead of its page, which is still being made."""

import asyncio
import tempfile
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_client import outbox as counter_outbox
from counter_client.letters import Outgoing
from counter_client.outbox import Outbox, OutboxFull, VisitOver
from counter_client.uploader import Uploader
from protocol.ids import UploadId
from tests.counter_client.faulty_office import Fault, FaultyOffice
from tests.counter_client.test_uploader import (
    CASE,
    CHUNKS,
    Terminal,
    a_session,
    an_outgoing,
    running,
    until,
)

CUTS = [one for one in Fault if "AGENT" not in one.name]


def a_preview(number: int) -> Outgoing:
    return msgspec.structs.replace(an_outgoing(number), page=b"", original=b"")


def with_the_rest(shown: Outgoing) -> Outgoing:
    made = an_outgoing(int(shown.id, 16))
    return msgspec.structs.replace(shown, page=made.page, original=made.original)


@settings(deadline=None, max_examples=60)
@given(faults=st.lists(st.sampled_from(CUTS), max_size=12), soon=st.integers(0, 40))
def test_a_preview_goes_ahead_of_its_page_and_arrives_once(
    faults: list[Fault], soon: int
) -> None:
    async def run(folder: Path) -> None:
        terminal = Terminal(folder, FaultyOffice(folder / "uploads", faults))
        terminal.uploader.follow(a_session())
        first = a_preview(1)
        async with running(terminal):
            shown = terminal.uploader.show(CASE, first)
            for _ in range(soon):
                await asyncio.sleep(0)
            assert terminal.outbox.waiting() == []
            await terminal.uploader.take(CASE, with_the_rest(shown))
            await until(lambda: len(terminal.office.stored) == 3)
            await until(lambda: not terminal.outbox.waiting())

        kinds = ("preview", "page", "original")
        assert terminal.office.stored == [(first.id, kind) for kind in kinds]
        assert terminal.refused == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_a_preview_is_there_before_its_page_is_made(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    terminal.uploader.follow(a_session())

    async with running(terminal):
        shown = terminal.uploader.show(CASE, a_preview(1))
        await until(lambda: len(terminal.office.stored) == 1)
        assert not any(path.is_file() for path in terminal.folder.iterdir())
        await terminal.uploader.take(CASE, with_the_rest(shown))
        await until(lambda: not terminal.outbox.waiting())

    assert [what for _, what in terminal.office.stored] == [
        "preview",
        "page",
        "original",
    ]


class SlowDisk(Outbox):
    """Takes its time to let go of what the server has."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal.folder, terminal.device)
        self.free = threading.Event()
        self.free.set()

    def confirm(self, upload: UploadId) -> bool:
        """Wait until it may, then do it."""
        self.free.wait(30)
        return super().confirm(upload)


async def test_a_preview_that_arrived_is_not_looked_for_on_the_disk(
    tmp_path: Path,
) -> None:
    office = FaultyOffice(tmp_path / "uploads", [])
    terminal = Terminal(tmp_path, office)
    terminal.outbox = disk = SlowDisk(terminal)
    terminal.uploader = Uploader(office, disk)
    terminal.uploader.follow(a_session())

    async with running(terminal):
        shown = terminal.uploader.show(CASE, a_preview(1))
        await until(lambda: len(office.stored) == 1)
        disk.free.clear()
        taking = asyncio.create_task(terminal.uploader.take(CASE, with_the_rest(shown)))
        await until(lambda: len(office.stored) == 2)
        disk.free.set()
        await taking
        await until(lambda: not disk.waiting())

    assert [what for _, what in office.stored] == ["preview", "page", "original"]
    assert office.sent == sum(map(len, (b"preview", bytes(CHUNKS), b"original")))
    assert terminal.refused == []


async def test_a_preview_of_somebody_who_went_away_is_not_sent(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    terminal.uploader.follow(a_session())
    shown = terminal.uploader.show(CASE, a_preview(1))

    terminal.uploader.visit_over()

    async with running(terminal):
        for _ in range(20):
            await asyncio.sleep(0)
    assert terminal.office.sent == 0
    with pytest.raises(VisitOver):
        await terminal.uploader.take(CASE, with_the_rest(shown))


async def test_nothing_is_shown_of_a_page_for_which_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_outbox, "MOST_PAGES", 1)
    terminal = Terminal(tmp_path, FaultyOffice(tmp_path / "uploads", []))
    terminal.uploader.follow(a_session())
    await terminal.uploader.take(CASE, an_outgoing(1))

    with pytest.raises(OutboxFull):
        terminal.uploader.show(CASE, a_preview(2))


async def test_a_refusal_of_a_preview_is_told_once_its_page_is_there(
    tmp_path: Path,
) -> None:
    office = FaultyOffice(tmp_path / "uploads", [])
    office.refuse = "too-many-pages"
    terminal = Terminal(tmp_path, office)
    terminal.uploader.follow(a_session())

    async with running(terminal):
        shown = terminal.uploader.show(CASE, a_preview(1))
        for _ in range(20):
            await asyncio.sleep(0)
        await terminal.uploader.take(CASE, with_the_rest(shown))
        await until(lambda: bool(terminal.refused))

    assert terminal.refused == [(an_outgoing(1).id, "too-many-pages")]
    assert terminal.outbox.waiting() == []
