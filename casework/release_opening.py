"""Counts tries and compares: what was given at a window with what is kept."""

import hmac
from collections.abc import Callable

from casework.case import Case
from casework.errors import (
    CaseworkError,
    NotFound,
    ReleaseLocked,
    WrongReleaseCode,
    WrongReleaseDocument,
)
from casework.items import Catalogue
from casework.ledger import Ledger, entry_of
from casework.numbers import read_number
from casework.ports import Clock
from casework.release_ways import Way, confirmed_number, require_way, ways_of
from protocol.ids import TerminalId

TRIES = 5
"""Wrong codes and wrong documents, together, after which a person has to help."""
WRONG: dict[Way, type[CaseworkError]] = {
    Way.CODE: WrongReleaseCode,
    Way.DOCUMENT: WrongReleaseDocument,
}


class ReleaseOpening:
    """Finds the case of an acceptance number, and opens it or counts a try."""

    def __init__(self, ledger: Ledger, items: Catalogue, clock: Clock) -> None:
        self._ledger = ledger
        self._items = items
        self._clock = clock

    async def ways(self, number: str) -> frozenset[Way]:
        """Return what can be given beside ``number``; the code for an unknown one.

        Raises:
            BadNumber: ``number`` cannot be an acceptance number.
        """
        try:
            case = await self._ledger.store.numbered(read_number(number))
        except NotFound:
            return frozenset({Way.CODE})
        return ways_of(case, self._items.item(case.item).release)

    async def awaiting_document(self, number: str) -> Case:
        """Return the case, if a document may be tried now; nothing is counted yet.

        Raises:
            WrongReleaseDocument: no such case.
            ReleaseNeedsCode: a document does not open it.
            ReleaseLocked: too many tries.
        """
        case = await self._found(number, Way.DOCUMENT)
        if case.release_tries >= TRIES:
            raise ReleaseLocked("too many tries")
        return case

    async def by_code(self, number: str, code: str, terminal: TerminalId) -> Case:
        """Return the case that ``code`` opens.

        Raises:
            WrongReleaseCode: no such case, or not its code.
            ReleaseNeedsDocument: the code alone does not open it; costs no try.
            ReleaseLocked: too many tries.
        """
        given = "".join(character for character in code if character.isdigit())
        return await self._opened(
            number, Way.CODE, terminal, lambda case: (given, case.release_code)
        )

    async def by_document(self, number: str, seen: str, terminal: TerminalId) -> Case:
        """Return the case that the document with the number ``seen`` opens.

        ``seen`` is normalised; it is compared, and kept nowhere.

        Raises:
            WrongReleaseDocument: no such case, or another document.
            ReleaseNeedsCode: a document does not open it; costs no try.
            ReleaseLocked: too many tries.
        """
        return await self._opened(
            number, Way.DOCUMENT, terminal, lambda case: (seen, confirmed_number(case))
        )

    async def _found(self, number: str, way: Way) -> Case:
        try:
            found = await self._ledger.store.numbered(read_number(number))
        except NotFound:
            raise WRONG[way]("unknown number") from None
        require_way(found, self._items.item(found.item).release, way)
        return found

    async def _opened(
        self,
        number: str,
        way: Way,
        terminal: TerminalId,
        pair: Callable[[Case], tuple[str, str]],
    ) -> Case:
        """Return the case if the ``pair`` of what was given and what is kept agrees.

        The try is counted before anything is compared: a hundred guesses at the same
        moment are five guesses.
        """
        found = await self._found(number, way)

        def one_try_more(old: Case) -> Case:
            if old.release_tries >= TRIES:
                raise ReleaseLocked("too many tries")
            tries = old.release_tries + 1
            return old.with_changes(self._clock.now(), release_tries=tries)

        case = await self._ledger.change(found.id, one_try_more)
        given, kept = pair(case)
        agree = hmac.compare_digest(given.encode(), kept.encode())
        if not (kept and agree):
            wrong = WRONG[way]
            entry = entry_of(wrong.code, case, terminal, {})
            await self._ledger.store.append(entry)
            raise wrong(way)

        def no_tries(old: Case) -> Case:
            return old.with_changes(self._clock.now(), release_tries=0)

        return await self._ledger.change(case.id, no_tries)
