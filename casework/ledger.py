"""How a case is changed: once per step, on its newest version, with its evidence."""

from collections.abc import Callable, Mapping

from casework.case import Case
from casework.errors import AlreadyDone, ChangedMeanwhile
from casework.ports import CaseStore, Entry
from protocol.ids import CaseId, StepId

ATTEMPTS = 5
"""How often a change is computed anew when somebody else was faster."""


class Ledger:
    """The one way to change a case."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    async def change(
        self,
        case: CaseId,
        change: Callable[[Case], Case],
        kind: str = "",
        by: str = "",
        step: StepId | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> Case:
        """Apply ``change`` to the newest version, again if somebody was faster.

        With a ``kind``, the change is an entry of the evidence log. A ``step``
        that was applied before changes nothing and returns the case as it is.
        """
        for attempt in range(ATTEMPTS):
            if done := await self.result_of(step, case):
                return done
            new = change(await self.store.load(case))
            entry = entry_of(kind, new, by, facts or {}) if kind else None
            try:
                await self.store.save(new, step, entry)
            except (AlreadyDone, ChangedMeanwhile):
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            return new
        raise ChangedMeanwhile(case)

    async def result_of(self, step: StepId | None, case: CaseId) -> Case | None:
        """Return the case as it is if ``step`` was applied before, else ``None``."""
        if step is not None and await self.store.was_applied(step):
            return await self.store.load(case)
        return None


def entry_of(kind: str, case: Case, by: str, facts: Mapping[str, str]) -> Entry:
    """Return the entry that says ``kind`` happened to ``case``."""
    said = {**facts, "state": case.state.value}
    return Entry(kind=kind, at=case.touched, by=by, case=case.id, facts=said)
