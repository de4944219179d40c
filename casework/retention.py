"""How long recordings are kept, and how one is deleted so that it stays deleted.

A sweep goes through everything that is old enough. Each deletion is a row of
steps that may be taken twice, so what a crash left half done the next sweep
finishes: condemn it (from now on nobody can hold it), destroy the key, remove
what the key opened, write the deletion into the evidence log, and keep a row
that says what was here.
"""

import contextlib
import logging
from collections.abc import AsyncIterator

from casework.errors import AlreadyDone, NotAllowedNow, NotFound
from casework.films import objects_of
from casework.items import RECORDING_DAYS, Catalogue
from casework.ports import CaseStore, Entry, ObjectStore, RecordingStore, VisitStore
from casework.recording import Deletion, Recording
from casework.session_ports import KeepingStore, SessionEventStore
from protocol.ids import CallId, ItemId, StepId
from protocol.states import RecordingState

log = logging.getLogger(__name__)

DAY = 86_400.0
AT_ONCE = 200
"""Recordings read in one piece."""
BY = "retention"


def days_kept(items: Catalogue, item: ItemId) -> int:
    """Return how many days recordings of ``item`` are kept."""
    try:
        return items.item(item).recording_days
    except NotFound:  # the office does not offer it any more
        return RECORDING_DAYS


class Shelf:
    """Everything that is kept of recordings, in five places."""

    def __init__(
        self,
        recordings: RecordingStore,
        keeping: KeepingStore,
        events: SessionEventStore,
        objects: ObjectStore,
    ) -> None:
        self.recordings = recordings
        self.keeping = keeping
        self.events = events
        self.objects = objects


class Retention:
    """Deletes recordings whose time is up, except those under legal hold."""

    def __init__(
        self, shelf: Shelf, visits: VisitStore, cases: CaseStore, items: Catalogue
    ) -> None:
        self._shelf = shelf
        self._visits = visits
        self._cases = cases
        self._items = items

    async def sweep(self, now: float) -> list[CallId]:
        """Delete what is due at ``now``; return which recordings that were."""
        gone = []
        async for recording in self._due(now):
            try:
                await self._shelf.keeping.condemn(recording.call)
            except NotAllowedNow:
                continue  # somebody put it under hold a moment ago
            try:
                await self._delete(recording, now)
            except Exception:
                # The others are not kept for ever because of one.
                log.exception("not deleted", extra={"call": recording.call})
                continue
            gone.append(recording.call)
        return gone

    async def _due(self, now: float) -> AsyncIterator[Recording]:
        """What an earlier sweep began comes first, whatever the rule says by now."""
        for call in await self._shelf.keeping.condemned():
            yield await self._shelf.recordings.load(call)
        shortest = min(self._items.shortest_recording_days(), RECORDING_DAYS)
        before, after = now - shortest * DAY, (0.0, CallId(""))
        recordings = self._shelf.recordings
        while part := await recordings.older_than(before, after, AT_ONCE):
            for recording in part:
                days = days_kept(self._items, await self._item(recording))
                # A recorder that comes back late still has to attest its own.
                attested = recording.state is not RecordingState.JOURNALED
                if attested and recording.ended + days * DAY <= now:
                    yield recording
            after = (part[-1].began, part[-1].call)

    async def _item(self, recording: Recording) -> ItemId:
        try:
            return (await self._visits.of_call(recording.call)).item
        except NotFound:
            return ItemId("")

    async def _delete(self, recording: Recording, now: float) -> None:
        call, shelf = recording.call, self._shelf
        item = await self._item(recording)
        deletion = Deletion(now, item, days_kept(self._items, item))
        await shelf.recordings.destroy_key(call)
        await shelf.objects.delete_all(objects_of(call))
        await shelf.events.erase(call)
        facts = {
            "call": call,
            "manifest": recording.manifest_sha256,
            "rule": f"{deletion.item} {deletion.days} days",
        }
        entry = Entry(
            kind="recording-deleted",
            at=deletion.at,
            by=BY,
            case=recording.case,
            facts=facts,
        )
        with contextlib.suppress(AlreadyDone):
            await self._cases.append(entry, StepId(f"delete recording {call}"))
        if recording.state is not RecordingState.DELETED:
            await shelf.recordings.put(recording.deleted(deletion))
        await shelf.keeping.deleted(call)
        log.info("recording deleted", extra={"call": call, "rule": facts["rule"]})
