"""Opens files of strangers: in a child process that can do nothing but draw.

Only JPEG, PNG, HEIC and PDF, only by their first bytes, only up to a size in
bytes, pixels and pages. What comes out of the child is bare pixels: nothing that
was hidden in the file reaches a clerk, and no parser of ours reads what a child
that was taken over might write.
"""

import contextlib
import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import PIL

from document_capture import images, opening
from document_capture.images import Array, Image, Refused
from document_capture.opening import LARGEST_FILE, LONGEST_SIDE, MOST_PAGES
from document_capture.papers import plausible_dpi

__all__ = [
    "LARGEST_FILE",
    "MOST_PAGES",
    "Opened",
    "child_command",
    "open_pages",
    "open_sheets",
    "read_pages",
]

PATIENCE = 6.0
"""Seconds for a page on a busy machine; the child's own limit is of its CPU time."""
MOST_AT_ONCE = 2
"""Children at once: more would take the machine from the call that is going on."""
START: Final = (
    "import sys; sys.path += sys.argv[2:]; from document_capture import opening; "
    "sys.exit(opening.main(sys.argv[1]))"
)
_FREE = threading.BoundedSemaphore(MOST_AT_ONCE)
_REASONS: Final[dict[str, type[Refused]]] = {
    kind.code: kind
    for kind in (
        images.Animated,
        images.EmptyFile,
        images.Locked,
        images.NotTaken,
        images.TooLarge,
        images.TooManyPages,
        images.TooSlow,
        images.TooSmall,
        images.Unopenable,
    )
}
_OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL}
"""How a library gives up when it is refused memory."""
_OUT_OF_TIME = {-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL}


class Opened(NamedTuple):
    """A page of a file."""

    image: Image
    dpi: float
    """Pixels in an inch of the paper; 0: the file does not say, or nothing credible."""


def open_pages(data: bytes) -> list[Image]:
    """Return the pictures of what ``open_sheets`` returns, and raise what it raises."""
    with open_sheets(data) as pages:
        return [page.image for page in pages]


@contextlib.contextmanager
def open_sheets(data: bytes) -> Iterator[Iterator[Opened]]:
    """Yield the pages of a JPEG, PNG, HEIC or PDF, upright, in sRGB, one at a time.

    A page may have 37 MB: keep what is made of it. Each blocks for a tenth of a second;
    call it in a thread. The child that draws them is gone when the block is left.

    Raises:
        Refused: at the turn of the page that is wrong, a subclass with the reason,
            within 3 seconds of processor time unless pages came out: ``EmptyFile``,
            ``NotTaken``, ``Animated``, ``Locked``, ``TooLarge``, ``TooManyPages``,
            ``TooSmall``, ``TooSlow``, ``Unopenable``; ``Busy`` when too many files are
            being opened.
    """
    if len(data) > LARGEST_FILE:
        raise images.TooLarge
    try:
        kind = opening.kind_of(data)
    except opening.Refusal as refusal:
        raise _REASONS[str(refusal)] from None
    with _turn(), _in_memory(data) as source, _drawing(kind, source) as child:
        assert child.stdout is not None, "asked for in _drawing"
        try:
            yield read_pages(child.stdout.fileno())
        except _Ended:
            raise _why(child) from None


def child_command(kind: str) -> list[str]:
    """Return the command that opens a file of ``kind`` on its standard input."""
    ours = Path(__file__).resolve().parent.parent
    libraries = Path(PIL.__file__).resolve().parent.parent
    # Isolated and without site: nothing of the environment or the folder counts.
    alone = [sys.executable, "-I", "-S", "-c", START]
    return [*alone, kind, str(ours), str(libraries)]


@contextlib.contextmanager
def _drawing(kind: str, source: int) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(  # noqa: S603  # our own words, none of a stranger
        child_command(kind),
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not _FREE.acquire(timeout=PATIENCE):
        raise images.Busy
    try:
        yield
    finally:
        _FREE.release()


@contextlib.contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    """Yield a file that never lies on a disk."""
    source = os.memfd_create("file")
    try:
        with open(source, "wb", closefd=False) as file:  # no path
            file.write(data)
        os.lseek(source, 0, os.SEEK_SET)
        yield source
    finally:
        os.close(source)


class _Ended(images.Unopenable):
    """The child stopped before it had said everything."""


def _why(child: subprocess.Popen[bytes]) -> Refused:
    """Return what the end of ``child`` says about its file."""
    try:
        status = child.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return images.TooSlow()
    if status in _OUT_OF_TIME:
        return images.TooSlow()
    return images.TooLarge() if status in _OUT_OF_MEMORY else images.Unopenable()


def read_pages(out: int) -> Iterator[Opened]:
    """Yield the pages that a child writes to ``out``, believing nothing it says.

    Raises:
        Refused: with the child's reason, or ``Unopenable`` if it stops or lies.
    """
    for number in itertools.count():
        deadline = time.monotonic() + PATIENCE
        head = bytearray(opening.HEAD.size)
        _fill(out, memoryview(head), deadline)
        width, height, orientation, dpi = opening.HEAD.unpack(head)
        if width == height == 0:
            said = bytearray(opening.CODE_LENGTH)
            _fill(out, memoryview(said), deadline)
            code = said.decode("ascii", "replace").strip()
            if code or not number:
                raise _REASONS.get(code, images.Unopenable)
            return
        sides = range(1, LONGEST_SIDE + 1)
        if width not in sides or height not in sides or number == MOST_PAGES:
            raise images.Unopenable  # no child of ours says so: it was taken over
        page = np.empty((height, width, 3), np.uint8)
        _fill(out, page.data.cast("B"), deadline)
        yield Opened(_upright(page, orientation), plausible_dpi(dpi))


def _fill(out: int, room: memoryview, deadline: float) -> None:
    """Fill ``room`` from the child, or raise ``_Ended`` or ``TooSlow``."""
    poll = select.poll()
    poll.register(out, select.POLLIN)
    while room:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise images.TooSlow
        got = os.readv(out, [room])
        if got == 0:
            raise _Ended
        room = room[got:]


def _upright(page: Array, orientation: int) -> Image:
    """Return ``page`` as Exif 2.32 (tag 0x0112) says that it is to be held."""
    if orientation in {5, 6, 7, 8}:
        page = page.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        page = page[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        page = page[::-1]
    return np.ascontiguousarray(page)
