"""The last steps of a straight page: flat, level, clean.

What has to be done is found out on the small picture of the page. So a preview need
not wait until all pixels of the page have been moved and cleaned.
"""

import msgspec

from document_capture.clean import clean
from document_capture.dewarp import Sheet, flattened, helpful
from document_capture.images import Image
from document_capture.measured import Measured
from document_capture.straighten import (
    level,
    preview,
    preview_scale,
    share_kept,
    skew_of,
)

KEPT = 0.9995
"""Share of a page's ink that must be on it when it has been turned level."""


class Finish(msgspec.Struct, frozen=True):
    """What is still to be done to a straight page."""

    sheet: Sheet | None
    """The bend to be taken out."""
    skew: float
    """Degrees by which to turn it."""
    keep_colours: bool
    """Light and colour stay as they are."""


def needed(straight: Measured, *, keep_colours: bool = False) -> Finish:
    """Return what makes a straight page flat, level and clean."""
    small, ink = straight.writing.small, straight.writing.ink
    sheet = helpful(small, straight.sheet)
    flat = small if sheet is None else flattened(small, sheet)
    skew = skew_of(flat)
    if skew and share_kept(ink, skew) < KEPT:
        skew = 0.0  # a stamp in a corner would be turned out of the page
    return Finish(sheet, skew, keep_colours)


def finished(page: Image, finish: Finish, share: float = 1.0) -> Image:
    """Return a straight page as it is kept; ``page`` itself if nothing is to be done.

    ``share``: the size of ``page`` over that of the picture that is kept, 0 to 1.
    """
    flat = page if finish.sheet is None else flattened(page, finish.sheet)
    turned = level(flat, finish.skew)
    return turned if finish.keep_colours else clean(turned, share)


def finished_preview(straight: Measured, finish: Finish) -> Image:
    """Return the preview of a straight page, made of its small picture if that does."""
    page, small = straight.page, straight.writing.small
    does = preview_scale(small) < 1 and len(small) <= len(page)
    seen = preview(small if does else page)
    return finished(seen, finish, len(seen) / len(page))
