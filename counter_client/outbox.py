"""Pages that were photographed and are not at the server yet, on the terminal's disk.

Nothing readable is on the disk. Every file is sealed (AES-256-GCM, its name
authenticated) under a key made of the device's key and of a secret of this visit
alone. The secret goes with the visit: what a disk might still give back after that,
nobody can open, not even with the device in hand. Names are random.
"""

import hashlib
import logging
import os
import secrets
import threading
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counter_client.device import Device
from counter_client.letters import Letter, Outgoing, Piece, a_letter, a_piece
from protocol.ids import CaseId, UploadId
from protocol.parts import PICTURES

log = logging.getLogger(__name__)

MOST_PAGES = 60
"""Pages that wait: a thick file of papers during minutes without a line."""
MOST_BYTES = 256 * 1024 * 1024
"""Bytes that wait: sixty pages of 12 megapixels, originals and all."""

KEY_BYTES = 32
"""Of the visit's secret, and of the key made with it."""

_VISIT = "visit"
_NONCE = 12
_LETTER_BYTES = 8


class OutboxFull(Exception):
    """So many pages wait for the line that no more are taken."""

    code = "outbox-full"


class DiskUnusable(Exception):
    """The disk is full, or does not take what is written."""

    code = "terminal-disk"


class PageDamaged(Exception):
    """What is on the disk is not what was put there."""

    code = "page-damaged"


class VisitOver(Exception):
    """The applicant has gone while their page was being made."""

    code = "not-found"


class Outbox:
    """The pages of one case. Safe to use from several threads."""

    def __init__(self, folder: Path, device: Device) -> None:
        """Find what an agent before this one left in ``folder``."""
        self._folder = folder
        self._device = device
        self._lock = threading.Lock()
        self._case: CaseId | None = None
        self._letters: dict[str, Letter] = {}
        self._key = b""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._find()

    def belong_to(self, case: CaseId | None) -> None:
        """The case at this terminal is ``case``: destroy the pages of any other."""
        if case != self._case:
            self.destroy()
            self._case = case

    def put(self, case: CaseId, page: Outgoing) -> Letter:
        """Keep a page; it would survive a power cut when this returns.

        Raises:
            OutboxFull: too many pages or bytes wait.
            DiskUnusable: the disk is full or broken; nothing of the page is kept.
            VisitOver: ``case`` is not the one that is open here.
        """
        with self._lock:
            pictures = page.preview, page.page, page.original
            self.require_room(case, sum(map(len, pictures)))
            letter = self._letter(case, page)
            try:
                self._keep(letter, pictures)
            except OSError as error:
                self._remove(letter)
                log.error("a page was not kept: %s", error.strerror)  # noqa: TRY400  # the errno says it
                raise DiskUnusable from error
            self._letters[letter.name] = letter
            return letter

    def require_room(self, case: CaseId, more: int) -> None:
        """Raise what ``put`` would for a page of ``more`` bytes, but for the disk."""
        if case != self._case:
            raise VisitOver
        here = sum(piece.size for _, piece in self.waiting())
        if len(self._letters) >= MOST_PAGES or here + more > MOST_BYTES:
            raise OutboxFull

    def next_number(self) -> int:
        """Return the ``number`` of the letter that comes next."""
        letters = list(self._letters.values())
        return 1 + max((one.number for one in letters), default=0)

    def waiting(self) -> list[tuple[Letter, Piece]]:
        """Return every picture that has not been confirmed, in no order."""
        letters = list(self._letters.values())
        return [(letter, piece) for letter in letters for piece in letter.pieces]

    def read(self, piece: Piece) -> bytes:
        """Return a picture; raises ``PageDamaged``."""
        data = self._unsealed(piece.id)
        if hashlib.sha256(data).hexdigest() != piece.sha256:
            raise PageDamaged
        return data

    def confirm(self, upload: UploadId) -> bool:
        """The server has this picture: it leaves the disk; whether it was there."""
        with self._lock:
            letters = (one for one, piece in self.waiting() if piece.id == upload)
            letter = next(letters, None)
            if letter is None:
                return False
            rest = tuple(one for one in letter.pieces if one.id != upload)
            # First, so that nobody looks for a file that is gone.
            self._letters[letter.name] = msgspec.structs.replace(letter, pieces=rest)
            self._unlink(upload)
            if not rest:
                self._remove(letter)
            return True

    def drop(self, letter: Letter) -> bool:
        """Nobody wants this page any more; return whether it was still here."""
        with self._lock:
            here = letter.name in self._letters
            self._remove(letter)
            return here

    def destroy(self) -> None:
        """Remove everything; the secret first, so that a crash leaves only noise."""
        with self._lock:
            self._letters.clear()
            self._key = b""
            self._case = None
            try:
                _overwrite(self._path(_VISIT))
                self._path(_VISIT).unlink(missing_ok=True)
                for path in self._folder.iterdir():
                    path.unlink(missing_ok=True)
                _sync(self._folder)
            except OSError as error:
                # The key is not in memory any more; the next start tries again.
                log.error("the outbox was not emptied: %s", error.strerror)  # noqa: TRY400  # the errno says it

    def _find(self) -> None:
        path = self._path(_VISIT)
        if path.exists() and path.stat().st_size == KEY_BYTES:
            self._key = self._device.key_for("outbox", path.read_bytes())
            for one in sorted(self._folder.iterdir()):
                if len(one.name) == 2 * _LETTER_BYTES:
                    self._find_letter(one.name)
        known = {_VISIT, *self._letters} if self._letters else set()
        known |= {piece.id for _, piece in self.waiting()}
        for path in self._folder.iterdir():
            if path.name not in known:
                path.unlink()
        if not self._letters:
            self._key = b""

    def _find_letter(self, name: str) -> None:
        try:
            letter = msgspec.json.decode(self._unsealed(name), type=Letter)
        except (PageDamaged, msgspec.DecodeError):
            log.warning("a page that waited cannot be read any more")
            return
        here = tuple(one for one in letter.pieces if self._path(one.id).exists())
        if here:
            self._letters[name] = msgspec.structs.replace(letter, pieces=here)
            self._case = letter.case

    def _letter(self, case: CaseId, page: Outgoing) -> Letter:
        pictures = page.preview, page.page, page.original
        uploads = page.shown, "", ""
        pieces = tuple(map(a_piece, PICTURES, pictures, uploads))
        name = secrets.token_hex(_LETTER_BYTES)
        return a_letter(name, self.next_number(), case, page, pieces)

    def _keep(self, letter: Letter, pictures: tuple[bytes, ...]) -> None:
        """Write the pictures, then the letter that names them."""
        if not self._key:
            secret = os.urandom(KEY_BYTES)
            _write(self._path(_VISIT), secret)
            self._key = self._device.key_for("outbox", secret)
        for piece, data in zip(letter.pieces, pictures, strict=True):
            _write(self._path(piece.id), self._sealed(piece.id, data))
        said = msgspec.json.encode(letter)
        _write(self._path(letter.name), self._sealed(letter.name, said))
        _sync(self._folder)

    def _remove(self, letter: Letter) -> None:
        self._letters.pop(letter.name, None)
        for name in (letter.name, *(piece.id for piece in letter.pieces)):
            self._unlink(name)

    def _unlink(self, name: str) -> None:
        """Remove a file; one that a broken disk keeps is noise once the key is gone."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            log.error("a page was not removed: %s", error.strerror)  # noqa: TRY400  # the errno says it

    def _sealed(self, name: str, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, data, name.encode())

    def _unsealed(self, name: str) -> bytes:
        try:
            raw = self._path(name).read_bytes()
            cipher = AESGCM(self._key)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], name.encode())
        except (OSError, InvalidTag, ValueError) as error:
            raise PageDamaged from error

    def _path(self, name: str) -> Path:
        return self._folder / name


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb", opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _overwrite(path: Path) -> None:
    """Replace a secret where it lies; on flash, old cells may live on a while."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
