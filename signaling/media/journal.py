"""The journal: every packet of a recorded call, sealed and on disk within 0.5 s.

One file per stream. A first line of JSON says what it is; then blocks of
``<u32 length><12-byte nonce><AES-256-GCM>``. The plain text of a block is
records of ``<u16 length><u8 kind><u64 nanoseconds><bytes>``: kind 0 is an RTP
packet, kind 1 a sender report (NTP time, RTP time). A torn last block is what a
crash costs: at most the last half second.
"""

import asyncio
import errno
import logging
import os
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework import vault

log = logging.getLogger(__name__)

FLUSH_EVERY = 0.4
MOST_BUFFERED = 32 * 1024 * 1024
"""Bytes that wait for a slow disk per stream; beyond, the recording has a gap."""
OVER = "over"
"""A file of this name says that nothing will be added to the call's journals."""

_RECORD = struct.Struct("<HBQ")
_BLOCK = struct.Struct("<I12s")


def journal_key(recording_key: bytes) -> bytes:
    """Return the key that seals the journals of a recording."""
    return vault.derived(recording_key, "journal")


class Header(msgspec.Struct, frozen=True):
    """The first line of a journal file."""

    call: str
    leg: str
    kind: str
    codecs: dict[str, str]
    """Payload type -> codec."""
    wall_ns: int
    mono_ns: int


class Record(msgspec.Struct, frozen=True):
    """One packet (kind 0) or sender report (kind 1), seconds since 1970."""

    kind: int
    at: float
    data: bytes


class _Stream:
    def __init__(self, path: Path, key: bytes, header: Header) -> None:
        self.buffer: list[bytes] = []
        self.size = 0
        self._cipher = AESGCM(key)
        self._name = path.name.encode()
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._good = 0
        self.finished = False
        self._put(msgspec.json.encode(header) + b"\n")

    def add(self, kind: int, data: bytes) -> None:
        if self.size < MOST_BUFFERED:
            self.buffer.append(
                _RECORD.pack(len(data), kind, time.monotonic_ns()) + data
            )
            self.size += len(data)

    def take(self) -> bytes:
        plain = b"".join(self.buffer)
        self.buffer.clear()
        self.size = 0
        return plain

    def write(self, plain: bytes) -> None:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, plain, self._name)
        self._put(_BLOCK.pack(len(sealed), nonce) + sealed)

    def _put(self, data: bytes) -> None:
        """Write all of ``data`` or none of it: a torn block would hide the rest."""
        written = 0
        try:
            written = os.write(self._file, data)
        finally:
            if written != len(data):
                os.ftruncate(self._file, self._good)
        if written != len(data):
            raise OSError(errno.ENOSPC, "disk full")
        self._good += written

    def close(self) -> None:
        os.close(self._file)


class Journals:
    """The open journals of one worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, list[_Stream]] = {}
        self._writing = asyncio.Lock()
        self._count = 0

    def begin(
        self, call: str, leg: str, kind: str, codecs: dict[int, str], key: bytes
    ) -> Callable[[int, bytes], None]:
        """Open a journal; return what takes its records. Never blocks on a flush."""
        folder = self._folder / call
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._count += 1
        header = Header(
            call=call,
            leg=leg,
            kind=kind,
            codecs={str(number): name for number, name in codecs.items()},
            wall_ns=time.time_ns(),
            mono_ns=time.monotonic_ns(),
        )
        name = f"{leg}-{kind}-{time.time_ns()}-{self._count}.rtpj"
        stream = _Stream(folder / name, key, header)
        self._open.setdefault(call, []).append(stream)
        return stream.add

    async def run(self) -> None:
        """Flush until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            await self.flush()

    async def flush(self) -> None:
        """Write what has come since; the disk is waited for in a thread."""
        async with self._writing:
            streams = [one for found in self._open.values() for one in found]
            await _write_taken(streams)
            for found in self._open.values():
                for done in [one for one in found if one.finished]:
                    found.remove(done)
                    done.close()

    def finish(self, call: str, add: Callable[[int, bytes], None] | None) -> None:
        """A leg is gone: its journal is closed after the next flush."""
        for stream in self._open.get(call, []):
            if stream.add == add:
                stream.finished = True

    async def end(self, call: str) -> None:
        """Write the rest of a call's journals and mark them as complete."""
        async with self._writing:
            streams = self._open.pop(call, [])
            await _write_taken(streams)
            for stream in streams:
                stream.close()
        folder = self._folder / call
        if folder.is_dir():
            (folder / OVER).touch()


async def _write_taken(streams: list[_Stream]) -> None:
    due = [(stream, plain) for stream in streams if (plain := stream.take())]
    if due:
        await asyncio.to_thread(_write_all, due)


def _write_all(due: list[tuple[_Stream, bytes]]) -> None:
    for stream, plain in due:
        try:
            stream.write(plain)
        except OSError:
            # A full disk: the call goes on, the recording has a gap here.
            log.exception("journal not written")


def read_journal(path: Path, key: bytes) -> tuple[Header, Iterator[Record]]:
    """Read a journal file as far as it is whole.

    Raises:
        ValueError: not a journal.
    """
    data = path.read_bytes()
    line, _, body = data.partition(b"\n")
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.DecodeError as error:
        raise ValueError("not a journal") from error
    return header, _records(body, key, path.name.encode(), header)


def _records(body: bytes, key: bytes, name: bytes, header: Header) -> Iterator[Record]:
    cipher = AESGCM(key)
    shift = header.wall_ns - header.mono_ns
    for nonce, sealed in _blocks(body):
        try:
            plain = cipher.decrypt(nonce, sealed, name)
        except InvalidTag:
            return
        place = 0
        while place + _RECORD.size <= len(plain):
            length, kind, at = _RECORD.unpack_from(plain, place)
            place += _RECORD.size
            yield Record(kind, (at + shift) / 1e9, plain[place : place + length])
            place += length


def _blocks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + _BLOCK.size <= len(body):
        length, nonce = _BLOCK.unpack_from(body, place)
        place += _BLOCK.size
        if place + length > len(body):
            return
        yield nonce, body[place : place + length]
        place += length


def codec_name(header: Header, packet: bytes) -> str:
    """Return the codec of an RTP packet of this journal."""
    return header.codecs.get(str(packet[1] & 0x7F), "")
