"""Numbered licence paper: every sheet that was received is accounted for.

A tray is the paper of one terminal: a pile, used from the top. A sheet is in the
tray, printed, spoiled or lost, and nothing else; so at any moment

    received = in the tray + printed + spoiled + lost

and a shift is closed when a person counted what lies in the tray and it is so.
"""

import enum
import re
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from casework.errors import BadBatch, BooksDiffer, NotAllowedNow, PaperMissing
from casework.machine import following
from casework.ports import Clock, Entry
from protocol.ids import StaffId, StepId, TerminalId
from protocol.states import SheetReason
from protocol.states import SheetState as State

MOST_AT_ONCE = 2_000
"""Sheets of one batch; a box of paper holds no more."""
SERIAL: Final = re.compile(r"([A-Z]{0,6})([0-9]{4,12})")


class Step(enum.StrEnum):
    """What can happen to a sheet."""

    PRINTED = "printed"
    SPOILED = "spoiled"
    LOST = "lost"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.IN_TRAY: {
        Step.PRINTED: State.PRINTED,
        Step.SPOILED: State.SPOILED,
        Step.LOST: State.LOST,
    },
    State.PRINTED: {Step.SPOILED: State.SPOILED},
    State.SPOILED: {},
    State.LOST: {},
}


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet. ``place`` counts the sheets as they were piled, from the top."""

    serial: str
    tray: TerminalId
    at: float
    by: str
    place: int = 0
    state: State = State.IN_TRAY
    version: int = 0
    job: str = ""
    """The print job that it lies ready for, or that used it."""
    reason: str = ""
    photo: str = ""
    photo_sha256: str = ""

    def after(self, step: Step, **changes: object) -> "Sheet":
        """Return the sheet once ``step`` has happened, or raise ``NotAllowedNow``."""
        return self.changed(state=following(MOVES, self.state, step), **changes)

    def changed(self, **changes: object) -> "Sheet":
        """Return the next version of this sheet."""
        return msgspec.structs.replace(self, version=self.version + 1, **changes)


class Photo(msgspec.Struct, frozen=True):
    """Where a photograph is kept, and the SHA-256 of it."""

    key: str
    sha256: str


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the paper of one tray, in sheets."""

    received: int = 0
    in_tray: int = 0
    printed: int = 0
    spoiled: int = 0
    lost: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every sheet that was received is accounted for."""
        known = self.in_tray + self.printed + self.spoiled + self.lost
        return self.received == known


class StockStore(Protocol):
    """Keeps sheets. Implementations pass ``tests/casework/stock_rules.py``."""

    async def receive(self, sheets: list[Sheet], entry: Entry, step: StepId) -> None:
        """Lay ``sheets`` under what lies in the tray, in this order.

        Raises:
            BadBatch: one of the numbers is known already; nothing was changed.
            AlreadyDone: ``step`` has been applied before.
        """
        ...

    async def save(self, sheet: Sheet, entry: Entry | None = None) -> None:
        """Replace the version before; raises ``ChangedMeanwhile``."""
        ...

    async def sheet(self, serial: str) -> Sheet:
        """Return a sheet, or raise ``NotFound``."""
        ...

    async def top(self, tray: TerminalId) -> Sheet | None:
        """Return the topmost sheet that is in the tray, if there is one."""
        ...

    async def books(self) -> Mapping[TerminalId, Books]:
        """Return the books of every tray that ever held numbered paper."""
        ...

    async def append(self, entry: Entry, step: StepId) -> None:
        """Append to the evidence log; raises ``AlreadyDone``."""
        ...


class Stock:
    """The paper of every terminal. Times are seconds since 1970, UTC."""

    def __init__(self, store: StockStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def receive(
        self, tray: TerminalId, first: str, last: str, by: StaffId, step: StepId
    ) -> int:
        """Take a batch into ``tray``; return how many sheets it has.

        Raises:
            BadBatch: the numbers do not belong together, or one is known already.
            AlreadyDone: ``step`` has been applied before.
        """
        at = self._clock.now()
        sheets = [
            Sheet(serial=serial, tray=tray, at=at, by=by)
            for serial in serials(first, last)
        ]
        facts = {"tray": tray, "first": sheets[0].serial, "last": sheets[-1].serial}
        facts["count"] = str(len(sheets))
        entry = Entry(kind="paper-received", at=at, by=by, facts=facts)
        await self._store.receive(sheets, entry, step)
        return len(sheets)

    async def top(self, tray: TerminalId) -> Sheet | None:
        """Return the sheet that is printed next in ``tray``, if it is numbered."""
        return await self._store.top(tray)

    async def sheet(self, serial: str) -> Sheet:
        """Return a sheet, or raise ``NotFound``."""
        return await self._store.sheet(serial)

    async def reserve(self, sheet: Sheet | None, job: str, *, required: bool) -> str:
        """Have the topmost ``sheet`` lie ready for ``job``; return its number.

        Raises:
            PaperMissing: it is ``required``, and there is none.
            ChangedMeanwhile: another job was faster.
        """
        if sheet is None:
            if required:
                raise PaperMissing("empty tray")
            return ""
        if sheet.job != job:
            await self._store.save(sheet.changed(job=job, at=self._clock.now()))
        return sheet.serial

    async def not_used(self, serial: str, job: str) -> None:
        """The job ended without a sheet: its sheet is still on top."""
        sheet = await self._store.sheet(serial)
        if sheet.state is State.IN_TRAY and sheet.job == job:
            await self._store.save(sheet.changed(job=""))

    async def printed(self, serial: str, job: str, by: str) -> None:
        """The sheet came out with a licence on it; said again, nothing changes."""
        sheet = await self._store.sheet(serial)
        if sheet.state is State.IN_TRAY and sheet.job == job:
            new = sheet.after(Step.PRINTED, at=self._clock.now(), by=by)
            await self._store.save(new)

    async def spoiled_in_job(
        self, serial: str, job: str, reason: str, photo: Photo, by: str
    ) -> None:
        """A job's sheet is not fit to be handed over; said again, nothing changes."""
        sheet = await self._store.sheet(serial)
        if sheet.state is not State.SPOILED and sheet.job == job:
            await self._store.save(self._spoiled(sheet, reason, photo, by))

    async def spoil(
        self, serial: str, reason: SheetReason, photo: Photo, by: StaffId
    ) -> None:
        """Take a blank sheet out of the books that nothing can be printed on.

        Raises:
            NotAllowedNow: it is not in the tray, or lies ready for a job: then the
                job says what became of it.
        """
        new = self._spoiled(await self._free(serial), reason, photo, by)
        facts = {"serial": serial, "reason": reason.value, "photo": photo.sha256}
        await self._store.save(new, self._entry("sheet-spoiled", new, facts))

    async def lose(self, serial: str, reason: SheetReason, by: StaffId) -> None:
        """A sheet that should be in the tray is not; raises as ``spoil`` does."""
        sheet = await self._free(serial)
        change = {"at": self._clock.now(), "by": by, "reason": reason.value}
        new = sheet.after(Step.LOST, **change)
        facts = {"serial": serial, "reason": reason.value}
        await self._store.save(new, self._entry("sheet-lost", new, facts))

    async def books(self) -> Mapping[TerminalId, Books]:
        """Return the books of every tray."""
        return await self._store.books()

    async def close_shift(
        self, tray: TerminalId, counted: int, by: StaffId, step: StepId
    ) -> Books:
        """Close a shift; ``counted`` is what a person counted in the tray.

        Raises:
            BooksDiffer: the books say another number: what is missing has to be
                found, or entered as spoiled or lost.
        """
        books = (await self._store.books()).get(tray, Books())
        if not books.balanced or counted != books.in_tray:
            raise BooksDiffer(f"{counted} counted, {books.in_tray} in the books")
        facts: dict[str, str] = {"tray": tray}
        facts |= {name: str(n) for name, n in msgspec.structs.asdict(books).items()}
        entry = Entry(kind="shift-closed", at=self._clock.now(), by=by, facts=facts)
        await self._store.append(entry, step)
        return books

    async def _free(self, serial: str) -> Sheet:
        sheet = await self._store.sheet(serial)
        if sheet.job:
            raise NotAllowedNow("it lies ready for a job, or was used by one")
        return sheet

    def _spoiled(self, sheet: Sheet, reason: str, photo: Photo, by: str) -> Sheet:
        return sheet.after(
            Step.SPOILED,
            at=self._clock.now(),
            by=by,
            reason=reason,
            photo=photo.key,
            photo_sha256=photo.sha256,
        )

    def _entry(self, kind: str, sheet: Sheet, facts: dict[str, str]) -> Entry:
        said = {"tray": sheet.tray, **facts}
        return Entry(kind=kind, at=sheet.at, by=sheet.by, facts=said)


def serials(first: str, last: str) -> list[str]:
    """Return every number from ``first`` to ``last``.

    Raises:
        BadBatch: not letters and then digits, other letters or another length at
            the end, the last before the first, or more than ``MOST_AT_ONCE``.
    """
    begins, ends = (SERIAL.fullmatch(one.strip().upper()) for one in (first, last))
    if not begins or not ends or begins[1] != ends[1]:
        raise BadBatch("letters and then 4 to 12 digits")
    width = len(begins[2])
    low, high = int(begins[2]), int(ends[2])
    if len(ends[2]) != width or not low <= high < low + MOST_AT_ONCE:
        raise BadBatch("order or size")
    return [f"{begins[1]}{number:0{width}d}" for number in range(low, high + 1)]
