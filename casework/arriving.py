"""Pages of a paper on their way to its case."""

from collections.abc import Sequence

import msgspec

from casework.errors import NotAllowedNow, NotFound
from casework.material import Material, Page
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
    round: int = 0
    """How often the paper had been refused when this began to come."""

    def shown_as(self, preview: str, paper: Material) -> Page:
        """Return a page of ``paper`` of which only the preview, under its key, is here.

        Raises:
            NotFound: the paper was refused while this was on its way.
            NotAllowedNow: no clerk takes it anyway, for that reason and in these words.
        """
        if self.round != paper.refusals:
            raise NotFound("refused meanwhile")
        if not self.overridden:
            return Page(id=self.page, preview=preview)
        said = paper.anyway
        if said is None or (said.of, said.why) != (self.overridden, self.why):
            raise NotAllowedNow("taken anyway")
        return Page(
            id=self.page,
            preview=preview,
            overridden=said.of,
            why=said.why,
            taken_by=said.by,
        )


Came = Sequence[tuple[Arriving, str]]
"""Pages of one paper that begin to arrive together; the keys of their previews."""
