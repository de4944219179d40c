"""The messages about papers: how they are captured, arranged, read and accepted."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import CaseId, MaterialId, PageId, StepId
from protocol.parts import Corner, Message, StableName

ReadText = Annotated[str, Meta(max_length=300)]


class PaperSeen(Message, frozen=True, tag="paper-seen"):
    """What the camera sees now: the paper's corners, and what to do with it.

    ``corners`` are four or none, as shares of the frame, clockwise from the page's
    top left. ``hint`` is a code of ``texts.json``. The terminal says it while the
    paper moves; nothing of it is stored.
    """

    case: CaseId
    corners: Annotated[list[Corner], Meta(max_length=4)]
    hint: StableName
    steady: bool = False
    others: Annotated[
        list[Annotated[list[Corner], Meta(min_length=4, max_length=4)]],
        Meta(max_length=3),
    ] = msgspec.field(default_factory=list)
    """Other papers that lie beside it, each with its four corners."""


class CaptureFailed(Message, frozen=True, tag="capture-failed"):
    """The terminal could not make a page; ``reason`` is a code of ``texts.json``.

    It was to take the place of ``replaces``, or to come last.
    """

    case: CaseId
    material: MaterialId
    reason: str
    replaces: PageId = PageId("")


class RemovePage(Message, frozen=True, tag="remove-page"):
    """Clerk or applicant take a page out of a paper that is not accepted."""

    step: StepId
    case: CaseId
    material: MaterialId
    page: PageId


class ConfirmIdentity(Message, frozen=True, tag="confirm-identity"):
    """The clerk compared the picture of the paper ``sha256`` with the live picture."""

    step: StepId
    case: CaseId
    sha256: str


class AskForPage(Message, frozen=True, tag="ask-for-page"):
    """The clerk wants this paper under the camera next, and takes the shot.

    The new page takes the place of ``replaces``, or comes last.
    """

    step: StepId
    case: CaseId
    material: MaterialId
    replaces: PageId = PageId("")


class TakeAnyway(Message, frozen=True, tag="take-anyway"):
    """The clerk takes the shot although the page was refused for ``reason``.

    It comes where the refused one was to come.
    """

    step: StepId
    case: CaseId
    material: MaterialId
    reason: StableName
    why: Annotated[str, Meta(min_length=1, max_length=300)]


class MovePage(Message, frozen=True, tag="move-page"):
    """The clerk puts a page at another place of its paper; places count from 0."""

    step: StepId
    case: CaseId
    material: MaterialId
    page: PageId
    place: Annotated[int, Meta(ge=0, le=99)]


class TurnPage(Message, frozen=True, tag="turn-page"):
    """The clerk turns a page clockwise by quarters."""

    step: StepId
    case: CaseId
    material: MaterialId
    page: PageId
    quarters: Annotated[int, Meta(ge=1, le=3)]


class ReadAgain(Message, frozen=True, tag="read-again"):
    """The clerk wants a page read by machine once more."""

    step: StepId
    case: CaseId
    material: MaterialId
    page: PageId


class ConfirmFields(Message, frozen=True, tag="confirm-fields"):
    """The clerk compared these values with the picture; they may have typed them.

    ``sha256`` names the pages that were on the screen.
    """

    step: StepId
    case: CaseId
    material: MaterialId
    sha256: str
    values: Annotated[dict[StableName, ReadText], Meta(max_length=40)]


class AcceptMaterial(Message, frozen=True, tag="accept-material"):
    """The clerk has read exactly the pages ``sha256`` and they are in order."""

    step: StepId
    case: CaseId
    material: MaterialId
    sha256: str


class RefuseMaterial(Message, frozen=True, tag="refuse-material"):
    """The clerk asks for the paper again, with a reason the applicant reads."""

    step: StepId
    case: CaseId
    material: MaterialId
    reason: str


class ShootPage(Message, frozen=True, tag="shoot-page"):
    """The clerk took the shot: photograph this paper now.

    With ``overrides`` whatever the page is refused for, the clerk has said why it is
    taken all the same.
    """

    case: CaseId
    material: MaterialId
    replaces: PageId = PageId("")
    overrides: str = ""
    why: str = ""
