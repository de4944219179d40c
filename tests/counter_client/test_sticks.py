"""What applicants bring on a stick is listed, chosen and read; nothing else is."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from counter_client import sticks as sticks_module
from counter_client.sticks import (
    FileGone,
    Listing,
    Sticks,
)
from document_capture.files import LARGEST_FILE
from document_capture.images import TooLarge

PDF = b"%PDF-1.7 a paper of somebody"
JPEG = b"\xff\xd8\xff\xe0 a picture"
HEIC = b"\x00\x00\x00\x18ftypheic a picture of a telephone"


def is_stick(folder: Path) -> bool:
    """Nothing can be mounted in a test: here a stick is what is called one."""
    return folder.name.startswith("STICK")


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "STICK").mkdir()
    return tmp_path


def names(listing: Listing) -> set[str]:
    return {one.name for one in listing.files}


def test_papers_are_listed_with_name_kind_and_size(media: Path) -> None:
    (media / "STICK/章程.PDF").write_bytes(PDF)
    (media / "STICK/IMG_1.HEIC").write_bytes(HEIC)

    listing = Sticks(media, is_stick).listing()

    found = {(one.name, one.kind, one.size) for one in listing.files}
    assert found == {("章程.PDF", "PDF", len(PDF)), ("IMG_1.HEIC", "HEIC", len(HEIC))}
    assert (listing.sticks, listing.more, listing.left) == (1, False, False)


def test_the_newest_paper_comes_first(media: Path) -> None:
    for place, name in enumerate(("old.pdf", "new.pdf", "older.pdf")):
        path = media / "STICK" / name
        path.write_bytes(PDF)
        os.utime(path, (1000, (1000, 2000, 500)[place]))

    files = Sticks(media, is_stick).listing().files

    assert [one.name for one in files] == ["new.pdf", "old.pdf", "older.pdf"]


def test_a_chosen_file_is_read_by_its_id_and_by_nothing_else(media: Path) -> None:
    (media / "STICK/lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files

    assert sticks.read(file.id) == PDF
    for guess in ("lease.pdf", "STICK/lease.pdf", "", "../STICK/lease.pdf"):
        with pytest.raises(FileGone):
            sticks.read(guess)


def test_an_id_stays_the_same_while_the_file_does(media: Path) -> None:
    path = media / "STICK/lease.pdf"
    path.write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [first] = sticks.listing().files

    [again] = sticks.listing().files
    path.write_bytes(PDF + b" changed")
    [changed] = sticks.listing().files

    assert first.id == again.id != changed.id
    with pytest.raises(FileGone):
        sticks.read(first.id)


def test_a_file_exchanged_after_it_was_listed_is_not_read(media: Path) -> None:
    path = media / "STICK/lease.pdf"
    path.write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files

    path.unlink()
    path.write_bytes(b"%PDF-1.7 another one altogether")

    with pytest.raises(FileGone):
        sticks.read(file.id)


def test_only_papers_by_name_and_by_first_bytes(media: Path) -> None:
    stick = media / "STICK"
    (stick / "run.exe").write_bytes(PDF)
    (stick / "program.pdf").write_bytes(b"MZ not a PDF")
    (stick / "empty.pdf").touch()
    (stick / "._lease.pdf").write_bytes(PDF)
    (stick / "$RECYCLE.BIN").mkdir()
    (stick / "$RECYCLE.BIN/thrown-away.pdf").write_bytes(PDF)
    (stick / "folder.pdf").mkdir()
    os.mkfifo(stick / "pipe.pdf")

    assert Sticks(media, is_stick).listing().files == ()


def test_a_paper_that_is_too_large_says_so_when_it_is_chosen(media: Path) -> None:
    with (media / "STICK/film.pdf").open("wb") as file:
        file.write(PDF)
        file.truncate(LARGEST_FILE + 1)
    sticks = Sticks(media, is_stick)

    [listed] = sticks.listing().files

    with pytest.raises(TooLarge):
        sticks.read(listed.id)


def test_a_paper_is_what_its_first_bytes_say_whatever_its_name_says(
    media: Path,
) -> None:
    stick = media / "STICK"
    (stick / "photo.jpg").write_bytes(HEIC)
    (stick / "chat.jfif").write_bytes(JPEG)
    (stick / "phone.HEIF").write_bytes(HEIC)
    (stick / "office.pdf").write_bytes(b"\r\n" * 20 + PDF)

    files = Sticks(media, is_stick).listing().files

    assert {one.name: one.kind for one in files} == {
        "photo.jpg": "HEIC",
        "chat.jfif": "JPEG",
        "phone.HEIF": "HEIC",
        "office.pdf": "PDF",
    }


def test_no_link_leads_off_the_stick(media: Path) -> None:
    (media / "secret").mkdir()
    (media / "secret/key.pdf").write_bytes(PDF)
    stick = media / "STICK"
    (stick / "link.pdf").symlink_to(media / "secret/key.pdf")
    (stick / "folder").symlink_to(media / "secret")
    (media / "STICK2").symlink_to(media / "secret")

    assert Sticks(media, is_stick).listing() == Listing(sticks=1)


def test_a_folder_that_became_a_link_meanwhile_is_not_followed(media: Path) -> None:
    stick, secret = media / "STICK", media / "secret"
    for folder in (stick / "papers", secret):
        folder.mkdir()
        (folder / "lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files

    (stick / "papers").rename(stick / "away")
    (stick / "papers").symlink_to(secret)

    with pytest.raises(FileGone):
        sticks.read(file.id)


def test_folders_are_looked_into_but_not_without_end(media: Path) -> None:
    folder = media / "STICK"
    for depth in range(6):
        (folder / f"{depth}.pdf").write_bytes(PDF)
        folder = folder / "inner"
        folder.mkdir()

    found = names(Sticks(media, is_stick).listing())

    assert found == {"0.pdf", "1.pdf", "2.pdf", "3.pdf"}


def test_there_is_an_end_to_a_list_and_it_is_said(media: Path) -> None:
    for number in range(210):
        (media / f"STICK/{number}.pdf").write_bytes(PDF)

    listing = Sticks(media, is_stick).listing()

    assert (len(listing.files), listing.more) == (200, True)


def test_a_stick_full_of_other_things_is_given_up(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sticks_module, "MOST_SEEN", 3)
    for number in range(9):
        (media / f"STICK/{number}.pdf").write_bytes(PDF)

    listing = Sticks(media, is_stick).listing()

    assert (len(listing.files), listing.more) == (3, True)


def test_sticks_are_also_found_where_a_desktop_mounts_them(media: Path) -> None:
    (media / "person/STICK B").mkdir(parents=True)
    (media / "person/STICK B/a.pdf").write_bytes(PDF)
    (media / "person/not mounted.pdf").write_bytes(PDF)

    listing = Sticks(media, is_stick).listing()

    assert (listing.sticks, names(listing)) == (2, {"a.pdf"})


def test_a_folder_on_the_terminals_own_disk_is_no_stick(media: Path) -> None:
    (media / "STICK/lease.pdf").write_bytes(PDF)

    assert Sticks(media).listing() == Listing()
    assert Sticks(media / "nowhere").listing() == Listing()


def test_a_stick_that_was_taken_out_is_said(media: Path) -> None:
    (media / "STICK/lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files

    shutil.rmtree(media / "STICK")

    with pytest.raises(FileGone):
        sticks.read(file.id)
    assert sticks.listing() == Listing()


def test_a_file_that_grew_too_large_is_refused(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (media / "STICK/lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files
    monkeypatch.setattr(sticks_module, "LARGEST_FILE", 5)

    with pytest.raises(TooLarge):
        sticks.read(file.id)


def test_a_forgotten_stick_shows_nothing_to_the_next_applicant(media: Path) -> None:
    (media / "STICK/lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    [file] = sticks.listing().files

    sticks.forget()

    with pytest.raises(FileGone):
        sticks.read(file.id)
    assert sticks.listing() == Listing(left=True)


def test_a_stick_left_behind_is_anyones_again_once_it_was_out(media: Path) -> None:
    stick = media / "STICK"
    (stick / "lease.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    sticks.forget()

    shutil.move(stick, media.parent / "out")
    assert sticks.listing() == Listing()
    shutil.move(media.parent / "out", stick)

    assert names(sticks.listing()) == {"lease.pdf"}


@pytest.mark.parametrize("beside", ["STICK B", "person/STICK B"])
def test_another_stick_beside_the_forgotten_one_is_shown(
    media: Path, beside: str
) -> None:
    (media / "STICK/theirs.pdf").write_bytes(PDF)
    sticks = Sticks(media, is_stick)
    sticks.forget()

    (media / beside).mkdir(parents=True)
    (media / beside / "mine.pdf").write_bytes(PDF)
    listing = sticks.listing()

    assert (names(listing), listing.sticks, listing.left) == ({"mine.pdf"}, 1, True)


def test_a_slow_stick_makes_nobody_wait_twice(media: Path) -> None:
    slow, free = threading.Event(), threading.Event()

    def is_slow(_folder: Path) -> bool:
        slow.set()
        return not free.wait(20)

    sticks = Sticks(media, is_slow)
    looking = threading.Thread(target=sticks.listing)
    looking.start()
    assert slow.wait(20)

    assert sticks.listing() == Listing()
    free.set()
    looking.join(20)
