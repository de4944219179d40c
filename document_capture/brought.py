"""A file that somebody brings: pages of a PDF, a scan, or a photograph of a paper."""

import numpy as np

from document_capture.capture import Draft, Page, capture, imported
from document_capture.files import open_sheets
from document_capture.gate import LEAST_PAGE
from document_capture.images import Image, NoPage, TooFar
from document_capture.opening import kind_of

BORDER = 0.015
"""Share of a picture's sides that is looked at: a scanner's margin is wider."""
FLAT = 6
"""Levels by which a margin may differ from its own colour after JPEG; sensors of
cameras and the light in a room differ by more."""
MOSTLY = 0.97
"""Share of the margin that has its colour; specks and stamps are the rest."""
LIGHT = 128
"""Mean level of a margin that is paper or a screen. What is darker may be a desk that a
telephone has smoothed, or a scanner's lid: a page is looked for there first."""
LEAST_INK = 4.0
"""Standard deviation of a picture with anything on it; less is an empty sheet."""


def brought(data: bytes, *, keep_colours: bool = False) -> list[Page]:
    """Return the pages of a file, each checked and, if photographed, straightened.

    Args:
        data: a JPEG, PNG, HEIC or PDF of a stranger.
        keep_colours: leaves light and colour of a photograph as they are.

    Raises:
        Refused: the file cannot be opened, or the photograph shows no page that can
            be read; the class says which.
    """
    with open_sheets(data) as pages:
        if kind_of(data) == "pdf":
            return [imported(page.image, page.dpi) for page in pages]
        return [_of_picture(page.image, keep_colours=keep_colours) for page in pages]


def flat_margin(image: Image) -> float | None:
    """Return the mean level of a margin of one colour with something in it, if any.

    Args:
        image: (h, w, 3) BGR.
    """
    height, width = image.shape[:2]
    wide = max(2, round(BORDER * min(height, width)))
    sides = (image[:wide], image[-wide:], image[:, :wide], image[:, -wide:])
    margin = np.concatenate([side.reshape(-1, 3) for side in sides]).astype(np.int16)
    colour = np.median(margin, axis=0)
    flat = (np.abs(margin - colour).max(axis=1) <= FLAT).mean() >= MOSTLY
    return float(colour.mean()) if flat and image.std() >= LEAST_INK else None


def page_in(image: Image, *, keep_colours: bool = False) -> Draft | None:
    """Return the page in a photograph; None: a scan or a screenshot, to be taken whole.

    In a scan there is no page to be found, and looking for it would cut out a table.

    Args:
        image: (h, w, 3) BGR.
        keep_colours: leaves light and colour of a photograph as they are.

    Raises:
        Refused: what ``capture`` raises; ``TooFar`` where a scan is too small to read.
    """
    margin = flat_margin(image)
    if margin is None or margin < LIGHT:
        try:
            return capture(image, keep_colours=keep_colours)
        except NoPage:
            if margin is None:
                raise
    if max(image.shape[:2]) < LEAST_PAGE:
        raise TooFar
    return None


def _of_picture(image: Image, *, keep_colours: bool) -> Page:
    page = page_in(image, keep_colours=keep_colours)
    return imported(image) if page is None else page.whole()
