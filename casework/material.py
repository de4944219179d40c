"""A paper of a case: its pages, and its life."""

import enum
import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.errors import NotFound, TooManyPages
from casework.impression import Impression
from protocol.ids import MaterialId, PageId, StaffId
from protocol.states import MaterialState as State
from protocol.states import ReadState
from protocol.views import ReadField


class Step(enum.StrEnum):
    """What can happen to a paper."""

    PREVIEW_ARRIVED = "preview-arrived"
    PAGES_STORED = "pages-stored"
    LAST_PAGE_REMOVED = "last-page-removed"
    CLERK_ACCEPTED = "clerk-accepted"
    CLERK_REFUSED = "clerk-refused"
    OWED_UNTIL = "owed-until"


_PAGES = {
    Step.PREVIEW_ARRIVED: State.CAPTURED,
    Step.PAGES_STORED: State.CHECKED,
    Step.LAST_PAGE_REMOVED: State.WANTED,
}

MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.WANTED: {**_PAGES, Step.OWED_UNTIL: State.OWED},
    State.CAPTURED: _PAGES,
    State.CHECKED: {
        **_PAGES,
        Step.CLERK_ACCEPTED: State.ACCEPTED,
        Step.CLERK_REFUSED: State.REFUSED,
    },
    State.ACCEPTED: {Step.CLERK_REFUSED: State.REFUSED},
    State.REFUSED: {**_PAGES, Step.OWED_UNTIL: State.OWED},
    State.OWED: _PAGES,
}
"""An accepted paper is not replaced by a new picture; it is refused first."""


class Anyway(msgspec.Struct, frozen=True):
    """A clerk takes a page that was refused for the code ``of``, and says why."""

    of: str
    why: str
    by: StaffId


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a paper: where its pictures are, and what was done with it.

    ``preview``, ``page``, ``original`` and ``lines`` are keys of the object store.
    """

    id: PageId
    sha256: str = ""
    """Of the straightened picture; empty while only the preview is here."""
    preview: str = ""
    page: str = ""
    original: str = ""
    turns: int = 0
    """Quarters by which the clerk turned it clockwise."""
    overridden: str = ""
    """The code for which it was refused, when the clerk took it all the same."""
    why: str = ""
    """The clerk's words about that."""
    taken_by: StaffId = StaffId("")
    """That clerk."""
    read: ReadState = ReadState.WAITING
    fields: tuple[ReadField, ...] = ()
    lines: str = ""
    seal: Impression | None = None
    """The company's seal on it, where the item wants one and it was found."""


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """One paper of a case: its state and its pages in order."""

    id: MaterialId
    state: State = State.WANTED
    pages: tuple[Page, ...] = ()
    reason: str = ""
    confirmed: dict[str, str] = {}
    refusals: int = 0
    """How often the clerk has refused it: a page that began to come before the last
    of them comes too late."""
    meant_for: PageId = PageId("")
    """The page in whose place the one that was refused was to come."""
    anyway: Anyway | None = None
    """How the next page is to be taken, whatever it is like."""

    @property
    def sha256(self) -> str:
        """The digest of all pages, their order and turns; empty unless all are here."""
        if not self.pages or not all(one.sha256 for one in self.pages):
            return ""
        said = "\n".join(f"{one.sha256} {one.turns}" for one in self.pages)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def document_name(self) -> str:
        """The name of the PDF that its accepted pages are bound into."""
        return f"material-{self.id}"

    def page(self, wanted: PageId) -> Page:
        """Return one page; raises ``NotFound``."""
        for one in self.pages:
            if one.id == wanted:
                return one
        raise NotFound("page")

    def with_page(self, new: Page) -> tuple[Page, ...]:
        """Return the pages with ``new`` in the place of its namesake."""
        old = self.page(new.id)
        return tuple(new if one is old else one for one in self.pages)

    def with_new(self, new: Page, replaces: PageId, most: int) -> tuple[Page, ...]:
        """Return the pages with ``new`` last, or in the place of another.

        A paper that was refused begins anew; the only page of a paper of one page is
        replaced.

        Raises:
            TooManyPages: there are ``most`` already.
        """
        if self.state is State.REFUSED:
            return (new,)
        if any(one.id == new.id for one in self.pages):
            return self.pages
        if most == 1 and self.pages:
            replaces = self.pages[0].id
        if replaces:
            old = self.page(replaces)
            return tuple(new if one is old else one for one in self.pages)
        if len(self.pages) >= most:
            raise TooManyPages(self.id)
        return (*self.pages, new)
