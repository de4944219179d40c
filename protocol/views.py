"""What a screen needs to draw itself.

The server sends the whole view each time something changes. A page that was
reloaded, a line that was cut and a clerk who takes over all see the same thing,
because there is nothing else to miss.
"""

import msgspec

from protocol.ids import (
    CallId,
    CaseId,
    ItemId,
    MaterialId,
    PageId,
    SignerId,
    StaffId,
    TicketId,
)
from protocol.parts import SealView, SealWanted, SignerView, SignerWanted
from protocol.states import (
    CallState,
    CaseState,
    GapReason,
    Language,
    Leg,
    Level,
    MaterialState,
    Phrase,
    ReadState,
    Refusal,
    Role,
    Task,
    TicketState,
    Voice,
)

Text = dict[str, str]
"""One text in several languages, by BCP 47 tag."""


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all views: immutable, and strict about unknown fields."""


class FieldView(View, frozen=True):
    """One field of an item's form; ``kind`` chooses the control."""

    name: str
    title: Text
    kind: str
    required: bool
    options: list[str] = []
    hint: Text = {}
    longest: int = 200


class MaterialWanted(View, frozen=True):
    """A paper that an item asks for."""

    id: MaterialId
    title: Text
    hint: Text = {}
    most_pages: int = 1
    fields: dict[str, Text] = {}
    """The titles of what is read from it."""


class ItemView(View, frozen=True):
    """A service item as applicants see it."""

    id: ItemId
    title: Text
    about: Text
    place: str
    minutes: int
    consultation: bool
    materials: list[MaterialWanted] = []
    fields: list[FieldView] = []
    signers: list[SignerWanted] = []
    seal: SealWanted | None = None


class TicketView(View, frozen=True):
    """A place in the queue; ``place`` counts from 1 and is 0 once called."""

    id: TicketId
    number: str
    item: ItemId
    state: TicketState
    terminal_name: str
    language: Language
    place: int
    wait_seconds: int
    since: float


class LineView(View, frozen=True):
    """How good the line of one leg is, and the code of the reason if it is not."""

    level: Level
    reason: str = ""


class GuestView(View, frozen=True):
    """Somebody in a call besides applicant and clerk."""

    id: StaffId
    name: str
    answered: bool = True
    """False while an expert has been asked and has not joined."""


class NotRecorded(View, frozen=True):
    """A stream that is missing in the recording now; ``kind``: audio or video."""

    leg: Leg
    kind: str
    reason: GapReason


class IceServer(View, frozen=True):
    """A relay that one leg may use (``RTCIceServer``), until its credential ends."""

    leg: Leg
    urls: list[str]
    username: str
    credential: str


class CallView(View, frozen=True):
    """A video conversation and which of its legs carry media now."""

    id: CallId
    state: CallState
    clerk: StaffId
    clerk_name: str
    legs: list[Leg] = []
    lines: dict[Leg, LineView] = {}
    """Every line that is not good."""
    recorded: bool = True
    """False while one of the two people is not connected, or something is missing."""
    not_recorded: list[NotRecorded] = []
    """What is missing for more than a second, and why."""
    expert: GuestView | None = None
    supervisor: GuestView | None = None
    """To the applicant only while the supervisor speaks to both."""
    voice: Voice = Voice.NOBODY
    ice: list[IceServer] = []
    """For the legs of the screen that this view is sent to, and no others."""


class RunningCallView(View, frozen=True):
    """A call as a supervisor chooses it from a list."""

    id: CallId
    state: CallState
    number: str
    item: ItemId
    terminal_name: str
    clerk_name: str
    since: float
    supervisor_name: str = ""


class ReadField(View, frozen=True):
    """One value that a machine has read from a page.

    ``confidence`` is 0 to 1. ``place`` is left, top, width and height as shares of the
    page, or empty. ``verified``: its check digits fit. ``why`` says what does not, as a
    code of ``texts.json``; ``suggestion`` is what it may have been.
    """

    name: str
    text: str = ""
    confidence: float = 0.0
    place: list[float] = []
    verified: bool = False
    why: str = ""
    suggestion: str = ""


class PageView(View, frozen=True):
    """One page of a paper. Without ``sha256`` only its preview is here."""

    id: PageId
    sha256: str = ""
    turns: int = 0
    overridden: str = ""
    """The code for which it was refused, when the clerk took it all the same."""
    why: str = ""
    """In the clerk's words; not for the applicant's terminal."""
    read: ReadState = ReadState.WAITING
    fields: list[ReadField] = []
    seal: SealView | None = None


class MaterialView(View, frozen=True):
    """One paper of a case. ``sha256`` names its pages, their order and turns."""

    id: MaterialId
    state: MaterialState
    pages: list[PageView] = []
    sha256: str = ""
    reason: str = ""
    confirmed: dict[str, str] = {}
    """What the clerk has compared with the picture, by field."""
    refusals: int = 0
    """How often the clerk has refused it so far."""
    most_pages: int = 0
    """That it may have; 0: not told here."""


class DocumentView(View, frozen=True):
    """A PDF of the case."""

    name: str
    sha256: str
    pages: int
    size: int
    sm2: bool
    """Whether an SM2 signature lies beside it."""


class CaseView(View, frozen=True):
    """An application as both ends of the call see it."""

    id: CaseId
    item: ItemId
    state: CaseState
    task: Task
    number: str
    form: dict[str, str]
    materials: list[MaterialView]
    documents: list[DocumentView]
    wanted: MaterialId | None = None
    release_code: str = ""
    """Only ever sent to the terminal at which the application was signed."""
    applicant: str = ""
    touched: float = 0.0
    reason: str = ""
    refused: Refusal | None = None
    """Why somebody did not sign the last application; ``refused_by`` is who."""
    refused_by: SignerId | None = None
    signers: list[SignerView] = []
    countersigned: bool = False
    """The clerk signed below the applicant, and the authority sealed."""


class ChatLine(View, frozen=True):
    """One thing written during the call: a text, or a phrase that pages translate."""

    at: float
    by: Leg
    text: str = ""
    phrase: Phrase | None = None


class SessionView(View, frozen=True):
    """One visit: the ticket, and the call and case that came of it."""

    ticket: TicketView
    call: CallView | None = None
    case: CaseView | None = None
    chat: list[ChatLine] = []
    """The last lines, oldest first."""


class StaffView(View, frozen=True):
    """Who is signed in at a desk."""

    id: StaffId
    name: str
    role: Role
    office: str
    demo: bool
