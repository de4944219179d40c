"""Keeps every signed paper provable: late time stamps now, younger ones every year."""

import logging
from typing import Protocol

import msgspec

from casework.case import AT_THE_COUNTER, Case, Document
from casework.errors import CaseworkError, NotAllowedNow, NotFound
from casework.ledger import Ledger
from casework.paperwork import Paperwork
from casework.ports import Clock
from casework.signing.timestamps import NoTime
from protocol.ids import CaseId
from protocol.states import CaseState

log = logging.getLogger(__name__)

RENEW_AFTER = 300 * 24 * 3600.0
"""Seconds after which a younger stamp is put over the last one.

A paper can be checked for 400 days with what it carries (``CRL_DAYS``).
"""
AGAIN_AFTER = 60.0
"""Seconds until a paper without a stamp is tried again."""
AT_ONCE = 50
"""Papers in one round, so that signing never waits long for the queue."""
BY = "time-stamp-queue"


class Due(msgspec.Struct, frozen=True):
    """A paper that needs a time stamp at ``at`` (seconds since 1970)."""

    case: CaseId
    name: str
    at: float


class DueStore(Protocol):
    """Keeps what is due. Implementations pass ``tests/casework/due_rules.py``."""

    async def put(self, due: Due) -> None:
        """Keep when a paper is due, in place of what was kept of it."""
        ...

    async def until(self, at: float, most: int) -> list[Due]:
        """Return what is due at ``at``, the longest overdue first."""
        ...

    async def drop(self, case: CaseId, name: str) -> None:
        """Forget a paper; one that is not there is fine."""
        ...


class Stamps:
    """The queue of time stamps."""

    def __init__(
        self, ledger: Ledger, papers: Paperwork, store: DueStore, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._papers = papers
        self._store = store
        self._clock = clock
        papers.tell_signed(self.signed)

    async def signed(self, case: CaseId, name: str, timed: bool) -> None:
        """Remember when a paper that was just signed needs its next stamp."""
        wait = RENEW_AFTER if timed else AGAIN_AFTER
        await self._store.put(Due(case, name, self._clock.now() + wait))

    async def sweep(self) -> int:
        """Stamp what is due, and return how many papers got a stamp.

        While no authority answers, nothing is lost: the rest waits.
        """
        done = 0
        for due in await self._store.until(self._clock.now(), AT_ONCE):
            try:
                done += await self._stamp(due)
            except NoTime:
                log.warning("no time stamp; papers wait", extra={"case": due.case})
                break
            except CaseworkError as error:
                log.warning("not stamped: %s", error.code, extra={"case": due.case})
                await self._later(due, AGAIN_AFTER * 60)
        return done

    async def _stamp(self, due: Due) -> bool:
        try:
            case = await self._ledger.store.load(due.case)
        except NotFound:
            await self._store.drop(due.case, due.name)
            return False
        old = case.document(due.name)
        if old is None or _is_unsigned(case, due.name):
            await self._store.drop(due.case, due.name)
            return False
        if _is_on_its_way(case, due.name):
            await self._later(due, AGAIN_AFTER * 10)
            return False
        new = await self._papers.stamped(case, old)
        await self._replace(case, old, new)
        return True

    async def _replace(self, case: Case, old: Document, new: Document) -> None:
        def change(now: Case) -> Case:
            if now.document(old.name) != old or _is_on_its_way(now, old.name):
                raise NotAllowedNow("the paper changed meanwhile")
            return now.with_document(new, self._clock.now())

        facts = {"name": old.name, "before": old.sha256, "sha256": new.sha256}
        facts |= new.beside_facts()
        await self._ledger.change(case.id, change, "document-stamped", BY, None, facts)

    async def _later(self, due: Due, seconds: float) -> None:
        at = self._clock.now() + seconds
        await self._store.put(msgspec.structs.replace(due, at=at))


def _is_unsigned(case: Case, name: str) -> bool:
    """The signing came to nothing: the application is still the one to sign."""
    return name == "application" and case.state in AT_THE_COUNTER


def _is_on_its_way(case: Case, name: str) -> bool:
    """A licence that was released is printed byte for byte as it was released."""
    return (
        name == "licence" and bool(case.release_job) and case.state is CaseState.ISSUED
    )
