"""What a dossier holds of the recorded sessions of a case."""

import msgspec

from casework.archive import LARGEST
from casework.errors import DossierTooLarge, NotFound
from casework.evidence import canonical
from casework.film_check import film_member, manifest_member
from casework.films import manifest_bytes, read_film, read_manifest
from casework.ports import LoggedEntry
from casework.retention import Shelf
from protocol.ids import CallId

RECORDED = "recording-stored"


class Sessions:
    """Reads recordings for dossiers: by their digests, and the films if asked."""

    def __init__(self, shelf: Shelf, most: int = LARGEST) -> None:
        """Read from ``shelf``, at most ``most`` bytes for one dossier."""
        self._shelf = shelf
        self._most = most

    async def files(
        self, entries: list[LoggedEntry], *, films: bool = False
    ) -> dict[str, bytes]:
        """Return manifest and timeline of each recording that ``entries`` name.

        With ``films``, also every film, whole and in clear. Of a recording whose key
        was destroyed there is nothing, and the log says so; the manifest holds the
        digest of every segment of every film.

        Raises:
            DossierTooLarge: the films are more than a dossier can hold.
        """
        calls = {one.said.facts.get("call") for one in entries if is_recorded(one)}
        files: dict[str, bytes] = {}
        for call in sorted(one for one in calls if one):
            files |= await self._of_call(CallId(call))
            if films and manifest_member(call) in files:
                size = sum(map(len, files.values()))
                files |= await self._films(CallId(call), self._most - size)
        return files

    async def _of_call(self, call: CallId) -> dict[str, bytes]:
        try:
            recording = await self._shelf.recordings.load(call)
            key = await self._shelf.recordings.key(call)
            manifest = await manifest_bytes(self._shelf.objects, key, recording)
            events = await self._shelf.events.of_call(call)
        except NotFound:
            return {}
        return {
            manifest_member(call): manifest,
            f"recordings/{call}/timeline.json": canonical(msgspec.to_builtins(events)),
        }

    async def _films(self, call: CallId, room: int) -> dict[str, bytes]:
        recording = await self._shelf.recordings.load(call)
        key = await self._shelf.recordings.key(call)
        objects = self._shelf.objects
        manifest = await read_manifest(objects, key, recording)
        films = {}
        for film, segments in manifest.segments.items():
            size = sum(one.size for one in segments)
            room -= size
            if room < 0:
                raise DossierTooLarge(call)
            films[film_member(call, film)] = await read_film(
                objects, key, list(segments), (0, size)
            )
        return films


def is_recorded(entry: LoggedEntry) -> bool:
    """Whether the entry is the one that ties a recording to the log."""
    return entry.said.kind == RECORDED
