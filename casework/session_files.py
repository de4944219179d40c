"""What a dossier holds of the recorded sessions of a case."""

import msgspec

from casework.errors import NotFound
from casework.evidence import canonical
from casework.films import manifest_bytes
from casework.ports import LoggedEntry
from casework.retention import Shelf
from protocol.ids import CallId

RECORDED = "recording-stored"


class Sessions:
    """Reads recordings for dossiers: by their digests, not the films themselves."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def files(self, entries: list[LoggedEntry]) -> dict[str, bytes]:
        """Return manifest and timeline of each recording that ``entries`` name.

        Of a recording whose key was destroyed there is nothing, and the log says
        so; the manifest holds the digest of every segment of every film.
        """
        calls = {one.said.facts.get("call") for one in entries if is_recorded(one)}
        files: dict[str, bytes] = {}
        for call in sorted(one for one in calls if one):
            files |= await self._of_call(CallId(call))
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
            f"recordings/{call}/manifest.json": manifest,
            f"recordings/{call}/timeline.json": canonical(msgspec.to_builtins(events)),
        }


def is_recorded(entry: LoggedEntry) -> bool:
    """Whether the entry is the one that ties a recording to the log."""
    return entry.said.kind == RECORDED
