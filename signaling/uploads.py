"""Resumable transfer of pages: chunks that may come twice, in order, on disk.

An upload is a file that only grows. Whoever sends asks how much is here and
goes on from there, also after a restart of either side.
"""

import hashlib
import math
import os
import secrets
import time
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from casework import vault
from casework.arriving import Arriving
from casework.errors import CaseworkError, NotFound, NotTheseBytes
from protocol.ids import CaseId, TerminalId, UploadId, is_hex_id

LARGEST_PAGE = 24 * 1024 * 1024
LARGEST_CHUNK = 1024 * 1024
MOST_PER_TERMINAL = 12
"""Uploads under way; the oldest gives way and has to begin again."""
KEPT = 24 * 3600.0
"""Seconds for which an unfinished upload, and the word that one was stored, is kept."""
SWEPT_EVERY = 3600.0
"""Seconds between looks at what is too old: an office stores thousands of pages a day.
"""


class UploadTooLarge(CaseworkError):
    """More bytes than a page may have."""

    code = "upload-too-large"


class WrongOffset(CaseworkError):
    """The chunk does not begin where the upload ends."""

    code = "wrong-offset"


class Announced(msgspec.Struct, frozen=True):
    """What the terminal says it is going to send."""

    id: UploadId
    case: CaseId
    page: Arriving
    what: str
    """preview, page or original."""
    size: int
    sha256: str


class Upload(msgspec.Struct, frozen=True):
    """An upload under way."""

    announced: Announced
    terminal: TerminalId


class Receipt(msgspec.Struct, frozen=True):
    """What is left of an upload that was stored: enough to say so again."""

    terminal: TerminalId
    size: int


Kept = TypeVar("Kept", Upload, Receipt)


class Uploads:
    """The uploads that are under way, each two files in one folder."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Keep uploads in ``folder``, encrypted under ``key`` until they are stored."""
        self._folder = folder
        self._key = key
        self._swept = -math.inf
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self, announced: Announced, terminal: TerminalId) -> int:
        """Begin an upload, or find it again; return how many bytes are here.

        Raises:
            UploadTooLarge: larger than a page may be.
            NotFound: an upload of that id belongs to somebody else.
        """
        if not 0 < announced.size <= LARGEST_PAGE:
            raise UploadTooLarge(str(announced.size))
        new = Upload(announced, terminal)
        found = _read(self._about(announced.id), Upload)
        if found is None:
            self._make_room(terminal)
            _write(self._about(announced.id), new)
        elif found != new:
            raise NotFound("upload")
        return self._size(announced.id)

    def find(self, upload: UploadId, terminal: TerminalId) -> Announced:
        """Return what was announced, or raise ``NotFound``."""
        found = _read(self._about(upload), Upload)
        if found is None or found.terminal != terminal:
            raise NotFound("upload")
        return found.announced

    def add(self, announced: Announced, offset: int, chunk: bytes) -> int:
        """Add a chunk; return how many bytes are here now.

        A chunk that is here already is taken as such: the answer was lost.

        Raises:
            WrongOffset: the chunk would leave a hole; the text says where we are.
            UploadTooLarge: more than was announced.
        """
        here = self._size(announced.id)
        if offset + len(chunk) <= here:
            return here
        if offset != here:
            raise WrongOffset(str(here))
        if here + len(chunk) > announced.size:
            raise UploadTooLarge(str(here + len(chunk)))
        hidden = self._hidden(announced.id, offset, chunk)
        handle = os.open(self._data(announced.id), os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            # At its place, not at the end: a chunk that comes twice at once is one.
            # A disk that fills takes a part, and refuses the next.
            done = 0
            while done < len(hidden):
                done += os.pwrite(handle, hidden[done:], offset + done)
        finally:
            os.close(handle)
        return here + len(chunk)

    def take(self, announced: Announced) -> bytes:
        """Return the whole upload; the caller stores it and calls ``finish``.

        Raises:
            NotTheseBytes: not all here, or another digest than announced; the
                upload is thrown away and has to begin again.
        """
        path = self._data(announced.id)
        hidden = path.read_bytes() if path.exists() else b""
        data = self._hidden(announced.id, 0, hidden)
        if len(data) < announced.size:
            raise WrongOffset(str(len(data)))
        if hashlib.sha256(data).hexdigest() != announced.sha256:
            self.forget(announced.id)
            raise NotTheseBytes("upload")
        return data

    def finish(self, announced: Announced, terminal: TerminalId) -> None:
        """The upload has been stored: keep only a word of that.

        Whoever did not hear our answer asks again and is not told to send again.
        """
        _write(self._receipt(announced.id), Receipt(terminal, announced.size))
        self.forget(announced.id)

    def stored(self, upload: UploadId, terminal: TerminalId) -> int:
        """Return the size of an upload of ``terminal`` that was stored, or 0."""
        found = _read(self._receipt(upload), Receipt)
        return found.size if found and found.terminal == terminal else 0

    def forget(self, upload: UploadId) -> None:
        """Remove an upload. Harmless if it is gone."""
        self._data(upload).unlink(missing_ok=True)
        self._about(upload).unlink(missing_ok=True)

    def _hidden(self, upload: UploadId, offset: int, data: bytes) -> bytes:
        """Return ``data`` encrypted, or decrypted again: AES-256-CTR at ``offset``.

        It only hides; what is whole is said by the digest at the end.
        """
        key = vault.derived(self._key, f"upload/{upload}")
        block, skip = divmod(offset, 16)
        cipher = Cipher(algorithms.AES(key), modes.CTR(block.to_bytes(16, "big")))
        stream = cipher.encryptor()
        stream.update(bytes(skip))
        return stream.update(data)

    def _make_room(self, terminal: TerminalId) -> None:
        self._sweep()
        mine = list[tuple[float, UploadId]]()
        for path in self._folder.glob("*.json"):
            found, began = _read(path, Upload), _written(path)
            if found is not None and began and found.terminal == terminal:
                mine.append((began, UploadId(path.stem)))
        for _, oldest in sorted(mine)[: max(0, len(mine) + 1 - MOST_PER_TERMINAL)]:
            self.forget(oldest)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < SWEPT_EVERY:
            return
        self._swept, now = time.monotonic(), time.time()
        for path in self._folder.iterdir():
            began = _written(path)
            if began and now - began > KEPT:
                path.unlink(missing_ok=True)

    def _size(self, upload: UploadId) -> int:
        path = self._data(upload)
        return path.stat().st_size if path.exists() else 0

    def _data(self, upload: UploadId) -> Path:
        return self._folder / f"{_checked(upload)}.part"

    def _about(self, upload: UploadId) -> Path:
        return self._folder / f"{_checked(upload)}.json"

    def _receipt(self, upload: UploadId) -> Path:
        return self._folder / f"{_checked(upload)}.stored"


def _read(path: Path, kind: type[Kept]) -> Kept | None:
    """Return what ``path`` holds; a power cut may have left an empty file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _written(path: Path) -> float:
    """Return when ``path`` was written; 0: somebody has just removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _write(path: Path, what: Upload | Receipt) -> None:
    half = path.with_suffix(f".{secrets.token_hex(8)}.half")
    half.write_bytes(msgspec.json.encode(what))
    half.replace(path)


def _checked(upload: UploadId) -> UploadId:
    if not is_hex_id(upload):
        raise NotFound("upload")
    return upload
