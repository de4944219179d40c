"""Who may say which message, and the one place where bytes become messages.

What a peer may not say cannot even be decoded for it.
"""

from typing import TypeVar

import msgspec

from protocol.messages import (
    AcceptForm,
    AnswerMedia,
    AnswerTicket,
    CallsChanged,
    Countersign,
    DecideCase,
    DeskWelcome,
    DismissExpert,
    Done,
    EndCall,
    ExpertsChanged,
    Failed,
    FillForm,
    HearDeclaration,
    InviteExpert,
    LeaveCall,
    LeaveCounter,
    LegFailed,
    LineChanged,
    MediaLost,
    NoteScreen,
    OfferMedia,
    QueueChanged,
    RefuseToSign,
    ReopenForm,
    SendChat,
    SessionChanged,
    SetDuty,
    SignApplication,
    SpeakTo,
    Supervise,
    TakeTicket,
    TerminalWelcome,
)
from protocol.scan_messages import (
    AcceptMaterial,
    AskForPage,
    CaptureFailed,
    ConfirmFields,
    ConfirmIdentity,
    MovePage,
    PaperSeen,
    ReadAgain,
    RefuseMaterial,
    RemovePage,
    ShootPage,
    TakeAnyway,
    TurnPage,
)

LONGEST_FRAME = 256 * 1024
"""Bytes of one WebSocket frame. A signature of a minute is below 100 KB."""
LONGEST_SDP = 64 * 1024
"""Bytes of one session description; Chromium's have about 8 KB."""
MOST_STROKES = 200
MOST_POINTS = 6000
MOST_PAGES = 1000
"""Pages of an application; the longest form has a handful."""
MOST_MARKS = 20
"""Marks of the screen in one message; a person touches about one a second."""


FromTerminal = (
    TakeTicket
    | LeaveCounter
    | OfferMedia
    | FillForm
    | SignApplication
    | RefuseToSign
    | PaperSeen
    | CaptureFailed
    | RemovePage
    | LegFailed
    | NoteScreen
    | SendChat
)
FromDesk = (
    SetDuty
    | AnswerTicket
    | OfferMedia
    | ConfirmIdentity
    | AskForPage
    | TakeAnyway
    | MovePage
    | TurnPage
    | RemovePage
    | ReadAgain
    | ConfirmFields
    | AcceptMaterial
    | RefuseMaterial
    | AcceptForm
    | ReopenForm
    | HearDeclaration
    | Countersign
    | SendChat
    | EndCall
    | DecideCase
    | InviteExpert
    | DismissExpert
    | Supervise
    | SpeakTo
    | LeaveCall
)
ToTerminal = (
    TerminalWelcome
    | SessionChanged
    | ShootPage
    | PaperSeen
    | AnswerMedia
    | MediaLost
    | LineChanged
    | Done
    | Failed
)
ToDesk = (
    DeskWelcome
    | SessionChanged
    | QueueChanged
    | CallsChanged
    | ExpertsChanged
    | PaperSeen
    | AnswerMedia
    | MediaLost
    | Done
    | Failed
)

_from_terminal: msgspec.json.Decoder[FromTerminal] = msgspec.json.Decoder(FromTerminal)
_from_desk: msgspec.json.Decoder[FromDesk] = msgspec.json.Decoder(FromDesk)
_to_terminal: msgspec.json.Decoder[ToTerminal] = msgspec.json.Decoder(ToTerminal)
_to_desk: msgspec.json.Decoder[ToDesk] = msgspec.json.Decoder(ToDesk)


class BadMessage(Exception):
    """A frame that is not one of the messages above."""

    code = "bad-message"


def read_from_terminal(frame: str | bytes) -> FromTerminal:
    """Decode one frame sent by a terminal.

    Raises:
        BadMessage: not JSON, unknown ``type``, a missing or extra field, too long.
    """
    return within_bounds(_read(_from_terminal, frame))


def read_from_desk(frame: str | bytes) -> FromDesk:
    """Decode one frame sent by a desk; raises ``BadMessage`` like the others."""
    return within_bounds(_read(_from_desk, frame))


def read_to_terminal(frame: str | bytes) -> ToTerminal:
    """Decode one frame sent to a terminal; raises ``BadMessage``."""
    return _read(_to_terminal, frame)


def read_to_desk(frame: str | bytes) -> ToDesk:
    """Decode one frame sent to a desk; raises ``BadMessage``."""
    return _read(_to_desk, frame)


M = TypeVar("M")


def _read(decoder: "msgspec.json.Decoder[M]", frame: str | bytes) -> M:
    if len(frame) > LONGEST_FRAME:
        raise BadMessage("frame too long")
    try:
        return decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise BadMessage(str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadMessage("not JSON") from error


def _one_of_two(said: SendChat) -> bool:
    return bool(said.text.strip()) != bool(said.phrase)


def within_bounds(message: M) -> M:
    """Return ``message``; raises ``BadMessage`` past bounds that a type cannot say."""
    if isinstance(message, OfferMedia) and len(message.sdp.encode()) > LONGEST_SDP:
        raise BadMessage("session description too long")
    if isinstance(message, SignApplication):
        points = sum(len(stroke) for stroke in message.strokes)
        if len(message.strokes) > MOST_STROKES or points > MOST_POINTS:
            raise BadMessage("signature too long")
        if len(message.pages) > MOST_PAGES:
            raise BadMessage("too many pages")
    if isinstance(message, NoteScreen) and len(message.marks) > MOST_MARKS:
        raise BadMessage("too many marks")
    if isinstance(message, SendChat) and not _one_of_two(message):
        raise BadMessage("either a text or a phrase")
    return message
