"""Papers on USB sticks: what lies there, and the bytes of the one that is chosen.

Sticks are strangers'. Nothing on them is followed, run or believed: only plain
files are opened, by their first bytes, and what they contain goes the way of
every other file, through ``document_capture.files``. Names of files are personal
and never logged.
"""

import contextlib
import os
import secrets
import stat
import threading
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from document_capture import opening
from document_capture.files import LARGEST_FILE
from document_capture.images import TooLarge

DEEPEST = 3
"""Folders within folders of a stick that are looked into."""
MOST_FILES = 200
MOST_SEEN = 5000
"""Entries that are looked at: a stick with a whole music collection must not wait."""
LONGEST_NAME = 60
"""Characters of a name that are shown; of a longer one, beginning and end."""
FIRST_BYTES = 1024
"""Of a PDF others may come first."""
ENDINGS = {".pdf", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".heic", ".heif"}
"""Of names that may be papers. What they are is in the first bytes: telephones and
chats often call a file what it is not."""
_Key = tuple[int, int, int, int]
"""Device, inode, size, time of change: another one is another file."""


class FileGone(Exception):
    """The stick was taken out, or the file changed since it was listed."""

    code = "stick-gone"


class StickFile(msgspec.Struct, frozen=True):
    """A file that may be chosen."""

    id: str
    """Random, good for this stick and this visit only."""
    name: str
    """Without path, control characters and anything that turns the writing round."""
    kind: str
    size: int


class Listing(msgspec.Struct, frozen=True):
    """What the sticks hold now."""

    sticks: int = 0
    files: tuple[StickFile, ...] = ()
    more: bool = False
    """There are more files than are listed."""
    left: bool = False
    """A stick is still here from the visit before; what is on it is not shown."""


class _Place(msgspec.Struct, frozen=True):
    stick: Path
    parts: tuple[str, ...]
    key: _Key
    changed: float
    kind: str


class Sticks:
    """The sticks of one terminal. Every method may wait for a slow stick."""

    def __init__(
        self, folder: Path, is_stick: Callable[[Path], bool] = os.path.ismount
    ) -> None:
        """``folder`` is where the system mounts sticks, ``is_stick`` knows one."""
        self._folder = folder
        self._is_stick = is_stick
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._listed = Listing()
        self._left: set[tuple[object, ...]] = set()
        self._visit = 0

    def listing(self) -> Listing:
        """Return the files, newest first; the last answer while a stick is slow."""
        if not self._lock.acquire(blocking=False):
            return self._listed
        visit = self._visit
        try:
            listed = self._look()
            if visit != self._visit:  # it is over; that was for who has left
                self._places, listed = {}, Listing()
            self._listed = listed
            return listed
        finally:
            self._lock.release()

    def read(self, file: str) -> bytes:
        """Return the bytes of a listed file.

        Raises:
            FileGone: it is not there as it was listed.
            TooLarge: it is larger than any paper.
        """
        place = self._places.get(file)
        if place is None:
            raise FileGone
        try:
            return _read(place)
        except OSError:
            raise FileGone from None  # the error would name the file in a log

    def forget(self) -> None:
        """The visit is over: sticks that are still here belong to who has left."""
        self._visit += 1
        self._places = {}
        self._listed = Listing()
        self._left = {_mark(stick) for stick in self._sticks()}

    def _look(self) -> Listing:
        present = {stick: _mark(stick) for stick in self._sticks()}
        self._left &= set(present.values())
        own = [stick for stick, mark in present.items() if mark not in self._left]
        left = len(own) < len(present)
        found: list[_Place] = []
        whole = all([_looked_through(stick, found) for stick in own])
        found.sort(key=lambda place: place.changed, reverse=True)
        known = {
            (place.stick, place.parts, place.key): n
            for n, place in self._places.items()
        }
        places, files = {}, []
        for place in found[:MOST_FILES]:
            same = known.get((place.stick, place.parts, place.key))
            number = same or secrets.token_urlsafe(12)
            name = place.parts[-1]
            places[number] = place
            files.append(StickFile(number, shown_name(name), place.kind, place.key[2]))
        self._places = places
        more = not whole or len(found) > MOST_FILES
        return Listing(len(own), tuple(files), more, left)

    def _sticks(self) -> Iterator[Path]:
        """Yield mount points: /media/LABEL, and /media/USER/LABEL of a desktop."""
        for folder in _folders(self._folder):
            if self._is_stick(folder):
                yield folder
            else:
                yield from (one for one in _folders(folder) if self._is_stick(one))


def shown_name(name: str) -> str:
    """Return a file's name that is safe to show: one line, in reading order."""
    text = os.fsencode(name).decode("utf-8", "replace")
    safe = "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(one)[0] in "CZ" and one != " "
        else one
        for one in unicodedata.normalize("NFC", text)
    )
    if len(safe) <= LONGEST_NAME:
        return safe
    half = LONGEST_NAME // 2
    return f"{safe[: half - 1]}…{safe[-half:]}"


def kind_of(head: bytes) -> str:
    """Return what the first bytes say, empty for anything we do not take."""
    try:
        return opening.kind_of(head).upper()
    except opening.Refusal:
        return ""


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()
        )
    except OSError:
        return []


def _mark(stick: Path) -> tuple[object, ...]:
    """Return what tells this stick from another one in the same place.

    Nothing that is plugged in or out beside it may change that: it would be taken for
    another one, and be shown to whoever sits there now.
    """
    try:
        size = os.statvfs(stick)
        return stick, stick.stat().st_dev, size.f_fsid, size.f_blocks, size.f_bsize
    except OSError:
        return (stick,)


def _looked_through(stick: Path, found: list[_Place]) -> bool:
    """Add the files that can be papers, of folders up to ``DEEPEST`` deep.

    Returns:
        False where there was too much to look at all of it.
    """
    seen = 0
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        folder = waiting.pop(0)
        for entry in _entries(stick.joinpath(*folder)):
            seen += 1
            if seen > MOST_SEEN:
                return False
            parts = (*folder, entry.name)
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if len(folder) < DEEPEST:
                        waiting.append(parts)
                elif (place := _place(stick, parts, entry)) is not None:
                    found.append(place)
    return True


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    """Return what a person put there: systems hide their own behind . and $."""
    try:
        with os.scandir(folder) as found:
            return [one for one in found if not one.name.startswith((".", "$"))]
    except OSError:
        return []


def _place(
    stick: Path, parts: tuple[str, ...], entry: "os.DirEntry[str]"
) -> _Place | None:
    paper = Path(entry.name).suffix.lower() in ENDINGS
    if not paper or not entry.is_file(follow_symlinks=False):
        return None
    about = entry.stat(follow_symlinks=False)
    if not about.st_size:
        return None  # one that is too large is said to be when it is chosen
    place = _Place(stick, parts, _key(about), about.st_mtime, "")
    with _opened(place) as file:
        kind = kind_of(os.read(file, FIRST_BYTES))
    return msgspec.structs.replace(place, kind=kind) if kind else None


def _key(about: os.stat_result) -> _Key:
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _read(place: _Place) -> bytes:
    with _opened(place) as file, os.fdopen(os.dup(file), "rb") as whole:
        if _key(os.fstat(file)) != place.key:
            raise FileGone
        data = whole.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise TooLarge
    return data


@contextlib.contextmanager
def _opened(place: _Place) -> Iterator[int]:
    """Open a file part by part, so that no link on the way leads off the stick."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    at = os.open(place.stick, flags | os.O_DIRECTORY)
    try:
        for part in place.parts[:-1]:
            inner = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = inner
        file = os.open(place.parts[-1], flags, dir_fd=at)
    finally:
        os.close(at)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError
        yield file
    finally:
        os.close(file)
