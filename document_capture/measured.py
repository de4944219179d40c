"""A straight page, and what several judges ask about it, found out once."""

import msgspec

from document_capture.dewarp import Sheet, bend_of
from document_capture.images import Image
from document_capture.writing import Writing, writing_on


class Measured(msgspec.Struct, frozen=True):
    """A page with its writing and its bend."""

    page: Image
    """(h, w, 3) BGR, straightened but not cleaned, at most A4 at 200 dpi."""
    writing: Writing
    sheet: Sheet | None
    """How the page bends; ``None``: too few lines to tell."""


def measured(page: Image) -> Measured:
    """Return a straight page with its writing and its bend."""
    writing = writing_on(page)
    return Measured(page, writing, bend_of(writing.small))
