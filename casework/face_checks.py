"""Asks for a look at the face where an item says so, and keeps how it ended."""

from collections.abc import Mapping

import msgspec

from casework.case import Case
from casework.errors import (
    FaceTooLate,
    NotAllowedNow,
    NotFound,
    ReleaseLocked,
    ReleaseNeedsFace,
    ReleaseNeedsPerson,
)
from casework.face_check import (
    LOOK_LASTS,
    STEP_OF,
    WITH_A_PERSON,
    FaceCheck,
    FaceState,
    FaceStep,
    Sight,
)
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.numbers import read_number
from casework.ports import Clock
from casework.release_opening import TRIES
from casework.release_ways import Way
from protocol.faces import FACE_CONSENT, Agreed, FaceTold
from protocol.ids import CaseId, StaffId, TerminalId


class FaceChecks:
    """Every move of a look at the face; no picture ever comes here."""

    def __init__(self, ledger: Ledger, items: Catalogue, clock: Clock) -> None:
        self._ledger = ledger
        self._items = items
        self._clock = clock

    async def require(
        self, case: Case, way: Way, terminal: TerminalId
    ) -> FaceCheck | None:
        """Return the look that lets ``case`` go to paper; ``None``: none is wanted.

        Code or document were right just now.

        Raises:
            ReleaseNeedsFace: the face has to be looked at; that is possible now.
            ReleaseNeedsPerson: only a member of staff can let it go on.
        """
        if not self._items.item(case.item).release_face:
            return None
        now = self._clock.now()
        if case.face is not None and case.face.passes(terminal, now):
            return case.face

        def opened(old: Case) -> Case:
            new = FaceCheck(terminal=terminal, opened_by=way.value, at=now)
            if old.face is not None:
                state = old.face.after(FaceStep.OPENED, now).state
                new = msgspec.structs.replace(new, state=state)
                if state is FaceState.DOUBTED:
                    kept = old.face.outcome
                    new = msgspec.structs.replace(new, outcome=kept)
            return old.with_changes(now, face=new)

        changed = await self._ledger.change(case.id, opened)
        if changed.face is not None and changed.face.state in WITH_A_PERSON:
            raise ReleaseNeedsPerson(changed.face.state)
        raise ReleaseNeedsFace(way)

    async def agree(self, agreed: Agreed, terminal: TerminalId) -> Case:
        """Keep that the face may be compared; the portrait may go to the window now.

        Raises:
            NotFound: nobody opened this case at this window.
            FaceTooLate: too long ago.
            NotAllowedNow: the look is over, or the text is not the present one.
        """
        case = await self.opened_at(agreed.number, terminal)
        if agreed.consent != FACE_CONSENT:
            raise NotAllowedNow("another text")
        if self._wanted(case, terminal).agreed:
            return case
        at = self._clock.now()

        def change(old: Case) -> Case:
            face = self._wanted(old, terminal)
            new = msgspec.structs.replace(face, agreed=agreed.consent)
            return old.with_changes(at, face=new)

        facts = {"consent": agreed.consent, "language": agreed.language.value}
        return await self._ledger.change(
            case.id, change, "face-agreed", terminal, None, facts
        )

    async def told(self, told: FaceTold, terminal: TerminalId) -> Case:
        """Keep what a window tells of its look.

        Raises:
            NotAllowedNow: the look is over, or nobody agreed to a comparison.
            NotFound, FaceTooLate: as ``agree``.
        """
        case = await self.opened_at(told.number, terminal)
        at, step, outcome = self._clock.now(), _step_of(told), _outcome_of(told)

        def change(old: Case) -> Case:
            face = self._wanted(old, terminal)
            if told.compared is not None and not face.agreed:
                raise NotAllowedNow("nobody agreed")
            return old.with_changes(at, face=face.after(step, at, outcome=outcome))

        kind = "face-compared" if told.compared else "face-not-compared"
        return await self._ledger.change(
            case.id, change, kind, terminal, None, _facts_of(told)
        )

    async def decide(
        self, case: CaseId, by: StaffId, sight: Sight, *, same: bool
    ) -> Case:
        """Keep what a member of staff says who looked; somebody else locks it.

        Raises:
            NotAllowedNow: no look at this face is open.
        """
        step = FaceStep.VOUCHED if same else FaceStep.REFUSED
        at = self._clock.now()

        def change(old: Case) -> Case:
            if old.face is None:
                raise NotAllowedNow("no look at this face")
            face = old.face.after(step, at)
            tries = old.release_tries if same else TRIES
            return old.with_changes(at, face=face, release_tries=tries)

        facts = {"how": sight.value}
        kind = f"face-{step.value}"
        return await self._ledger.change(case, change, kind, by, None, facts)

    async def passed(self, number: str, terminal: TerminalId) -> tuple[Case, Way]:
        """Return the case whose face was seen at ``terminal``, and what opened it.

        Raises:
            NotFound: it was not opened there.
            ReleaseNeedsPerson: nobody has looked yet.
            ReleaseLocked: a person looked, and saw somebody else.
            FaceTooLate: that was too long ago, or the machine has not looked yet.
        """
        case = await self.opened_at(number, terminal)
        assert case.face is not None, "just found"
        if case.face.passes(terminal, self._clock.now()):
            return case, Way(case.face.opened_by)
        if case.face.state in WITH_A_PERSON:
            raise ReleaseNeedsPerson(case.face.state)
        if case.face.state is FaceState.REFUSED:
            raise ReleaseLocked("somebody else")
        raise FaceTooLate(case.face.state)

    async def opened_at(self, number: str, terminal: TerminalId) -> Case:
        """Return the case that was opened at ``terminal``, or raise ``NotFound``."""
        case = await self._ledger.store.numbered(read_number(number))
        if case.face is None or case.face.terminal != terminal:
            raise NotFound("look at a face")
        return case

    def _wanted(self, case: Case, terminal: TerminalId) -> FaceCheck:
        """Return the look that ``terminal`` may take now."""
        if case.face is None or case.face.terminal != terminal:
            raise NotFound("look at a face")
        if case.face.state is not FaceState.WANTED:
            raise NotAllowedNow(case.face.state)
        if self._clock.now() - case.face.at > LOOK_LASTS:
            raise FaceTooLate(case.face.state)
        return case.face


def _step_of(told: FaceTold) -> FaceStep:
    return STEP_OF[told.compared.band] if told.compared else FaceStep.NOT_COMPARED


def _outcome_of(told: FaceTold) -> str:
    said = told.compared.band if told.compared else told.why
    assert said is not None, "one of the two is there"
    return said.value


def _facts_of(told: FaceTold) -> Mapping[str, str]:
    done = told.compared
    if done is None:
        return {"why": _outcome_of(told)}
    return {
        "band": done.band.value,
        "engine": done.engine,
        "models": done.models,
        "rule": done.rule,
        "pictures": str(done.pictures),
        "consent": FACE_CONSENT,
    }
