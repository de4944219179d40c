"""Every message that crosses a WebSocket, one class each.

The wire form is JSON with a ``type`` field. ``README.md`` beside this file is
the same list for people, and a test keeps the two in step. A request that
changes something carries a ``step``: the server applies it once, answers
``Done``, and a client that did not hear ``Done`` simply says it again.
"""

from typing import Literal

from protocol.ids import (
    APPLICANT,
    CallId,
    CaseId,
    ItemId,
    SignerId,
    StaffId,
    StepId,
    TerminalId,
    TicketId,
)
from protocol.parts import (
    ChatText,
    Message,
    PageSeen,
    Point,
    ScreenMark,
    SecondsAgo,
    Trouble,
)
from protocol.states import Language, Leg, Phrase, Refusal, Voice
from protocol.views import CaseView, RunningCallView, SessionView, StaffView, TicketView


class OfferMedia(Message, frozen=True, tag="offer-media"):
    """An SDP offer (RFC 3264) of one leg; a new one replaces the leg's last."""

    call: CallId
    leg: Leg
    sdp: str
    attempt: str = ""
    """Made up by the sender for this offer."""


class TakeTicket(Message, frozen=True, tag="take-ticket"):
    """The applicant touched a service item."""

    step: StepId
    item: ItemId
    language: Language


class LeaveCounter(Message, frozen=True, tag="leave-counter"):
    """The applicant has finished, or gives up waiting."""

    step: StepId
    ticket: TicketId


class FillForm(Message, frozen=True, tag="fill-form"):
    """What the form holds now; the clerk sees it while it is typed."""

    case: CaseId
    values: dict[str, str]


class SignApplication(Message, frozen=True, tag="sign-application"):
    """``signer`` signed exactly the bytes named by ``sha256``.

    ``pages`` were on the screen; ``declared`` is how the signer said that they
    have read them. ``began_ago`` is when the pen first touched.
    """

    step: StepId
    case: CaseId
    sha256: str
    pages: list[PageSeen]
    declared: Literal["touch", "aloud"]
    strokes: list[list[Point]]
    began_ago: SecondsAgo = 0.0
    signer: SignerId = APPLICANT


class RefuseToSign(Message, frozen=True, tag="refuse-to-sign"):
    """``signer`` does not sign the bytes named by ``sha256``: back to the form."""

    step: StepId
    case: CaseId
    sha256: str
    reason: Refusal
    signer: SignerId = APPLICANT


class NoteScreen(Message, frozen=True, tag="note-screen"):
    """What the terminal's screen showed, and which buttons were touched."""

    step: StepId
    call: CallId
    marks: list[ScreenMark]


class SendChat(Message, frozen=True, tag="send-chat"):
    """A short text to the other person in the call, or one of the phrases."""

    step: StepId
    call: CallId
    text: ChatText = ""
    phrase: Phrase | None = None


class LegFailed(Message, frozen=True, tag="leg-failed"):
    """No media gets through on a leg of the terminal; it goes on trying."""

    call: CallId
    leg: Leg
    reason: Trouble


class SetDuty(Message, frozen=True, tag="set-duty"):
    """The clerk begins or ends to be offered tickets."""

    on: bool


class AnswerTicket(Message, frozen=True, tag="answer-ticket"):
    """The clerk takes this applicant."""

    step: StepId
    ticket: TicketId


class AcceptForm(Message, frozen=True, tag="accept-form"):
    """The clerk has read the form: the application is made from it."""

    step: StepId
    case: CaseId


class ReopenForm(Message, frozen=True, tag="reopen-form"):
    """The application shown was not right: back to the form."""

    step: StepId
    case: CaseId


class HearDeclaration(Message, frozen=True, tag="hear-declaration"):
    """The clerk heard ``signer`` declare aloud that they have read these bytes."""

    step: StepId
    case: CaseId
    sha256: str
    signer: SignerId = APPLICANT


class Countersign(Message, frozen=True, tag="countersign"):
    """The clerk saw them all sign, and signs below; the authority seals."""

    step: StepId
    case: CaseId


class EndCall(Message, frozen=True, tag="end-call"):
    """The clerk ends the visit."""

    step: StepId
    ticket: TicketId


class DecideCase(Message, frozen=True, tag="decide-case"):
    """An approver's decision; a return or a rejection needs a reason."""

    step: StepId
    case: CaseId
    decision: Literal["approve", "return", "reject"]
    reason: str = ""


class InviteExpert(Message, frozen=True, tag="invite-expert"):
    """The clerk asks an expert into their call."""

    step: StepId
    call: CallId
    expert: StaffId


class DismissExpert(Message, frozen=True, tag="dismiss-expert"):
    """The clerk goes on without the expert."""

    step: StepId
    call: CallId


class Supervise(Message, frozen=True, tag="supervise"):
    """A supervisor begins to watch and hear a call; nobody hears them."""

    step: StepId
    call: CallId


class SpeakTo(Message, frozen=True, tag="speak-to"):
    """The supervisor of a call chooses who hears them."""

    step: StepId
    call: CallId
    voice: Voice


class LeaveCall(Message, frozen=True, tag="leave-call"):
    """An expert declines or leaves, a supervisor watches no longer."""

    step: StepId
    call: CallId


class TerminalWelcome(Message, frozen=True, tag="terminal-welcome"):
    """The first message to a terminal: who it is."""

    terminal: TerminalId
    name: str


class DeskWelcome(Message, frozen=True, tag="desk-welcome"):
    """The first message to a desk: who is signed in."""

    staff: StaffView


class SessionChanged(Message, frozen=True, tag="session-changed"):
    """All of the present visit; ``None`` when there is none."""

    session: SessionView | None


class QueueChanged(Message, frozen=True, tag="queue-changed"):
    """Who waits, and which cases wait for a decision."""

    waiting: list[TicketView]
    review: list[CaseView]


class CallsChanged(Message, frozen=True, tag="calls-changed"):
    """To supervisors: the calls that are on."""

    calls: list[RunningCallView]


class ExpertsChanged(Message, frozen=True, tag="experts-changed"):
    """To clerks: the experts who are signed in."""

    experts: list[StaffView]


class AnswerMedia(Message, frozen=True, tag="answer-media"):
    """The media worker's SDP answer to the ``OfferMedia`` with this attempt."""

    call: CallId
    leg: Leg
    sdp: str
    attempt: str = ""


class MediaLost(Message, frozen=True, tag="media-lost"):
    """The media worker is gone or forgot the leg: offer afresh."""

    call: CallId


class LineChanged(Message, frozen=True, tag="line-changed"):
    """Said by the terminal's own agent to its page: the line is up or down."""

    up: bool


class Done(Message, frozen=True, tag="done"):
    """The step has been applied and stored."""

    step: StepId


class Failed(Message, frozen=True, tag="failed"):
    """A request that could not be met; ``code`` is a key of ``texts.json``."""

    code: str
    step: StepId | None = None
    detail: str = ""
