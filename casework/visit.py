"""One visit to a counter: the ticket, the call and the case that come of it."""

import msgspec

from casework.call import MOVES as CALL_MOVES
from casework.call import Step as CallStep
from casework.machine import following
from casework.ticket import MOVES as TICKET_MOVES
from casework.ticket import Step as TicketStep
from protocol.ids import CallId, CaseId, ItemId, StaffId, TerminalId, TicketId
from protocol.states import CallState, Language, TicketState, Voice

OPEN = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING)
"""The states in which somebody sits at the terminal."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket and what belongs to it. Holds nothing personal."""

    id: TicketId
    number: str
    item: ItemId
    terminal: TerminalId
    language: Language
    since: float
    state: TicketState = TicketState.WAITING
    version: int = 0
    call: CallId | None = None
    call_state: CallState = CallState.RINGING
    clerk: StaffId | None = None
    case: CaseId | None = None
    expert: StaffId | None = None
    """Whom the clerk asked into the call."""
    expert_joined: bool = False
    supervisor: StaffId | None = None
    voice: Voice = Voice.NOBODY

    @property
    def staff(self) -> list[StaffId]:
        """Everybody of ours who is in the call."""
        found = (self.clerk, self.expert, self.supervisor)
        return [one for one in found if one is not None]

    def after(self, step: TicketStep, **changes: object) -> "Visit":
        """Return the visit once ``step`` happened to its ticket."""
        state = following(TICKET_MOVES, self.state, step)
        return self.changed(state=state, **changes)

    def after_call(self, step: CallStep) -> "Visit":
        """Return the visit once ``step`` happened to its call."""
        state = following(CALL_MOVES, self.call_state, step)
        return self.changed(call_state=state)

    def changed(self, **changes: object) -> "Visit":
        """Return the next version of this visit."""
        return msgspec.structs.replace(self, **{"version": self.version + 1, **changes})
