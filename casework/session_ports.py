"""What the timeline and the keeping of recordings need from the outside."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from protocol.ids import CallId, StepId
from protocol.states import EventKind


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a session, on the clock of its films.

    ``at`` is in seconds since 1970, UTC. ``by`` is a leg, a terminal or a member of
    staff. ``facts`` may be personal (what was written, how a name was signed): a
    store seals them with the key of the recording.
    """

    at: float
    kind: EventKind
    by: str
    facts: Mapping[str, str] = {}


class SessionEventStore(Protocol):
    """Keeps what happened in sessions; nothing is ever changed.

    Implementations pass ``tests/casework/session_event_rules.py``. All but
    ``erase`` raise ``NotFound`` once the key of the recording has been destroyed.
    """

    async def add(
        self, call: CallId, events: list[SessionEvent], step: StepId | None = None
    ) -> None:
        """Append; raises ``AlreadyDone`` if ``step`` was applied."""
        ...

    async def of_call(self, call: CallId) -> list[SessionEvent]:
        """Return everything that happened, in order of time."""
        ...

    async def latest(
        self, call: CallId, kind: EventKind, most: int
    ) -> list[SessionEvent]:
        """Return the last ``most`` events of a kind, oldest first."""
        ...

    async def erase(self, call: CallId) -> None:
        """Forget everything of a call whose recording has been deleted."""
        ...


class KeepingStore(Protocol):
    """Keeps which recordings are held, and which are to be deleted: never both."""

    async def hold(self, call: CallId) -> None:
        """Keep a recording whatever its rule says.

        Raises:
            NotAllowedNow: its deletion has begun.
        """
        ...

    async def lift(self, call: CallId) -> None:
        """Let the rule decide again; raises ``NotAllowedNow`` if it is not held."""
        ...

    async def condemn(self, call: CallId) -> None:
        """Begin to delete a recording; done again, it is the same.

        Raises:
            NotAllowedNow: it is held.
        """
        ...

    async def deleted(self, call: CallId) -> None:
        """The deletion is complete: the recording is not looked at again."""
        ...

    async def held(self) -> frozenset[CallId]:
        """Return every recording that is held."""
        ...

    async def condemned(self) -> frozenset[CallId]:
        """Return every recording whose deletion has begun and is not complete."""
        ...
