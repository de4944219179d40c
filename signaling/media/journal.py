"""The journal: every packet of a recorded call, sealed and on disk within 0.5 s.

The loop only appends to lists; a thread seals, writes and syncs, so a slow or
full disk never delays a packet. What a disk does not take is kept for a while
and tried again; what is dropped then is told, and attested in the journal.
"""

import asyncio
import errno
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.stores.durable import sync
from protocol.states import GapReason
from signaling.media.gap_watch import GapWatch, Key
from signaling.media.journal_file import (
    ENDING,
    OVER,
    Attested,
    Header,
    Kind,
    pack_record,
    seal_block,
)

log = logging.getLogger(__name__)

FLUSH_EVERY = 0.4
MOST_BUFFERED = 4 * 1024 * 1024
"""Bytes that wait for a slow disk per stream; beyond, the recording has a gap."""


class _Stream:
    def __init__(self, path: Path, key: bytes, header: Header) -> None:
        self.call = header.call
        self.watched: Key = (header.call, header.leg, header.kind)
        self.connection = header.connection
        self.last: float | None = None
        self.dropped = False
        self.finished = False
        self.failing = False
        self.on_disk = False
        self._path = path
        self._cipher = AESGCM(key)
        self._head = msgspec.json.encode(header)
        self._about = path.name.encode() + self._head
        self._buffer: list[bytes] = []
        self._size = 0
        self._file = -1
        self._good = 0

    def add(self, kind: int, data: bytes) -> None:
        """Take a record. The loop calls it for every packet."""
        if self._size > MOST_BUFFERED:
            self.dropped = True
            return
        now = time.monotonic_ns()
        self._buffer.append(pack_record(kind, now, data))
        self._size += len(data)
        if kind == Kind.PACKET:
            self.last = now / 1e9

    def finish(self) -> None:
        """Say that this is all; the next write closes the file."""
        if not self.finished:
            self._buffer.append(pack_record(Kind.CLOSED, time.monotonic_ns(), b""))
            self.finished = True

    def attest(self, reason: GapReason, seconds: float) -> None:
        """Write down why something is missing, if something is."""
        if reason is GapReason.DISK_FULL and not self.dropped:
            return  # all of it was written in the end
        self.dropped = False
        said = Attested(seconds=seconds, reason=reason)
        self.add(Kind.GAP, msgspec.json.encode(said))

    def take(self) -> list[bytes]:
        """Hand over what has come; the loop calls it, a thread writes it."""
        taken, self._buffer, self._size = self._buffer, [], 0
        return taken

    def put_back(self, taken: list[bytes]) -> None:
        """The disk did not take it: it is tried again with what comes next."""
        self._buffer = taken + self._buffer
        self._size += sum(map(len, taken))

    def write(self, taken: list[bytes], *, last: bool) -> None:
        """Seal and write, all or nothing; survives a power cut once it returns."""
        if self._file < 0:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
            self._file = os.open(self._path, flags, 0o600)
            sync(self._path, self._path.parent.parent)
        head = b"" if self._good else self._head + b"\n"
        if head or taken:
            block = seal_block(self._cipher, self._about, b"".join(taken))
            self._put(head + block)
        os.fdatasync(self._file)
        if last:
            os.close(self._file)

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


class Journals:
    """The open journals of one worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._streams: list[_Stream] = []
        self._over: list[str] = []
        self._writing = asyncio.Lock()
        self._count = 0
        self._wall: dict[str, int] = {}
        self.watch = GapWatch()

    def begin(
        self, call: str, leg: str, kind: str, codecs: dict[int, str], key: bytes
    ) -> Callable[[int, bytes], None]:
        """Open a journal; return what takes its records. Touches no disk."""
        now = time.monotonic_ns()
        self._count += 1
        # One reading of the wall clock per call: its sources stay together
        # even when somebody sets the clock meanwhile.
        wall = now + self._wall.setdefault(call, time.time_ns() - now)
        header = Header(
            call=call,
            leg=leg,
            kind=kind,
            codecs={str(number): name for number, name in codecs.items()},
            connection=self._connection(call, leg, wall),
            wall_ns=wall,
            mono_ns=now,
        )
        name = f"{leg}-{kind}-{wall}-{self._count}{ENDING}"
        stream = _Stream(self._folder / call / name, key, header)
        self._streams.append(stream)
        self.watch.began(stream.watched, now / 1e9)
        return stream.add

    def finish(self, call: str, add: Callable[[int, bytes], None] | None) -> None:
        """A leg is gone: its journal is closed after the next flush."""
        for stream in self._of(call):
            if stream.add == add:
                stream.finish()
                self.watch.gave(stream.watched, stream.last)

    async def end(self, call: str) -> None:
        """Write the rest of a call's journals and mark them as complete."""
        for stream in self._of(call):
            stream.finish()
        self._over.append(call)
        self._wall.pop(call, None)
        self.watch.forget(call)
        await self.flush()

    async def run(self) -> None:
        """Flush until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            self.look()
            await self.flush()

    async def flush(self) -> None:
        """Write what has come since; the disk is waited for in a thread."""
        async with self._writing:
            due = [
                (stream, taken, stream.finished)
                for stream in self._streams
                if (taken := stream.take()) or not stream.on_disk
            ]
            written = await asyncio.to_thread(_write_all, due) if due else []
            for stream, taken, last in due:
                stream.failing = stream not in written
                if stream.failing:
                    stream.put_back(taken)
                    continue
                stream.on_disk = True
                if last:
                    self._streams.remove(stream)
            await self._mark()

    def look(self) -> None:
        """Notice gaps that began or ended."""
        now = time.monotonic()
        carried = {one.watched: one for one in self._streams if not one.finished}
        for key in self.watch.streams():
            stream = carried.get(key)
            if stream is None:
                self.watch.leg_down(key, now)
                continue
            trouble = GapReason.DISK_FULL if stream.failing else None
            ended = self.watch.look(key, stream.last, trouble, now)
            if ended is not None:
                stream.attest(*ended)

    def _of(self, call: str) -> list[_Stream]:
        return [one for one in self._streams if one.call == call]

    def _connection(self, call: str, leg: str, otherwise: int) -> int:
        """Streams of a leg that are open together came on one connection."""
        together = [
            one.connection
            for one in self._of(call)
            if one.watched[1] == leg and not one.finished
        ]
        return together[0] if together else otherwise

    async def _mark(self) -> None:
        """Mark what is over and whole; on a full disk that is tried again."""
        writing = {stream.call for stream in self._streams}
        for call in [one for one in self._over if one not in writing]:
            try:
                await asyncio.to_thread(_touch, self._folder / call)
            except OSError:
                log.exception("call not marked as over", extra={"call": call})
            else:
                self._over.remove(call)


def _write_all(due: list[tuple[_Stream, list[bytes], bool]]) -> list[_Stream]:
    """Write what the disk takes; return the streams that it took."""
    written = []
    for stream, taken, last in due:
        try:
            stream.write(taken, last=last)
        except OSError:
            # A full disk: the call goes on, the screens say that this is missing.
            if not stream.failing:
                log.exception("journal not written", extra={"call": stream.call})
        else:
            written.append(stream)
    return written


def _touch(folder: Path) -> None:
    if folder.is_dir():
        (folder / OVER).touch()
