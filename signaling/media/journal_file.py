"""What a journal file looks like, and how it is read while it still grows.

One file per stream. A first line of JSON says what it is; then blocks of
``<u32 length><12-byte nonce><AES-256-GCM>``, which also authenticate the file's
name and first line. The plain text of a block is records of ``<u16 length><u8
kind><u64 nanoseconds><bytes>``. A torn last block is what a crash costs: at most
the last half second.
"""

import enum
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework import vault
from protocol.states import GapReason

OVER = "over"
"""A file of this name says that nothing will be added to the call's journals."""
ENDING = ".rtpj"
LARGEST_BLOCK = 64 * 1024 * 1024
LONGEST_HEADER = 64 * 1024
READ_AT_ONCE = 256 * 1024

_RECORD = struct.Struct("<HBQ")
_BLOCK = struct.Struct("<I12s")


class Kind(enum.IntEnum):
    """What a record is."""

    PACKET = 0
    """An RTP packet."""
    REPORT = 1
    """NTP time (u64) and RTP time (u32) of a sender report, big-endian."""
    GAP = 2
    """``Attested``, as JSON: why something is missing before this record."""
    CLOSED = 3
    """The writer closed the file; without it, the writer was lost."""


class Header(msgspec.Struct, frozen=True):
    """The first line of a journal file."""

    call: str
    leg: str
    kind: str
    codecs: dict[str, str]
    """Payload type -> codec."""
    connection: int
    """The same for streams that came together and share the sender's clock."""
    wall_ns: int
    mono_ns: int


class Record(msgspec.Struct, frozen=True):
    """One record; ``at`` is in seconds since 1970, when it was written down."""

    kind: int
    at: float
    data: bytes


class Attested(msgspec.Struct, frozen=True):
    """Why nothing was written for ``seconds`` up to the record that says so."""

    seconds: float
    reason: GapReason


def journal_key(recording_key: bytes) -> bytes:
    """Return the key that seals the journals of a recording."""
    return vault.derived(recording_key, "journal")


def pack_record(kind: int, at_ns: int, data: bytes) -> bytes:
    """Return a record as it stands inside a block."""
    return _RECORD.pack(len(data), kind, at_ns) + data


def seal_block(cipher: AESGCM, about: bytes, records: bytes) -> bytes:
    """Return ``records`` as a block; ``about`` is the file's name and first line."""
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, records, about)
    return _BLOCK.pack(len(sealed), nonce) + sealed


class JournalTail:
    """Reads a journal block by block, and goes on when more was written."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.header: Header | None = None
        self.readable = True
        """False once something stood there that no writer of ours wrote."""
        self._file = path.open("rb")
        self._cipher = AESGCM(key)
        self._about = path.name.encode()
        self._buffer = bytearray()
        self._block: bytes | None = None

    def more(self) -> bool:
        """Whether ``next_block`` has something to give; reads ahead one block."""
        if self._block is None and self.readable:
            self._block = self._read()
        return self._block is not None

    def next_at(self) -> float:
        """Return when the first record of the next block was written down."""
        if self.header is None or self._block is None:
            return 0.0
        if len(self._block) < _RECORD.size:
            return self.header.wall_ns / 1e9
        _, _, at = _RECORD.unpack_from(self._block)
        return float(at + self.header.wall_ns - self.header.mono_ns) / 1e9

    def next_block(self) -> list[Record]:
        """Return the records of the next whole block; none if there is none yet."""
        if not self.more() or self.header is None or self._block is None:
            return []
        plain, self._block = self._block, None
        return list(_records(plain, self.header.wall_ns - self.header.mono_ns))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _read(self) -> bytes | None:
        if self.header is None and not self._read_header():
            return None
        if not self._has(_BLOCK.size):
            return None
        length, nonce = _BLOCK.unpack_from(self._buffer)
        if length > LARGEST_BLOCK:
            self.readable = False
            return None
        if not self._has(_BLOCK.size + length):
            return None
        sealed = bytes(self._buffer[_BLOCK.size : _BLOCK.size + length])
        try:
            plain = self._cipher.decrypt(nonce, sealed, self._about)
        except InvalidTag:
            # Not ours to guess: a disk may hold zeros after a power cut.
            self.readable = False
            return None
        del self._buffer[: _BLOCK.size + length]
        return plain

    def _read_header(self) -> bool:
        self._has(LONGEST_HEADER)
        line, found, rest = self._buffer.partition(b"\n")
        if not found:
            self.readable = len(self._buffer) < LONGEST_HEADER
            return False
        try:
            self.header = msgspec.json.decode(line, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.readable = False
            return False
        self._about += line
        self._buffer = rest
        return True

    def _has(self, size: int) -> bool:
        """Try to have ``size`` bytes in the buffer."""
        while len(self._buffer) < size:
            data = self._file.read(max(READ_AT_ONCE, size - len(self._buffer)))
            if not data:
                return False
            self._buffer += data
        return True


def _records(plain: bytes, shift: int) -> Iterator[Record]:
    place = 0
    while place + _RECORD.size <= len(plain):
        length, kind, at = _RECORD.unpack_from(plain, place)
        place += _RECORD.size
        yield Record(kind, (at + shift) / 1e9, plain[place : place + length])
        place += length


def read_journal(path: Path, key: bytes) -> list[Record]:
    """Return everything that a journal holds, as far as it is whole."""
    tail, found = JournalTail(path, key), list[Record]()
    while tail.more():
        found += tail.next_block()
    tail.close()
    return found
