"""How a case is deleted when its time is up, and what is left to show that it was.

First, in one transaction, the key of the case and what opens its facts in the log
are destroyed, and the log says so. Then the files go that nobody can open any
more, and whoever has the acceptance number can fetch a certificate: a dossier of
the case in which everything is withheld but its deletion. What a crash left half
done the next sweep finishes.
"""

import datetime as dt
import logging
from collections.abc import AsyncIterator

from casework.case import Case
from casework.dossier import Dossiers
from casework.errors import NotFound
from casework.items import CASE_DAYS, Catalogue
from casework.log_ports import CaseShelf, Gone
from casework.ports import Entry, ObjectStore
from casework.retention import AT_ONCE, BY, DAY, Shelf
from protocol.ids import CaseId
from protocol.states import Language, Standing
from protocol.texts import text

log = logging.getLogger(__name__)

DELETED = "case-deleted"
CERTIFICATE = "certificate.txt"


def certificate_name(number: str) -> str:
    """Return the name of the object with the certificate of a deleted case."""
    return f"deletions/{number}.zip"


def ended_at(case: Case) -> float | None:
    """Return since when nobody needs a case any more; ``None``: somebody still may.

    That is its last change; with a licence that has a last day not before that day,
    and with one that holds without end never, unless it was revoked.
    """
    licence = case.licence
    if licence is None or licence.standing is Standing.REVOKED:
        return case.touched
    return max(case.touched, licence.ends) if licence.ends else None


class CaseRetention:
    """Deletes cases whose time is up; not those with a recording under hold."""

    def __init__(
        self,
        cases: CaseShelf,
        shelf: Shelf,
        items: Catalogue,
        dossiers: Dossiers,
    ) -> None:
        self._cases = cases
        self._shelf = shelf
        self._items = items
        self._dossiers = dossiers
        self._objects: ObjectStore = shelf.objects

    async def sweep(self, now: float) -> list[CaseId]:
        """Delete what is due at ``now``; return which cases that were."""
        held = await self._held()
        async for case, days in self._due(now):
            if case.id in held:
                continue
            facts = {"number": case.number, "rule": f"{case.item} {days} days"}
            entry = Entry(kind=DELETED, at=now, by=BY, case=case.id, facts=facts)
            await self._cases.destroy(case, entry)
        gone = []
        for one in await self._cases.destroyed():
            try:
                await self._finish(one)
            except Exception:
                # The others are not kept for ever because of one.
                log.exception("not deleted", extra={"case": one.id})
                continue
            gone.append(one.id)
        return gone

    async def _held(self) -> set[CaseId]:
        found = set()
        for call in await self._shelf.keeping.held():
            try:
                found.add((await self._shelf.recordings.load(call)).case)
            except NotFound:
                continue  # nothing of that call was recorded
        return found

    async def _due(self, now: float) -> AsyncIterator[tuple[Case, int]]:
        shortest = min(self._items.shortest_case_days(), CASE_DAYS)
        # A second more: to the last one is decided below, with whole numbers of days.
        before, after = now - shortest * DAY + 1, (0.0, CaseId(""))
        while part := await self._cases.untouched(before, after, AT_ONCE):
            for case in part:
                days, ended = self._days(case), ended_at(case)
                if ended is not None and ended + days * DAY <= now:
                    yield case, days
            after = (part[-1].touched, part[-1].id)

    def _days(self, case: Case) -> int:
        try:
            return self._items.item(case.item).case_days
        except NotFound:  # the office does not offer it any more
            return CASE_DAYS

    async def _finish(self, gone: Gone) -> None:
        await self._objects.delete_all(f"cases/{gone.id}/")
        if gone.number:
            files = {CERTIFICATE: _certificate(gone).encode()}
            proof = await self._dossiers.pack(gone.id, BY, files)
            await self._objects.put(certificate_name(gone.number), proof)
        await self._cases.finished(gone.id)
        log.info("case deleted", extra={"case": gone.id})


def _certificate(gone: Gone) -> str:
    """Say in all languages what was deleted; the log's entry proves when."""
    when = dt.datetime.fromtimestamp(gone.at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = [text("deletion-certificate", language) for language in Language]
    filled = [one.format(number=gone.number, when=when) for one in said]
    return "\n\n".join(filled) + "\n"
