"""What messages are made of: values that have no message of their own."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocol.ids import MaterialId, SignerId
from protocol.states import ScreenMarkKind

StableName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,40}(?![\s\S])")]
"""A name that we gave to a screen or a button: nothing that a person typed."""
SecondsAgo = Annotated[float, Meta(ge=0.0, le=3600.0)]
"""How long before it was said: the server's clock is the only one."""
ChatText = Annotated[str, Meta(max_length=500)]
Share = Annotated[float, Meta(ge=-1.0, le=2.0)]
"""A place as a share of a picture's width or height; a corner may lie outside."""
Corner = tuple[Share, Share]
PREVIEW, PAGE, ORIGINAL = "preview", "page", "original"
PICTURES = PREVIEW, PAGE, ORIGINAL
"""The pictures that a page consists of, the most urgent first."""
Trouble = Literal["media-blocked", "relay-refused"]
"""Why a leg has no path: neither UDP nor the relay, or the relay says no."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all messages: immutable, and strict about unknown fields."""


class SignerWanted(Message, frozen=True):
    """One of those who sign an item's application."""

    id: SignerId
    title: dict[str, str]
    """What they are to it, by BCP 47 tag: legal representative, shareholder."""
    identity: MaterialId
    """The paper on the checklist that is their identity document."""
    remote: bool = False
    """They may sign on their own phone, somewhere else."""


class SignerView(Message, frozen=True):
    """One of those who sign this application, in the order of signing."""

    id: SignerId
    identity: MaterialId
    name: str = ""
    """As the form has it; empty while the form is open, or if it does not say."""
    away: bool = False
    """They sign on their own phone, by a link that the clerk gave."""
    signed: bool = False
    heard: bool = False
    """The clerk has heard them declare aloud that they read the application."""


class SealWanted(Message, frozen=True):
    """Whose seal an application bears: the paper with it, and fields of the form."""

    paper: MaterialId
    name: str
    number: str = ""


class SealView(Message, frozen=True):
    """The company's seal on a page, cut out: how large it lies there, in mm."""

    sha256: str
    width: float
    height: float


class Point(Message, frozen=True):
    """One sample of the pen: CSS pixels, milliseconds, pressure 0 to 1."""

    x: float
    y: float
    t: float
    p: float


class PageSeen(Message, frozen=True):
    """One page that was on the applicant's screen, and for how long altogether."""

    page: Annotated[int, Meta(ge=1, le=1000)]
    seconds: Annotated[float, Meta(ge=0.0, le=86400.0)]


class ScreenMark(Message, frozen=True):
    """One thing that happened on the terminal's screen."""

    kind: ScreenMarkKind
    name: StableName
    ago: SecondsAgo
