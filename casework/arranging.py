"""What a clerk does with the pages of a paper before deciding on it."""

from collections.abc import Mapping

from msgspec.structs import replace

from casework.case import Case
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.material import Anyway, Material, Page
from casework.material import Step as MaterialStep
from casework.ports import Clock
from protocol.ids import CaseId, MaterialId, PageId, StaffId, StepId
from protocol.states import MaterialState

ARRANGEABLE = {MaterialState.CAPTURED, MaterialState.CHECKED}
"""The states of a paper in which a page may be turned without asking anybody."""


class Arranging:
    """Asks for pages, orders them, and keeps what was read on them."""

    def __init__(self, ledger: Ledger, items: Catalogue, clock: Clock) -> None:
        self.ledger = ledger
        self.items = items
        self._clock = clock

    async def ask_for(self, case: CaseId, paper: MaterialId) -> Case:
        """The clerk wants this paper under the camera next."""

        def change(old: Case) -> Case:
            return old.with_changes(self._clock.now(), wanted=old.material(paper).id)

        return await self.ledger.change(case, change)

    async def take_anyway(
        self, case: CaseId, paper: MaterialId, said: Anyway, step: StepId
    ) -> Case:
        """The clerk takes the page that was just refused, whatever it is like.

        Raises:
            NotAllowedNow: it was not refused for that.
        """

        def change(old: Case) -> Case:
            at = self._clock.now()
            if old.material(paper).reason != said.of:
                raise NotAllowedNow("taken anyway")
            return old.with_material(paper, at, anyway=said)

        return await self.ledger.change(case, change, step=step)

    async def move_page(
        self, case: CaseId, paper: MaterialId, page: PageId, place: int
    ) -> Case:
        """Put a page at ``place``, counted from 0."""

        def change(old: Case) -> Case:
            material = _arrangeable(old, paper)
            moved = material.page(page)
            others = [one for one in material.pages if one is not moved]
            others.insert(place, moved)
            return self.with_pages(old, material, tuple(others))

        return await self.ledger.change(case, change)

    async def turn_page(
        self, case: CaseId, paper: MaterialId, page: PageId, quarters: int, step: StepId
    ) -> Case:
        """Turn a page clockwise; once per step, turning twice is another picture."""

        def change(old: Case) -> Case:
            material = _arrangeable(old, paper)
            one = material.page(page)
            turned = replace(one, turns=(one.turns + quarters) % 4)
            return self.with_pages(old, material, material.with_page(turned))

        facts = {"material": paper, "page": page, "quarters": str(quarters)}
        return await self.ledger.change(case, change, "page-turned", "", step, facts)

    async def remove_page(
        self, case: CaseId, paper: MaterialId, page: PageId, step: StepId, by: str
    ) -> Case:
        """Take a page out; its stored pictures stay with the case's evidence."""

        def change(old: Case) -> Case:
            material = _arrangeable(old, paper)
            gone = material.page(page)
            kept = tuple(one for one in material.pages if one is not gone)
            return self.with_pages(old, material, kept)

        facts = {"material": paper, "page": page}
        return await self.ledger.change(case, change, "page-removed", by, step, facts)

    async def confirm_fields(
        self,
        case: CaseId,
        paper: MaterialId,
        compared: tuple[str, Mapping[str, str]],
        step: StepId,
        by: StaffId,
    ) -> Case:
        """Keep the values that the clerk compared with the pages of a digest.

        Raises:
            NotFound: the item reads no such field from this paper.
            ChangedMeanwhile: other pages are there now.
            NotAllowedNow: it was accepted with the values of then, or refused.
        """
        sha256, values = compared

        def change(old: Case) -> Case:
            if _arrangeable(old, paper).sha256 != sha256:
                raise ChangedMeanwhile(paper)
            known = self.items.item(old.item).material(paper).field_names
            if not set(values) <= known:
                raise NotFound("field")
            at = self._clock.now()
            return old.with_material(paper, at, confirmed=dict(values))

        # The values are personal; the log is forever.
        fields = " ".join(sorted(values))
        facts = {"material": paper, "fields": fields, "sha256": sha256}
        return await self.ledger.change(
            case, change, "fields-confirmed", by, step, facts
        )

    def with_pages(
        self, old: Case, paper: Material, pages: tuple[Page, ...], **more: object
    ) -> Case:
        """Return ``old`` with ``paper`` made of ``pages``."""
        if not pages:
            step = MaterialStep.LAST_PAGE_REMOVED
        elif all(one.sha256 for one in pages):
            step = MaterialStep.PAGES_STORED
        else:
            step = MaterialStep.PREVIEW_ARRIVED
        # What was confirmed was on the pages as they were.
        changed: dict[str, object] = {
            "pages": pages,
            "reason": "",
            "meant_for": "",
            "confirmed": {},
            **more,
        }
        return old.after_material(paper.id, step, self._clock.now(), **changed)


def _arrangeable(case: Case, wanted: MaterialId) -> Material:
    """Return a paper on which the clerk works, neither accepted nor refused."""
    paper = case.material(wanted)
    if paper.state not in ARRANGEABLE:
        raise NotAllowedNow(f"paper in state {paper.state}")
    return paper
