"""Which way up a page is, by where it can be read best."""

from collections.abc import Sequence

import numpy as np

from document_capture.images import Corners, Image
from document_capture.ocr import Ocr
from document_capture.text_boxes import cut_out, sides

VOTERS = 4
"""Lines that are read in both directions: the longest, for they say most."""
GLANCE = 736
"""Pixels of the long side: lines need only be found, not parted well."""
LONGEST_VOTER = 16.0
"""Line heights of the part that is read of each; more only costs time."""


def upright(page: Image, ocr: Ocr) -> tuple[Image, int]:
    """Return ``page`` the right way up, and by how many quarter turns it was turned.

    Boxes around lines show whether they run across or down; the same lines read
    forwards and upside down show the rest. A page without writing stays as it is.

    Args:
        page: (h, w, 3) BGR, straight.
        ocr: finds and reads lines.

    Returns:
        The page, and 0 to 3 quarter turns anticlockwise (as ``np.rot90``).

    Raises:
        OcrMissing: the networks are not installed.
    """
    boxes = ocr.find_boxes(page, GLANCE)
    if not boxes:
        return page, 0
    across = sum(max(0.0, width - height) for width, height in map(sides, boxes))
    down = sum(max(0.0, height - width) for width, height in map(sides, boxes))
    turns = 1 if down > across else 0
    voters = [_voter(page, box, turns) for box in _longest(boxes, turns)]
    if not voters:
        return page, 0
    forwards = _confidence(ocr, voters)
    backwards = _confidence(ocr, [np.rot90(cut, 2) for cut in voters])
    if backwards > forwards:
        turns += 2
    return np.ascontiguousarray(np.rot90(page, turns)), turns


def _longest(boxes: Sequence[Corners], turns: int) -> list[Corners]:
    """Return the longest boxes that run as the page's lines do."""

    def length(box: Corners) -> float:
        width, height = sides(box)
        return height - width if turns else width - height

    ranked = sorted((box for box in boxes if length(box) > 0), key=length)
    return ranked[-VOTERS:]


def _voter(page: Image, box: Corners, turns: int) -> Image:
    """Return the beginning of the line in ``box``, lying as after ``turns``."""
    # Beginning each box at the corner that becomes its top left lays it down.
    cut = cut_out(page, np.roll(box, -1, axis=0) if turns else box)
    return cut[:, : max(1, int(LONGEST_VOTER * cut.shape[0]))]


def _confidence(ocr: Ocr, cuts: Sequence[Image]) -> float:
    return sum(confidence for _, confidence in ocr.read_cuts(cuts))
