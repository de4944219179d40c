"""What lies on a terminal's disk between the shot and the server's receipt."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from counter_client import outbox as counter_outbox
from counter_client.device import Device, open_device
from counter_client.letters import Outgoing
from counter_client.outbox import (
    DiskUnusable,
    Outbox,
    OutboxFull,
    PageDamaged,
    VisitOver,
)
from protocol.ids import CaseId, MaterialId, PageId

CASE, OTHER = CaseId("c" * 32), CaseId("d" * 32)


def an_outgoing(name: str = "1", **more: object) -> Outgoing:
    page = Outgoing(
        material=MaterialId("articles"),
        id=PageId(name * 32),
        preview=b"preview of Chan Tai Man",
        page=b"page of Chan Tai Man",
        original=b"original of Chan Tai Man",
        why="the clerk's words",
    )
    return msgspec.structs.replace(page, **more)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return open_device(tmp_path / "device")


def an_outbox(tmp_path: Path, device: Device, case: CaseId | None = CASE) -> Outbox:
    outbox = Outbox(tmp_path / "outbox", device)
    if case is not None:
        outbox.belong_to(case)
    return outbox


def files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "outbox").iterdir())


@contextmanager
def a_disk_that_takes(size: int) -> Iterator[None]:
    """No file of this process grows beyond ``size`` bytes: writes fail halfway."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_page_is_there_again_after_the_agent_was_killed(
    tmp_path: Path, device: Device
) -> None:
    an_outbox(tmp_path, device).put(CASE, an_outgoing())

    after = an_outbox(tmp_path, device)

    pictures = {piece.what: after.read(piece) for _, piece in after.waiting()}
    page = an_outgoing()
    assert pictures == {
        "preview": page.preview,
        "page": page.page,
        "original": page.original,
    }
    letter = after.waiting()[0][0]
    assert (letter.page, letter.why) == (page.id, page.why)


def test_nothing_on_the_disk_or_in_a_name_can_be_read(
    tmp_path: Path, device: Device
) -> None:
    an_outbox(tmp_path, device).put(CASE, an_outgoing())

    for path in files(tmp_path):
        raw = path.read_bytes() + path.name.encode()
        for word in (b"Chan", b"words", b"articles", CASE.encode(), b"1" * 32):
            assert word not in raw
        assert path.stat().st_mode & 0o077 == 0


def test_another_device_cannot_open_it_even_with_the_visits_secret(
    tmp_path: Path, device: Device
) -> None:
    an_outbox(tmp_path, device).put(CASE, an_outgoing())

    other = open_device(tmp_path / "other")

    assert an_outbox(tmp_path, other).waiting() == []
    assert files(tmp_path) == []


def test_this_device_cannot_open_it_without_the_visits_secret(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())
    kept = {path: path.read_bytes() for path in files(tmp_path)}
    outbox.destroy()
    assert files(tmp_path) == []

    for path, raw in kept.items():  # what somebody dug out of the disk
        if path.name != "visit":
            path.write_bytes(raw)

    assert an_outbox(tmp_path, device).waiting() == []


def test_what_the_server_has_leaves_the_disk_at_once(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())
    _, first = outbox.waiting()[0]

    assert outbox.confirm(first.id)

    assert first.id not in {path.name for path in files(tmp_path)}
    again = an_outbox(tmp_path, device)
    assert [piece.what for _, piece in again.waiting()] == ["page", "original"]
    for _, piece in again.waiting():
        assert again.confirm(piece.id)
    assert [path.name for path in files(tmp_path)] == ["visit"]


@pytest.mark.parametrize("now", [OTHER, None])
def test_pages_of_a_visit_that_is_over_are_destroyed(
    tmp_path: Path, device: Device, now: CaseId | None
) -> None:
    an_outbox(tmp_path, device).put(CASE, an_outgoing())

    after = an_outbox(tmp_path, device, case=None)
    after.belong_to(now)

    assert after.waiting() == []
    assert files(tmp_path) == []


def test_a_page_made_while_its_applicant_went_away_is_not_kept(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device, OTHER)

    with pytest.raises(VisitOver):
        outbox.put(CASE, an_outgoing())

    assert files(tmp_path) == []


def test_a_full_outbox_says_so_and_keeps_what_it_has(
    tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())

    with monkeypatch.context() as changed, pytest.raises(OutboxFull):
        changed.setattr(counter_outbox, "MOST_PAGES", 1)
        outbox.put(CASE, an_outgoing("2"))
    with pytest.raises(OutboxFull):
        outbox.put(CASE, an_outgoing("2", original=bytes(counter_outbox.MOST_BYTES)))

    assert {letter.page for letter, _ in outbox.waiting()} == {PageId("1" * 32)}


def test_a_full_disk_is_told_and_leaves_nothing_half(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())
    before = set(files(tmp_path))

    with a_disk_that_takes(5_000), pytest.raises(DiskUnusable):
        outbox.put(CASE, an_outgoing("2", original=bytes(100_000)))

    assert set(files(tmp_path)) == before
    outbox.put(CASE, an_outgoing("3"))
    assert len(outbox.waiting()) == 6


def test_a_picture_that_rotted_on_the_disk_is_not_sent(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())
    _, piece = outbox.waiting()[0]
    path = tmp_path / "outbox" / piece.id
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(PageDamaged):
        outbox.read(piece)


def test_files_of_a_page_that_was_never_whole_are_swept_away(
    tmp_path: Path, device: Device
) -> None:
    outbox = an_outbox(tmp_path, device)
    outbox.put(CASE, an_outgoing())
    (tmp_path / "outbox" / ("e" * 32)).write_bytes(b"a picture whose letter is missing")
    (tmp_path / "outbox" / ("e" * 16)).write_bytes(b"half a letter")

    after = an_outbox(tmp_path, device)

    assert len(after.waiting()) == 3
    assert len(files(tmp_path)) == 5
