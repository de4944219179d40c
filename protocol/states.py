"""The states that people see. Which may follow which is in ``casework/``."""

import enum


class TicketState(enum.StrEnum):
    """A place in the queue."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    LEFT = "left"
    NO_SHOW = "no-show"


class CallState(enum.StrEnum):
    """A video conversation."""

    RINGING = "ringing"
    TALKING = "talking"
    RECONNECTING = "reconnecting"
    OVER = "over"


class CaseState(enum.StrEnum):
    """An application, from opening to closing."""

    OPENED = "opened"
    IDENTIFIED = "identified"
    COLLECTING = "collecting"
    SIGNING = "signing"
    """Some of those who have to sign have signed."""
    SIGNED = "signed"
    SUBMITTED = "submitted"
    REVIEWING = "reviewing"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    ISSUED = "issued"
    PRINTED = "printed"
    DELIVERED = "delivered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class MaterialState(enum.StrEnum):
    """A paper that the item asks for."""

    WANTED = "wanted"
    CAPTURED = "captured"
    CHECKED = "checked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OWED = "owed"


class ReadState(enum.StrEnum):
    """How far the reading of a page by machine is."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"


class JobState(enum.StrEnum):
    """One licence on its way to one sheet of paper."""

    RELEASED = "released"
    HANDED_OUT = "handed-out"
    """The station has the document: from here on a sheet is possible."""
    SPOOLED = "spooled"
    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"
    SPOILED = "spoiled"
    """A sheet came out, and is not fit to be handed over."""


class SheetState(enum.StrEnum):
    """One numbered sheet of licence paper."""

    IN_TRAY = "in-tray"
    PRINTED = "printed"
    SPOILED = "spoiled"
    LOST = "lost"


class SheetReason(enum.StrEnum):
    """Why a sheet of licence paper is not in the tray and not in an applicant's hand.

    A closed list: what people write freely may be about a person, and the evidence
    log is kept for ever.
    """

    JAMMED = "jammed"
    HALF_PRINTED = "half-printed"
    SMEARED = "smeared"
    TORN = "torn"
    FED_TWICE = "fed-twice"
    NOT_FOUND = "not-found"


class Standing(enum.StrEnum):
    """How a licence, or one copy of it, stands."""

    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"
    """Another edition or another copy has taken its place."""
    EXPIRED = "expired"


class RecordingState(enum.StrEnum):
    """The recording of one call."""

    JOURNALED = "journaled"
    STORED = "stored"
    LOST = "lost"
    DELETED = "deleted"


class ScreenMarkKind(enum.StrEnum):
    """What a terminal's page tells about itself; never what was typed."""

    SHOWN = "shown"
    LANGUAGE = "language"
    LARGER_TEXT = "larger-text"
    TOUCHED = "touched"


class EventKind(enum.StrEnum):
    """What else is recorded on the clock of a session's films."""

    SHOWN = "shown"
    LANGUAGE = "language"
    LARGER_TEXT = "larger-text"
    TOUCHED = "touched"
    MARKS_DROPPED = "marks-dropped"
    PAGE_REFUSED = "page-refused"
    SIGNATURE = "signature"
    CHAT = "chat"
    LINK_QUALITY = "link-quality"
    LEG_UP = "leg-up"
    LEG_DOWN = "leg-down"
    HELD = "held"
    RELEASED = "released"


class Phrase(enum.StrEnum):
    """What an applicant can say with one touch, each reader's own language."""

    YES = "yes"
    NO = "no"
    REPEAT = "repeat"
    WAIT = "wait"


class GapReason(enum.StrEnum):
    """Why a part of a call is not in its recording."""

    NOTHING_CAME = "nothing-came"
    LEG_DOWN = "leg-down"
    DISK_FULL = "disk-full"
    WORKER_LOST = "worker-lost"


class Task(enum.StrEnum):
    """What the case waits for; the same step list on both screens."""

    IDENTITY = "identity"
    MATERIALS = "materials"
    FORM = "form"
    SIGN = "sign"
    RECEIPT = "receipt"


class Refusal(enum.StrEnum):
    """Why an applicant does not sign, chosen with one touch."""

    WRONG = "wrong"
    UNCLEAR = "unclear"
    LATER = "later"
    OTHER = "other"


class Role(enum.StrEnum):
    """What a member of staff may do; ``signaling/policy.py`` says exactly what."""

    CLERK = "clerk"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    EXPERT = "expert"
    """Somebody whom a clerk can ask into a call: an expert, an interpreter."""


class Language(enum.StrEnum):
    """The languages of the pages (BCP 47)."""

    ZH_HANT = "zh-Hant"
    ZH_HANS = "zh-Hans"
    EN = "en"
    PT = "pt"


class Leg(enum.StrEnum):
    """One connection of a call to the media worker."""

    APPLICANT = "applicant"
    DOCUMENT = "document"
    CLERK = "clerk"
    EXPERT = "expert"
    """A third party whom the clerk asked to join: an expert, an interpreter."""
    SUPERVISOR = "supervisor"
    """Listens; is heard only by those it chose to speak to."""


GUESTS = frozenset({Leg.EXPERT, Leg.SUPERVISOR})
"""Who comes to a call later and may leave it while it goes on."""


class Level(enum.StrEnum):
    """How good the line of one leg is; the sign on both pages."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"


class Voice(enum.StrEnum):
    """Who hears the supervisor of a call."""

    NOBODY = "nobody"
    CLERK = "clerk"
    BOTH = "both"
    """Everybody in the call."""
