"""What casework needs from the outside, in its own words."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from casework.case import Case
from casework.recording import Recording
from casework.visit import Visit
from protocol.ids import CallId, CaseId, StepId, TerminalId, TicketId
from protocol.states import JobState, Standing


class Clock(Protocol):
    """Tells the time, so that tests can say what time it is."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        ...


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as the evidence log keeps it.

    ``facts`` are digests, codes and ids: never a name, a number or a picture.
    """

    kind: str
    at: float
    by: str
    case: CaseId | None = None
    facts: Mapping[str, str] = {}


class Opened(msgspec.Struct, frozen=True, array_like=True):
    """What opens the digest of one fact: its salt, in hexadecimal, and its value."""

    salt: str
    value: str


class LoggedEntry(msgspec.Struct, frozen=True):
    """An entry with its place in the log and the exact bytes of its leaf.

    ``opened`` and the facts of ``said`` are empty once they were destroyed.
    """

    index: int
    leaf: bytes
    said: Entry
    opened: Mapping[str, Opened] = {}


class ObjectStore(Protocol):
    """Keeps named bytes. Implementations pass ``tests/casework/object_rules.py``."""

    async def put(self, key: str, data: bytes) -> None:
        """Store ``data``; returns once it would survive a crash."""
        ...

    async def get(self, key: str) -> bytes:
        """Return what is stored, or raise ``NotFound``."""
        ...

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return ``length`` bytes from ``start``, or raise ``NotFound``."""
        ...

    async def delete_all(self, prefix: str) -> None:
        """Delete every object whose key begins with ``prefix``; none is fine too."""
        ...


class CaseStore(Protocol):
    """Keeps cases, steps and the evidence log, together in one transaction."""

    async def add(self, case: Case, step: StepId, entry: Entry) -> None:
        """Keep a new case; raises ``AlreadyDone`` if ``step`` was applied."""
        ...

    async def save(self, case: Case, step: StepId | None, entry: Entry | None) -> None:
        """Replace the version just before this one.

        Raises:
            ChangedMeanwhile: another version was saved since.
            AlreadyDone: ``step`` has been applied before.
        """
        ...

    async def was_applied(self, step: StepId) -> bool:
        """Return whether ``step`` has been applied."""
        ...

    async def load(self, case: CaseId) -> Case:
        """Return a case, or raise ``NotFound``."""
        ...

    async def numbered(self, number: str) -> Case:
        """Return the case with this acceptance number, or raise ``NotFound``."""
        ...

    async def in_states(self, states: list[str], most: int) -> list[Case]:
        """Return the cases in ``states``, longest untouched first."""
        ...

    async def next_serial(self, name: str) -> int:
        """Return 1, 2, 3 ... for each ``name``; never the same one twice."""
        ...

    async def key(self, case: CaseId) -> bytes:
        """Return the 32-byte key of a case, or raise ``NotFound``."""
        ...

    async def append(self, entry: Entry, step: StepId | None = None) -> int:
        """Append to the evidence log and return the entry's index.

        Raises:
            AlreadyDone: ``step`` has been applied before; nothing was appended.
        """
        ...

    async def entries(self, case: CaseId | None = None) -> list[LoggedEntry]:
        """Return the entries of a case in order; without one, of the whole log."""
        ...


class VisitStore(Protocol):
    """Keeps visits."""

    async def add(self, visit: Visit, step: StepId) -> None:
        """Keep a new visit; raises ``AlreadyDone`` if ``step`` was applied."""
        ...

    async def save(self, visit: Visit) -> None:
        """Replace the version before; raises ``ChangedMeanwhile``."""
        ...

    async def load(self, ticket: TicketId) -> Visit:
        """Return a visit, or raise ``NotFound``."""
        ...

    async def of_call(self, call: CallId) -> Visit:
        """Return the visit that a call belongs to, or raise ``NotFound``."""
        ...

    async def open_ones(self) -> list[Visit]:
        """Return every visit that has not ended, oldest first."""
        ...


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One licence released to one terminal. ``size`` is its length in bytes."""

    id: str
    case: CaseId
    terminal: TerminalId
    sha256: str
    at: float
    state: JobState = JobState.RELEASED
    version: int = 0
    detail: str = ""
    size: int = 0
    printer: str = ""
    """UUID of the printer, as the station read it."""
    printer_job: str = ""
    """UUID that the printer gave to the job."""
    sheet: str = ""
    """Number of the sheet of licence paper that lies on top for it."""
    reason: str = ""
    """Why the sheet was spoiled: a ``SheetReason``."""
    photo: str = ""
    """Where the photograph of the spoiled sheet is kept."""
    photo_sha256: str = ""
    settled_by: str = ""
    """The member of staff who said what became of the sheet."""


class CopyStore(Protocol):
    """Tells how copies of licences stand; cases keep it when they are saved."""

    async def withdrawn(self) -> dict[bytes, Standing]:
        """Return every copy that is not in force, by its mark."""
        ...

    async def standing(self, mark: bytes) -> Standing:
        """Return how a copy stands, or raise ``NotFound``."""
        ...


class JobStore(Protocol):
    """Keeps print jobs."""

    async def add(self, job: Job) -> None:
        """Keep a new job; one that is there already stays as it is."""
        ...

    async def save(self, job: Job) -> None:
        """Replace the version before and open it; raises ``ChangedMeanwhile``."""
        ...

    async def load(self, job: str) -> Job:
        """Return a job, or raise ``NotFound``."""
        ...

    async def of_case(self, case: CaseId) -> list[Job]:
        """Return every job of a case, oldest first."""
        ...

    async def open_ones(self) -> list[Job]:
        """Return every job that is not closed, oldest first."""
        ...

    async def close(self, job: str) -> None:
        """Everything that follows from the job's end has been done."""
        ...


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolled machine. ``public_key`` is raw Ed25519, in hexadecimal."""

    id: TerminalId
    name: str
    public_key: str
    enrolled: float
    revoked: bool = False


class TerminalStore(Protocol):
    """Keeps terminals and the codes with which they are enrolled."""

    async def load(self, terminal: TerminalId) -> Terminal:
        """Return a terminal, or raise ``NotFound``."""
        ...

    async def all(self) -> list[Terminal]:
        """Return every terminal that was ever enrolled, oldest first."""
        ...

    async def offer_code(self, digest: str, expires: float) -> None:
        """Let one terminal enrol with the code of this SHA-256, until then."""
        ...

    async def enrol(self, terminal: Terminal, digest: str) -> None:
        """Use up a code and keep the terminal; raises ``NotFound`` for a bad code."""
        ...


class RecordingStore(Protocol):
    """Keeps what is known about recordings, and the key that opens each."""

    async def key(self, call: CallId) -> bytes:
        """Return the 32-byte key of a call's recording; the first ask makes it.

        Raises:
            RecordingDestroyed: the key has been destroyed, and with it the films.
        """
        ...

    async def destroy_key(self, call: CallId) -> None:
        """Forget the key for ever; what it sealed cannot be opened any more."""
        ...

    async def put(self, recording: Recording) -> None:
        """Keep the recording of its call, in place of an earlier account."""
        ...

    async def load(self, call: CallId) -> Recording:
        """Return a recording, or raise ``NotFound``."""
        ...

    async def latest(self, most: int) -> list[Recording]:
        """Return the newest recordings first."""
        ...

    async def older_than(
        self, began: float, after: tuple[float, CallId], most: int
    ) -> list[Recording]:
        """Return recordings that are neither held, condemned nor deleted, oldest first.

        Those that began before ``began``, from just after the one that ``after``
        names by its beginning and its call.
        """
        ...
