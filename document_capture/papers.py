"""The sizes of papers, and which of them a quadrilateral in a photograph is.

A paper's shape follows from its perspective (Zhengyou Zhang and Li-wei He,
"Whiteboard scanning and image enhancement", Digital Signal Processing 17(2), 2007,
section 3): opposite sides that meet far away tell how long they really are.
"""

import enum
from typing import Final

import msgspec
import numpy as np

from document_capture.images import Array, Corners


class Paper(enum.StrEnum):
    """What kind of paper a shape is taken for."""

    A4 = "a4"
    CARD = "id-1"
    BOOKLET = "id-3"
    RECEIPT = "receipt"
    OTHER = "other"


class Size(msgspec.Struct, frozen=True):
    """A paper's longer and shorter side in mm, and the dpi that reading needs."""

    long: float
    short: float
    least_dpi: float


SIZES: Final = {
    Paper.A4: Size(297.0, 210.0, 100.0),
    Paper.CARD: Size(85.6, 53.98, 200.0),
    Paper.BOOKLET: Size(125.0, 88.0, 200.0),
}
"""ISO 216 A4, and ID-1 and ID-3 of ISO/IEC 7810.

11-point Chinese is read without error from 100 dpi on (measured); a card's print is
half that size.
"""
RECEIPT_WIDTH = 80.0
"""mm: the usual roll of a till."""
RECEIPT_DPI = 130.0
"""A till prints letters of 2.5 mm; A4 at 100 dpi has letters of 3.2 mm."""
ALIKE = 0.04
"""A shape this near to a known paper's is that paper; A4 and Letter differ by 0.09."""
LONG_AND_THIN = 1.9
"""Longer than this for its width, and it is a receipt."""
ORDINARY_LENS = 0.85
"""Focal length over the frame's long side where the perspective does not tell it."""
PLAUSIBLE_LENS = 0.5, 3.0
MM_PER_INCH = 25.4
COARSEST, FINEST = 40.0, 1200.0
"""Pixels in an inch that a page can have: no sender is believed blindly."""
ROUGHLY = 0.06
"""Share by which a measured side may differ from a paper's: a sheet that is not flat on
the tray looks larger, and A4 and Letter differ by 6 % in one side only."""
RECEIPT_WIDEST = 90.0
"""mm: a longer and thinner paper that is wider is no receipt."""


def aspect_of(corners: Corners, frame: tuple[int, int]) -> float:
    """Return width over height of the rectangle that is seen as ``corners``.

    Args:
        corners: (4, 2), clockwise from the top left.
        frame: height and width of the frame; the lens looks at its middle.
    """
    height, width = frame
    long = max(height, width)
    points = (corners.astype(np.float64) - np.array([width / 2, height / 2])) / long
    one, two, four, three = np.column_stack([points, np.ones(4)])
    # The paper's numbering: 1 and 2 above, 3 and 4 below, each left and right.
    k2 = np.cross(one, four) @ three / (np.cross(two, four) @ three)
    k3 = np.cross(one, four) @ two / (np.cross(three, four) @ two)
    across, down = k2 * two - one, k3 * three - one
    lens = _lens(across, down)
    scale = np.array([1 / lens, 1 / lens, 1.0])
    return float(np.linalg.norm(across * scale) / np.linalg.norm(down * scale))


def _lens(across: Array, down: Array) -> float:
    """Return the focal length that makes the two directions perpendicular."""
    depth = across[2] * down[2]
    squared = -(across[:2] @ down[:2]) / depth if abs(depth) > 1e-4 else 0.0
    lens = float(np.sqrt(max(squared, 0.0)))
    low, high = PLAUSIBLE_LENS
    return lens if low <= lens <= high else ORDINARY_LENS


def paper_of(aspect: float, expected: Paper | None = None) -> Paper:
    """Return the paper whose shape is nearest, in either orientation.

    A4 and an open passport page have the same shape to half a per cent: without
    ``expected`` it is taken for A4, which asks for more pixels.
    """
    shape = max(aspect, 1 / aspect)
    if expected in SIZES and abs(shape_of(expected) / shape - 1) < ALIKE:
        return expected
    near = min((Paper.A4, Paper.CARD), key=lambda p: abs(shape_of(p) / shape - 1))
    if abs(shape_of(near) / shape - 1) < ALIKE:
        return near
    return Paper.RECEIPT if shape > LONG_AND_THIN else Paper.OTHER


def measured_paper(corners: Corners, dpi: float) -> Paper:
    """Return the paper that is as large as ``corners``, from a calibrated camera.

    Unlike ``paper_of`` it tells A4 from a passport, which have the same shape.

    Args:
        corners: (4, 2), pixels.
        dpi: pixels in an inch of the tray.
    """
    across, down = (float(pair.mean()) / dpi * MM_PER_INCH for pair in sides(corners))
    long, short = max(across, down), min(across, down)
    for paper, size in SIZES.items():
        unlike = max(abs(long / size.long - 1), abs(short / size.short - 1))
        if unlike < ROUGHLY:
            return paper
    thin = long > LONG_AND_THIN * short and short < RECEIPT_WIDEST
    return Paper.RECEIPT if thin else Paper.OTHER


def shape_of(paper: Paper) -> float:
    """Return the longer side of a standard ``paper`` over its shorter side."""
    return SIZES[paper].long / SIZES[paper].short


def sides(corners: Corners) -> tuple[Array, Array]:
    """Return the lengths of top and bottom, and of left and right, in pixels."""
    top, right, bottom, left = np.hypot(*(np.roll(corners, -1, 0) - corners).T)
    return np.array([top, bottom]), np.array([left, right])


def dpi_of(corners: Corners, paper: Paper) -> float:
    """Return pixels per inch of the paper's far, coarser end.

    Another paper than those of ``SIZES`` is taken for one as large as A4 (or for a
    roll of a till).
    """
    across, down = (float(pair.min()) for pair in sides(corners))
    if paper is Paper.RECEIPT:
        return min(across, down) / RECEIPT_WIDTH * MM_PER_INCH
    size = SIZES.get(paper, SIZES[Paper.A4])
    return max(across, down) / size.long * MM_PER_INCH


def least_dpi(paper: Paper) -> float:
    """Return the resolution below which a paper of this kind cannot be read."""
    if paper is Paper.RECEIPT:
        return RECEIPT_DPI
    return SIZES.get(paper, SIZES[Paper.A4]).least_dpi


def plausible_dpi(dpi: float) -> float:
    """Return ``dpi``, or 0 if nothing that takes pictures of pages has it."""
    return dpi if COARSEST <= dpi <= FINEST else 0.0
