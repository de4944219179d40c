"""Journals: what is on disk after a crash, and what is said when it is not."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from protocol.states import GapReason, Leg
from signaling.media.control import RecordingGap, RecordingResumed
from signaling.media.gap_watch import GapNews, GapWatch
from signaling.media.journal import MOST_BUFFERED, Journals
from signaling.media.journal_file import Attested, JournalTail, Kind, read_journal
from tests.signaling.media.test_packets import a_packet

KEY = b"k" * 32
STREAM = ("call", "clerk", "video")


async def a_journal(folder: Path, count: int = 20) -> Path:
    journals = Journals(folder)
    add = journals.begin("call", "clerk", "video", {96: "vp8"}, KEY)
    for number in range(count):
        add(0, a_packet(number))
        if number % 5 == 4:
            await journals.flush()
    await journals.end("call")
    [path] = (folder / "call").glob("*.rtpj")
    return path


async def test_a_journal_is_sealed_and_marked_as_over(tmp_path: Path) -> None:
    path = await a_journal(tmp_path)

    records = read_journal(path, KEY)

    assert [one.kind for one in records] == [Kind.PACKET] * 20 + [Kind.CLOSED]
    assert b"payload" not in path.read_bytes()
    assert (path.parent / "over").exists()


@pytest.mark.parametrize("cut", [1, 30, 80])
async def test_a_torn_journal_is_read_up_to_the_tear(tmp_path: Path, cut: int) -> None:
    path = await a_journal(tmp_path)
    os.truncate(path, path.stat().st_size - cut)

    kinds = [one.kind for one in read_journal(path, KEY)]

    assert kinds == [Kind.PACKET] * len(kinds)
    assert len(kinds) >= 15


async def test_a_journal_with_another_key_yields_nothing(tmp_path: Path) -> None:
    assert read_journal(await a_journal(tmp_path), b"x" * 32) == []


async def test_a_first_line_that_somebody_changed_is_not_believed(
    tmp_path: Path,
) -> None:
    path = await a_journal(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"video"', b'"audio"', 1))

    assert read_journal(path, KEY) == []


async def test_a_reader_goes_on_where_the_writer_went_on(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    add = journals.begin(*STREAM, {96: "vp8"}, KEY)
    await journals.flush()
    [path] = (tmp_path / "call").glob("*.rtpj")
    tail = JournalTail(path, KEY)
    assert tail.next_block() == []
    seen = []
    for number in range(5):
        add(0, a_packet(number))
        assert not tail.more()
        await journals.flush()
        seen += tail.next_block()
    tail.close()

    assert [one.data for one in seen] == [a_packet(number) for number in range(5)]


async def test_opening_a_journal_touches_no_disk_until_it_is_flushed(
    tmp_path: Path,
) -> None:
    journals = Journals(tmp_path / "not" / "there")

    journals.begin(*STREAM, {96: "vp8"}, KEY)

    assert not (tmp_path / "not").exists()
    await journals.flush()
    assert (tmp_path / "not").exists()


async def test_streams_that_came_together_share_a_connection(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    adds = [
        journals.begin("call", "clerk", kind, {}, KEY) for kind in ("audio", "video")
    ]
    for add in adds:
        journals.finish("call", add)
    journals.begin("call", "clerk", "video", {}, KEY)
    await journals.flush()

    connections = []
    for path in sorted((tmp_path / "call").glob("*"), key=lambda one: one.name[12:]):
        tail = JournalTail(path, KEY)
        tail.more()
        assert tail.header is not None
        connections.append(tail.header.connection)
        tail.close()
    assert len(connections) == 3
    assert len(set(connections)) == 2


# Gaps


class Ear:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.heard: list[GapNews] = []

    def said(self) -> list[GapReason | None]:
        return [
            one.reason if isinstance(one, RecordingGap) else None for one in self.heard
        ]


def a_watch() -> tuple[GapWatch, Ear]:
    watch, ear = GapWatch(), Ear()
    watch.tell = ear.heard.append
    watch.began(STREAM, 0.0)
    return watch, ear


def test_a_stream_that_stops_is_told_once_and_once_more_when_it_comes_back() -> None:
    watch, ear = a_watch()

    for now, last in [(0.4, 0.3), (1.2, 0.3), (1.6, 0.3), (2.0, 0.3), (2.4, 2.3)]:
        ended = watch.look(STREAM, last, None, now)

    assert ear.said() == [GapReason.NOTHING_CAME, None]
    assert isinstance(ear.heard[1], RecordingResumed)
    assert ended is not None
    assert ended[1] == pytest.approx(2.0)
    assert ear.heard[0].leg is Leg.CLERK


def test_a_leg_that_is_down_is_the_reason_until_something_comes_again() -> None:
    watch, ear = a_watch()
    watch.look(STREAM, 0.3, None, 0.4)
    watch.leg_down(STREAM, 1.0)
    watch.leg_down(STREAM, 1.5)
    watch.began(STREAM, 4.0)
    watch.look(STREAM, None, None, 4.1)
    watch.look(STREAM, 4.5, None, 4.6)

    assert ear.said() == [GapReason.LEG_DOWN, None]


def test_what_a_leg_gave_just_before_it_went_counts() -> None:
    watch, ear = a_watch()
    watch.look(STREAM, 0.3, None, 0.4)

    watch.gave(STREAM, 0.75)
    watch.leg_down(STREAM, 1.6)
    assert ear.said() == []

    watch.leg_down(STREAM, 1.8)
    assert ear.said() == [GapReason.LEG_DOWN]


def test_who_asks_late_hears_of_the_gaps_that_are_open() -> None:
    watch, _ = a_watch()
    watch.look(STREAM, None, None, 1.5)
    assert [one.leg for one in watch.news()] == [Leg.CLERK]

    watch.forget("call")

    assert watch.news() == []
    assert watch.streams() == []


@contextlib.contextmanager
def a_small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_room(disk: Path) -> None:
    command = ["mount", "-o", "remount,size=64m", str(disk)]
    subprocess.run(command, check=True)


def fill_up(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("wb", 0) as file:
        while file.write(b"x" * 4096):
            pass


async def test_a_full_disk_is_told_attested_and_gone_when_there_is_space_again(
    tmp_path: Path,
) -> None:
    with a_small_disk(tmp_path / "disk", 256) as disk:
        ear, journals = Ear(), Journals(disk)
        journals.watch.tell = ear.heard.append
        add = journals.begin(*STREAM, {96: "vp8"}, KEY)
        add(0, a_packet(1))
        await journals.flush()
        fill_up(disk)
        for number in range(2, 2 + MOST_BUFFERED // 30_000 * 2):
            add(0, a_packet(number % 65536, b"p" * 30_000))
            if number % 100 == 0:
                await journals.flush()
        await journals.flush()
        journals.look()
        assert ear.said() == [GapReason.DISK_FULL]

        make_room(disk)
        await journals.flush()
        add(0, a_packet(9))
        journals.look()
        await journals.end("call")

        assert ear.said() == [GapReason.DISK_FULL, None]
        [path] = (disk / "call").glob("*.rtpj")
        records = read_journal(path, KEY)
        assert (disk / "call" / "over").exists()
    *_, after, gap, closed = records
    assert (after.data, closed.kind) == (a_packet(9), Kind.CLOSED)
    assert msgspec.json.decode(gap.data, type=Attested).reason is GapReason.DISK_FULL


async def test_what_a_disk_takes_late_is_no_gap(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk", 64) as disk:
        journals = Journals(disk)
        add = journals.begin(*STREAM, {96: "vp8"}, KEY)
        await journals.flush()
        for number in range(60):
            add(0, a_packet(number, b"p" * 1000 * 2))
            await journals.flush()
        journals.look()
        make_room(disk)
        await journals.flush()
        journals.look()
        await journals.end("call")

        [path] = (disk / "call").glob("*.rtpj")
        kinds = [one.kind for one in read_journal(path, KEY)]
    assert kinds == [Kind.PACKET] * 60 + [Kind.CLOSED]


async def test_a_call_that_ends_on_a_full_disk_is_marked_when_there_is_space(
    tmp_path: Path,
) -> None:
    with a_small_disk(tmp_path / "disk", 64) as disk:
        journals = Journals(disk)
        add = journals.begin(*STREAM, {96: "vp8"}, KEY)
        for number in range(60):
            add(0, a_packet(number, b"p" * 2000))
        await journals.end("call")
        assert not (disk / "call" / "over").exists()

        make_room(disk)
        await journals.flush()

        assert (disk / "call" / "over").exists()
