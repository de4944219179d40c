"""Files of phones become pages, the same as those that a terminal makes."""

import asyncio
import hashlib

from casework.arriving import Arriving
from casework.away_signers import LINK
from casework.case import Case
from casework.errors import CaseworkError, NotAllowedNow, NotFound, TooManyPages
from casework.material import Material
from document_capture.brought import brought
from document_capture.capture import Page
from document_capture.findings import Duplicate
from document_capture.images import Refused
from protocol.ids import CaseId, PageId, StepId, is_identity
from protocol.parts import PICTURES, PREVIEW
from protocol.states import MaterialState
from signaling.intake import Kept, Part, keep, record, show_pages
from signaling.phones import Invitation, Outcome, Phones
from signaling.services import Services

AT_ONCE = 2
"""Files that are opened at a time; calls go first."""
PHONE = "phone"
"""What the evidence log says about how the page came."""


class PhonePaperDone(CaseworkError):
    """The paper was accepted, or the case went on, before the file came."""

    code = "phone-paper-done"


class PhoneNoRoom(CaseworkError):
    """The file has more pages than the paper has room for."""

    code = "phone-no-room"


class PhoneIntake:
    """Opens what phones send and stores it with the case."""

    def __init__(self, services: Services, phones: Phones) -> None:
        self._services = services
        self._phones = phones
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def take(self, invitation: Invitation, file: str, data: bytes) -> Outcome:
        """Store the pages of ``data``; return how many, or the code of why not.

        Raises:
            PhoneFull: as many files as one invitation takes.
            PhoneExpired: the time was over before the pages were made.
            PhoneEnded: the applicant left before the pages were made.
        """
        await self._phones.count_file(invitation, file)
        try:
            pages = await self._pages_of(invitation, data)
            await self._phones.require_on(invitation)
            stored = await self._store(invitation, file, pages)
            outcome = Outcome(pages=stored)
        except (Refused, PhonePaperDone, PhoneNoRoom) as error:
            outcome = Outcome(code=error.code)
        await self._phones.remember(invitation, file, outcome)
        return outcome

    async def _pages_of(self, invitation: Invitation, data: bytes) -> list[Page]:
        portrait = is_identity(invitation.material)
        async with self._turn:
            return await asyncio.to_thread(brought, data, keep_colours=portrait)

    async def _store(self, invitation: Invitation, file: str, pages: list[Page]) -> int:
        """Return how many pages are in the paper: all, or what the clerk left of them.

        All get into it at once, when all are kept. A feeder's or another phone's
        cannot come between them, and a file for which there is no room, or that the
        store does not take, leaves the paper as it was.
        """
        case = await self._services.cases.ledger.store.load(invitation.case)
        paper = case.material(invitation.material)
        came = [
            (_arriving(invitation, file, number, paper.refusals), page)
            for number, page in enumerate(pages)
        ]
        _require_new(paper, came)
        self._require_room(case, invitation, [one.page for one, _ in came])
        kept = [(one, await self._kept(case.id, one, page)) for one, page in came]
        previews = [(one, parts[0].key) for one, parts in kept]
        step = StepId(f"{PREVIEW}-{came[0][0].page}")
        try:
            await show_pages(self._services, case.id, previews, step)
            stored = [await self._recorded(invitation, *one) for one in kept]
        except TooManyPages as error:
            raise PhoneNoRoom from error
        except (NotAllowedNow, NotFound) as error:
            # Accepted, or the case went on, while it was being stored.
            raise PhonePaperDone from error
        if not any(stored):
            raise PhonePaperDone
        return sum(stored)

    async def _kept(self, case: CaseId, one: Arriving, page: Page) -> list[Kept]:
        pictures = page.preview, page.page, page.original
        return [
            await keep(self._services, case, one, Part(what, data, _digest(data)))
            for what, data in zip(PICTURES, pictures, strict=True)
        ]

    def _require_room(
        self, case: Case, invitation: Invitation, names: list[PageId]
    ) -> None:
        paper = case.material(invitation.material)
        most = self._services.items.item(case.item).material(paper.id).pages
        # A refused paper begins anew, and an only page is replaced.
        anew = paper.state is MaterialState.REFUSED or most == 1
        others = 0 if anew else sum(one.id not in names for one in paper.pages)
        if others + len(names) > most:
            raise PhoneNoRoom

    async def _recorded(
        self, invitation: Invitation, one: Arriving, kept: list[Kept]
    ) -> bool:
        """Return whether it is in the paper; the clerk may have taken it out."""
        for part in kept[1:]:
            by = StepId(f"{part.what}-{one.page}"), invitation.terminal
            try:
                await record(self._services, invitation.case, one, part, by)
            except NotFound:
                return False
        return True


def _require_new(paper: Material, came: list[tuple[Arriving, Page]]) -> None:
    """Raise ``Duplicate`` if all of the file is in the paper, as another file."""
    if paper.state in {MaterialState.REFUSED, MaterialState.ACCEPTED}:
        return
    names = {one.page for one, _ in came}
    here = {one.sha256 for one in paper.pages if one.id not in names}
    if here.issuperset(_digest(page.page) for _, page in came):
        raise Duplicate


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _arriving(invitation: Invitation, file: str, number: int, round_: int) -> Arriving:
    """Return the same page whenever the same file is sent again."""
    said = f"{invitation.id} {file} {number}"
    name = PageId(hashlib.sha256(said.encode()).hexdigest()[:32])
    way = LINK if invitation.signer else PHONE
    return Arriving(material=invitation.material, page=name, way=way, round=round_)
