"""The papers of a case while they are captured, arranged and read."""

import hashlib
from collections.abc import Callable

from msgspec.structs import replace

from casework.arranging import ARRANGEABLE, Arranging
from casework.arriving import Arriving, Came
from casework.away_signers import require_way
from casework.case import Case, Document
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound
from casework.impression import Impression
from casework.material import Material, Page
from protocol.ids import CaseId, MaterialId, PageId, StaffId, StepId, TerminalId
from protocol.states import MaterialState, ReadState
from protocol.views import ReadField

NONE = PageId("")


class Scans(Arranging):
    """Every change of a case's papers up to the clerk's decision."""

    async def require_room(self, case: CaseId, page: Arriving) -> None:
        """Raise ``TooManyPages``, ``NotFound`` or ``NotAllowedNow`` beforehand."""
        old = await self.ledger.store.load(case)
        self._with_new(old, [(page, "")])

    async def previews_arrived(
        self, case: CaseId, came: Came, step: StepId | None = None
    ) -> Case:
        """First small pictures can be shown: of all these pages, or of none.

        Once per ``step``: a preview that comes again does not bring back a page that
        the clerk took out meanwhile.
        """

        def change(old: Case) -> Case:
            for page, _ in came:
                require_way(old, page.material, page.way)
            return self._with_new(old, came)

        return await self.ledger.change(case, change, step=step)

    async def page_stored(
        self,
        case: CaseId,
        page: Arriving,
        stored: tuple[str, str],
        step: StepId,
        by: TerminalId | StaffId,
    ) -> Case:
        """A page whose preview is here is ``stored`` in full: key and SHA-256.

        Raises:
            NotAllowedNow: another picture of it was stored before: a clerk may be
                looking at that one.
        """
        key, sha256 = stored
        facts = {"material": page.material, "page": page.page, "sha256": sha256}
        if page.way:
            facts |= {"way": page.way}

        def change(old: Case) -> Case:
            require_way(old, page.material, page.way)
            paper = old.material(page.material)
            one = paper.page(page.page)
            if paper.state is MaterialState.REFUSED:
                raise NotFound("refused meanwhile")
            if one.sha256 not in ("", sha256):
                raise NotAllowedNow("another picture of the same page")
            facts.update(_taken_anyway(one))
            full = replace(one, page=key, sha256=sha256)
            # Why another page did not come is as true as before.
            said = {"reason": paper.reason, "meant_for": paper.meant_for}
            return self.with_pages(old, paper, paper.with_page(full), **said)

        return await self.ledger.change(case, change, "page-stored", by, step, facts)

    async def original_stored(
        self,
        case: CaseId,
        page: Arriving,
        stored: tuple[str, str],
        step: StepId,
        by: str,
    ) -> Case:
        """The untouched picture is kept as evidence beside the page.

        It changes nothing that is decided or signed, so it may come later.

        Raises:
            NotAllowedNow: another one was kept before.
        """
        key, sha256 = stored

        def change(old: Case) -> Case:
            paper = old.material(page.material)
            one = paper.page(page.page)
            if one.original not in ("", key):
                raise NotAllowedNow("another original of the same page")
            pages = paper.with_page(replace(one, original=key))
            return old.with_evidence(paper.id, self._clock.now(), pages)

        facts = {"material": page.material, "page": page.page, "sha256": sha256}
        return await self.ledger.change(
            case, change, "original-stored", by, step, facts
        )

    async def page_read(
        self,
        case: CaseId,
        page: Arriving,
        fields: tuple[ReadField, ...],
        lines: str,
        turns: int = 0,
    ) -> Case:
        """A machine has read a page; one that lies askew is turned, unless it was."""

        def change(paper: Material, old: Page) -> Page:
            askew = turns and not old.turns and paper.state in ARRANGEABLE
            return replace(
                old,
                read=ReadState.READ,
                fields=fields,
                lines=lines,
                turns=turns if askew else old.turns,
            )

        return await self._change_page(case, page, change)

    async def seal_read(
        self, case: CaseId, page: Arriving, seal: Impression | None, why: str
    ) -> Case:
        """A machine has looked for the company's seal on a page.

        Without one, ``why`` (a code) is said on both screens.

        Raises:
            NotAllowedNow: the clerk has decided on what was there.
        """

        def change(old: Case) -> Case:
            paper = old.material(page.material)
            if paper.state not in ARRANGEABLE:
                raise NotAllowedNow(f"seal in state {paper.state}")
            pages = paper.with_page(replace(paper.page(page.page), seal=seal))
            at = self._clock.now()
            return old.with_material(paper.id, at, pages=pages, reason=why)

        return await self.ledger.change(case, change)

    async def reading_changed(
        self, case: CaseId, page: Arriving, state: ReadState
    ) -> Case:
        """A page could not be read, or is read again."""

        def change(_: Material, old: Page) -> Page:
            return replace(old, read=state)

        return await self._change_page(case, page, change)

    async def capture_failed(
        self,
        case: CaseId,
        paper: MaterialId,
        reason: str,
        meant_for: PageId = NONE,
    ) -> Case:
        """The terminal could not make a page: say why, on both screens.

        It would have come in the place of the page that it was ``meant_for``.
        """
        said = {"reason": reason[:80], "meant_for": meant_for}

        def change(old: Case) -> Case:
            return old.with_material(paper, self._clock.now(), **said)

        return await self.ledger.change(case, change)

    async def bound(self, case: CaseId, paper: Material, pdf: Document) -> Case:
        """The accepted pages of ``paper`` have been bound into ``pdf``."""

        def change(old: Case) -> Case:
            if old.material(paper.id).sha256 != paper.sha256:
                raise ChangedMeanwhile(paper.id)
            return old.with_document(pdf, self._clock.now())

        facts = {"material": paper.id, "pages": paper.sha256, "sha256": pdf.sha256}
        return await self.ledger.change(case, change, "material-bound", "", None, facts)

    def _with_new(self, old: Case, came: Came) -> Case:
        paper = old.material(came[0][0].material)
        most = self.items.item(old.item).material(paper.id).pages
        grown = paper
        for page, key in came:
            new = page.shown_as(key, paper)
            pages = grown.with_new(new, page.replaces, most)
            # One that was refused begins anew with the first of them.
            grown = replace(grown, pages=pages, state=MaterialState.CAPTURED)
        used = {"anyway": None} if any(one.overridden for one, _ in came) else {}
        return self.with_pages(old, paper, grown.pages, **used)

    async def _change_page(
        self, case: CaseId, page: Arriving, new: Callable[[Material, Page], Page]
    ) -> Case:
        def change(old: Case) -> Case:
            paper = old.material(page.material)
            pages = paper.with_page(new(paper, paper.page(page.page)))
            return old.with_material(paper.id, self._clock.now(), pages=pages)

        return await self.ledger.change(case, change)


def _taken_anyway(page: Page) -> dict[str, str]:
    """Return what the log says of a page that a clerk took although it was refused."""
    if not page.overridden:
        return {}
    said = {"overridden": page.overridden, "why-sha256": _digest(page.why)}
    return {**said, "taken-by": page.taken_by}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
