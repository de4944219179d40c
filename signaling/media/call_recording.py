"""The recording of one call while it is made: films to sealed, stored segments."""

import asyncio
import hashlib
from pathlib import Path

import msgspec

from casework import vault
from casework.films import manifest_name, segment_name
from casework.ports import ObjectStore
from casework.recording import Manifest, Recording, Segment, Source
from protocol.ids import CallId, CaseId
from protocol.states import GUESTS, GapReason, Leg, RecordingState
from signaling.media.gaps import missing_seconds
from signaling.media.journal_file import journal_key
from signaling.media.source_films import FilmPiece, SourceFilms


class CallRecording:
    """Follows the journals of a call and stores what has become of them.

    Names of objects follow from the call alone: whoever begins again, after a
    crash, writes over what was there, and nothing is left that no manifest names.
    """

    def __init__(
        self, folder: Path, case: CaseId, key: bytes, objects: ObjectStore
    ) -> None:
        self.call = CallId(folder.name)
        self._case = case
        self._key = key
        self._objects = objects
        self._sources = [SourceFilms(folder, leg, journal_key(key)) for leg in Leg]
        self._segments: dict[str, list[Segment]] = {}

    async def follow(self) -> None:
        """Store what can be stored of what is in the journals by now."""
        while await self._store_next():
            pass

    async def finish(self, ended: float) -> Recording:
        """Complete every film, store the manifest, and return what is to be kept.

        ``ended`` is when the call ended, in seconds since 1970.
        """
        for source in self._sources:
            for piece in await asyncio.to_thread(source.finish, ended):
                await self._store(piece)
        recording = self._account(ended)
        if not self._segments:
            return recording
        name = manifest_name(self.call)
        manifest = msgspec.json.encode(self._manifest(recording))
        await self._put(name, manifest)
        digest = hashlib.sha256(manifest).hexdigest()
        return msgspec.structs.replace(recording, manifest=name, manifest_sha256=digest)

    def close(self) -> None:
        """Close the journals: nothing more is read."""
        for source in self._sources:
            source.close()

    async def _store_next(self) -> bool:
        """Read and store a bit; ``False`` once everything was read."""
        for piece in await asyncio.to_thread(self._read):
            await self._store(piece)
        return not all(source.caught_up for source in self._sources)

    def _read(self) -> list[FilmPiece]:
        return [piece for source in self._sources for piece in source.read()]

    async def _store(self, made: FilmPiece) -> None:
        piece = made.piece
        name = segment_name(self.call, made.film, piece.number)
        digest = hashlib.sha256(piece.data).hexdigest()
        await self._put(name, piece.data)
        segment = Segment(name, digest, len(piece.data), 0, piece.begins, piece.ends)
        known = self._segments.setdefault(made.film, [])
        known.insert(0 if piece.number == 0 else len(known), segment)

    async def _put(self, name: str, plain: bytes) -> None:
        sealed = await asyncio.to_thread(vault.seal, self._key, name, plain)
        await self._objects.put(name, sealed)

    def _account(self, ended: float) -> Recording:
        """Return what is known of the recording, on the session's clock."""
        there = [one for one in self._sources if one.opened is not None]
        films = [film for source in there for film in source.films]
        began = min((film.offset for film in films), default=ended)
        ended = max([ended, *(film.offset + film.seconds for film in films)])
        parts = [part_of(one, began, ended) for one in there]
        due = sum(part.due for part in parts)
        written = sum(part.due - part.missing for part in parts)
        return Recording(
            self.call,
            self._case,
            began,
            ended - began,
            RecordingState.JOURNALED,
            percent(written, due),
            tuple(part.source for part in parts),
        )

    def _manifest(self, recording: Recording) -> Manifest:
        segments = {}
        for film, found in self._segments.items():
            place, placed = 0, []
            for one in found:
                moved = msgspec.structs.replace(
                    one,
                    offset=place,
                    begins=one.begins - recording.began,
                    ends=one.ends - recording.began,
                )
                placed.append(moved)
                place += one.size
            segments[film] = tuple(placed)
        return Manifest(
            recording.call,
            recording.case,
            recording.began,
            recording.seconds,
            recording.coverage,
            recording.sources,
            segments,
        )


class Part(msgspec.Struct, frozen=True):
    """A source, and the seconds that were due and that are missing of it."""

    source: Source
    due: float
    missing: float


def part_of(films: SourceFilms, began: float, ended: float) -> Part:
    """Place a source on the clock of a session that lasted from began to ended."""
    opened = min(max(films.opened or began, began), ended)
    gaps = [
        msgspec.structs.replace(
            gap, begins=max(gap.begins, opened) - began, ends=gap.ends - began
        )
        for gap in films.gaps()
        if gap.ends > opened
    ]
    placed = [
        msgspec.structs.replace(film, offset=film.offset - began)
        for film in films.films
    ]
    due = ended - opened
    if films.name in GUESTS:  # who left is not missing
        away = [gap for gap in gaps if gap.reason is GapReason.LEG_DOWN]
        gaps = [gap for gap in gaps if gap not in away]
        due -= missing_seconds(away)
    missing = missing_seconds(gaps)
    source = Source(films.name, percent(due - missing, due), tuple(placed), tuple(gaps))
    return Part(source, due, missing)


def percent(part: float, whole: float) -> float:
    """Return how much ``part`` is of ``whole``; of nothing, nothing is missing."""
    return round(100 * part / whole, 2) if whole > 0 else 100.0
