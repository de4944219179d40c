"""One source of a call: its journals, read while they grow, become films.

Everything is held back for ``HOLD`` seconds of the source's own time: by then
lost packets have come again, and the sender has said (of sound: about every five
seconds) how its clocks stand. A restart reads the same journals in the same
order and makes the same films.
"""

import collections
import logging
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from casework.recording import Film, Gap
from signaling.media.film_writer import CannotBegin, FilmWriter, Piece
from signaling.media.frames import REORDER, Frame, Unpacker
from signaling.media.gaps import StreamGaps
from signaling.media.journal_file import ENDING, Attested, JournalTail, Kind, Record
from signaling.media.rtp import FIXED_HEADER
from signaling.media.rtp_clock import LeastDelay

log = logging.getLogger(__name__)

HOLD = 6.0
LATE = 4.0
"""Seconds more that something placed in the future is waited for."""
BLOCKS_AT_ONCE = 32


class FilmPiece(msgspec.Struct, frozen=True):
    """A piece, and the name of the film that it belongs to."""

    film: str
    piece: Piece


class _Heard(msgspec.Struct):
    """A frame that waits, and the count of the SSRC that it came with."""

    origin: int
    frame: Frame
    at: float | None = None


class _Journal:
    """One journal file, and the SSRCs in it."""

    def __init__(self, tail: JournalTail, number: int) -> None:
        self.tail = tail
        self.number = number
        self.latest: Unpacker | None = None
        self.by_ssrc: dict[int, tuple[int, Unpacker]] = {}


class SourceFilms:
    """The films of one source. Not shared between threads."""

    def __init__(self, folder: Path, name: str, key: bytes) -> None:
        self.name = name
        self.films: list[Film] = []
        """Finished films; their offset is in seconds since 1970."""
        self.newest = 0.0
        self.caught_up = False
        self._folder = folder
        self._key = key
        self._journals: dict[Path, _Journal] = {}
        self._gaps: dict[str, StreamGaps] = {}
        self._delays: dict[int, LeastDelay] = collections.defaultdict(LeastDelay)
        self._queues: dict[str, collections.deque[_Heard]] = {
            "audio": collections.deque(),
            "video": collections.deque(),
        }
        self._origins = 0
        self._on_air = {"audio": 0, "video": 0}
        self._film: FilmWriter | None = None

    def read(self) -> list[FilmPiece]:
        """Read on for a while; return what has become of it."""
        self._find_journals()
        for _ in range(BLOCKS_AT_ONCE):
            ready = [one for one in self._journals.values() if one.tail.more()]
            self.caught_up = not ready
            if not ready:
                break
            journal = min(ready, key=lambda one: one.tail.next_at())
            self._open(journal)
            for record in journal.tail.next_block():
                self._take(journal, record)
        return list(self._released(self.newest - HOLD, self.newest - REORDER))

    def finish(self, ended: float) -> list[FilmPiece]:
        """Use what was held back, and complete the last film."""
        pieces = list(self._released(float("inf"), float("inf")))
        for gaps in self._gaps.values():
            gaps.over(ended)
        return pieces + self._close()

    def close(self) -> None:
        """Close the files. Harmless if it has been done."""
        for journal in self._journals.values():
            journal.tail.close()

    @property
    def opened(self) -> float | None:
        """When the source was first connected; ``None`` if it never was."""
        return min((one.opened for one in self._gaps.values()), default=None)

    def gaps(self) -> list[Gap]:
        """Return what is missing, in order."""
        found = [gap for one in self._gaps.values() for gap in one.found]
        return sorted(found, key=lambda gap: gap.begins)

    # Journals

    def _find_journals(self) -> None:
        for path in sorted(self._folder.glob(f"{self.name}-*{ENDING}")):
            if path not in self._journals:
                tail = JournalTail(path, self._key)
                self._journals[path] = _Journal(tail, len(self._journals))

    def _open(self, journal: _Journal) -> None:
        head = journal.tail.header
        assert head is not None, "it has a block"
        if head.kind not in self._gaps:
            opened = head.wall_ns / 1e9
            self._gaps[head.kind] = StreamGaps(head.kind, opened, journal.number)

    def _take(self, journal: _Journal, record: Record) -> None:
        self.newest = max(self.newest, record.at)
        head = journal.tail.header
        assert head is not None, "records come after it"
        gaps = self._gaps[head.kind]
        match record.kind:
            case Kind.PACKET if len(record.data) >= FIXED_HEADER:
                gaps.heard(record.at, journal.number)
                journal.latest = self._unpacker(journal, record.data)
                journal.latest.take(record.at, record.data)
            case Kind.REPORT if journal.latest is not None:
                journal.latest.report(record.at, record.data)
            case Kind.GAP:
                said = msgspec.json.decode(record.data, type=Attested)
                gaps.attested(record.at, said.seconds, said.reason)
            case Kind.CLOSED:
                gaps.closed(record.at)

    def _unpacker(self, journal: _Journal, packet: bytes) -> Unpacker:
        ssrc = struct.unpack_from("!I", packet, 8)[0]
        head = journal.tail.header
        assert head is not None, "records come after it"
        if ssrc not in journal.by_ssrc:
            self._origins += 1
            delays = self._delays[head.connection]
            unpacker = Unpacker(head.kind, head.codecs, delays)
            journal.by_ssrc[ssrc] = self._origins, unpacker
        return journal.by_ssrc[ssrc][1]

    # Films

    def _released(self, horizon: float, until: float) -> Iterator[FilmPiece]:
        for journal in self._journals.values():
            for origin, unpacker in journal.by_ssrc.values():
                for frame in unpacker.frames(until):
                    self._queues[unpacker.kind].append(_Heard(origin, frame))
        while due := self._next_due(horizon):
            kind, at = due
            heard = self._queues[kind].popleft()
            if heard.origin >= self._on_air[kind]:
                self._on_air[kind] = heard.origin
                yield from self._write(kind, heard.frame, at)

    def _next_due(self, horizon: float) -> tuple[str, float] | None:
        """Return which kind comes next, and when it was; ``None``: wait for more."""
        due = []
        for kind, queue in self._queues.items():
            if not queue:
                continue
            first = queue[0]
            if first.at is None:
                first.at = first.frame.run.place(first.frame.stamp)
            if first.at <= horizon or first.frame.at <= horizon - LATE:
                due.append((first.at, kind))
        if not due:
            return None
        at, kind = min(due)
        return kind, at

    def _write(self, kind: str, frame: Frame, at: float) -> Iterator[FilmPiece]:
        film = self._film
        shows = kind == "video"
        if film is None or (shows and film.pictures != frame.codec):
            if shows and not frame.key:
                return
            yield from self._close()
            film = self._begin(frame, at, shows=shows)
        if film is None:
            return
        if shows:
            film.show(frame, at)
        else:
            film.sound(frame, at)
        name = self._film_name()
        yield from (FilmPiece(name, piece) for piece in film.take())

    def _begin(self, frame: Frame, at: float, *, shows: bool) -> FilmWriter | None:
        coming = [one.frame for one in self._queues["video"]]
        pictures = [frame, *coming] if shows else coming
        while pictures and not pictures[0].key:
            pictures.pop(0)
        sound = "audio" in self._gaps
        try:
            self._film = FilmWriter(pictures, at, sound=sound)
        except CannotBegin:
            log.warning("pictures of no film", extra={"source": self.name})
            self._film = None if shows else FilmWriter([], at, sound=sound)
        return self._film

    def _close(self) -> list[FilmPiece]:
        film = self._film
        if film is None:
            return []
        name = self._film_name()
        pieces = [FilmPiece(name, piece) for piece in film.close()]
        seconds = film.ended - film.began
        self.films.append(
            Film(
                name=name,
                media_type=film.media_type,
                codecs=film.codecs,
                offset=film.began,
                seconds=seconds,
                frames=film.frames,
                size=film.size,
            )
        )
        self._film = None
        return pieces

    def _film_name(self) -> str:
        return f"{self.name}-{len(self.films) + 1}"
