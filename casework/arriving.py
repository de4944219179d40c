"""Pages of a paper on their way to its case."""

from collections.abc import Sequence

import msgspec

from casework.material import Page
from protocol.ids import MaterialId, PageId


class Arriving(msgspec.Struct, frozen=True, kw_only=True):
    """A page that somebody begins to send."""

    material: MaterialId
    page: PageId
    replaces: PageId = PageId("")
    overridden: str = ""
    """The code for which it was refused, when the clerk takes it all the same."""
    why: str = ""
    way: str = ""
    """How it came, when it was not the terminal that made it: ``phone``."""

    def shown_as(self, preview: str) -> Page:
        """Return the page of which no more is here than a preview, under its key."""
        return Page(
            id=self.page,
            preview=preview,
            overridden=self.overridden,
            why=self.why[:300],
        )


Came = Sequence[tuple[Arriving, str]]
"""Pages of one paper that begin to arrive together; the keys of their previews."""
