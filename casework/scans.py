"""The papers of a case while they are captured, arranged and read."""

import hashlib
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from casework.arriving import Arriving, Came
from casework.away_signers import require_way
from casework.case import Case, Document
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound
from casework.impression import Impression
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.material import Material, Page
from casework.material import Step as MaterialStep
from casework.ports import Clock
from protocol.ids import CaseId, MaterialId, PageId, StaffId, StepId, TerminalId
from protocol.states import MaterialState, ReadState
from protocol.views import ReadField

ARRANGEABLE = {MaterialState.CAPTURED, MaterialState.CHECKED}
"""The states of a paper in which a page may be turned without asking anybody."""


class Scans:
    """Every change of a case's papers up to the clerk's decision."""

    def __init__(self, ledger: Ledger, items: Catalogue, clock: Clock) -> None:
        self.ledger = ledger
        self.items = items
        self._clock = clock

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
        """A page whose preview is here is ``stored`` in full: key and SHA-256."""
        key, sha256 = stored

        def change(old: Case) -> Case:
            require_way(old, page.material, page.way)
            paper = old.material(page.material)
            full = replace(paper.page(page.page), page=key, sha256=sha256)
            return self._with_pages(old, paper, paper.with_page(full))

        facts = {"material": page.material, "page": page.page, "sha256": sha256}
        if page.overridden:
            facts |= {"overridden": page.overridden, "why-sha256": _digest(page.why)}
        if page.way:
            facts |= {"way": page.way}
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
        """
        key, sha256 = stored

        def change(old: Case) -> Case:
            paper = old.material(page.material)
            pages = paper.with_page(replace(paper.page(page.page), original=key))
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
        self, case: CaseId, paper: MaterialId, reason: str
    ) -> Case:
        """The terminal could not make a page: say why, on both screens."""

        def change(old: Case) -> Case:
            return old.with_material(paper, self._clock.now(), reason=reason[:80])

        return await self.ledger.change(case, change)

    async def ask_for(self, case: CaseId, paper: MaterialId) -> Case:
        """The clerk wants this paper under the camera next."""

        def change(old: Case) -> Case:
            return old.with_changes(self._clock.now(), wanted=old.material(paper).id)

        return await self.ledger.change(case, change)

    async def move_page(
        self, case: CaseId, paper: MaterialId, page: PageId, place: int
    ) -> Case:
        """Put a page at ``place``, counted from 0."""

        def change(old: Case) -> Case:
            material = old.material(paper)
            moved = material.page(page)
            others = [one for one in material.pages if one is not moved]
            others.insert(place, moved)
            return self._with_pages(old, material, tuple(others))

        return await self.ledger.change(case, change)

    async def turn_page(
        self, case: CaseId, paper: MaterialId, page: PageId, quarters: int, step: StepId
    ) -> Case:
        """Turn a page clockwise; once per step, turning twice is another picture."""

        def change(old: Case) -> Case:
            material = old.material(paper)
            one = material.page(page)
            turned = replace(one, turns=(one.turns + quarters) % 4)
            return self._with_pages(old, material, material.with_page(turned))

        facts = {"material": paper, "page": page, "quarters": str(quarters)}
        return await self.ledger.change(case, change, "page-turned", "", step, facts)

    async def remove_page(
        self, case: CaseId, paper: MaterialId, page: PageId, step: StepId, by: str
    ) -> Case:
        """Take a page out; its stored pictures stay with the case's evidence."""

        def change(old: Case) -> Case:
            material = old.material(paper)
            gone = material.page(page)
            kept = tuple(one for one in material.pages if one is not gone)
            return self._with_pages(old, material, kept)

        facts = {"material": paper, "page": page}
        return await self.ledger.change(case, change, "page-removed", by, step, facts)

    async def confirm_fields(
        self,
        case: CaseId,
        paper: MaterialId,
        values: Mapping[str, str],
        step: StepId,
        by: StaffId,
    ) -> Case:
        """Keep the values that the clerk compared with the picture.

        Raises:
            NotFound: the item reads no such field from this paper.
        """

        def change(old: Case) -> Case:
            known = self.items.item(old.item).material(paper).field_names
            if not set(values) <= known:
                raise NotFound("field")
            at = self._clock.now()
            return old.with_material(paper, at, confirmed=dict(values))

        # The values are personal; the log is forever.
        facts = {"material": paper, "fields": " ".join(sorted(values))}
        return await self.ledger.change(
            case, change, "fields-confirmed", by, step, facts
        )

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
            pages = grown.with_new(page.shown_as(key), page.replaces, most)
            # One that was refused begins anew with the first of them.
            grown = replace(grown, pages=pages, state=MaterialState.CAPTURED)
        return self._with_pages(old, paper, grown.pages)

    def _with_pages(self, old: Case, paper: Material, pages: tuple[Page, ...]) -> Case:
        if not pages:
            step = MaterialStep.LAST_PAGE_REMOVED
        elif all(one.sha256 for one in pages):
            step = MaterialStep.PAGES_STORED
        else:
            step = MaterialStep.PREVIEW_ARRIVED
        # What was confirmed was on the pages as they were.
        return old.after_material(
            paper.id, step, self._clock.now(), pages=pages, reason="", confirmed={}
        )

    async def _change_page(
        self, case: CaseId, page: Arriving, new: Callable[[Material, Page], Page]
    ) -> Case:
        def change(old: Case) -> Case:
            paper = old.material(page.material)
            pages = paper.with_page(new(paper, paper.page(page.page)))
            return old.with_material(paper.id, self._clock.now(), pages=pages)

        return await self.ledger.change(case, change)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
