"""Where there is writing on a straight page, and how large it is."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, scaled

WORK_SIDE = 1170
"""Pixels of the long side: A4 at 100 dpi, where 11 points are 15 pixels high."""
STROKE = 15
"""Pixels: wider dark things are pictures or fields of colour, not strokes."""
LEAST_DARK = 10
"""Grey levels by which ink is darker than its paper, whatever the light."""
OF_STRONGEST = 0.3
"""Share of the darkness of the page's strongest ink that still is ink."""
JOIN = 25
"""Pixels between words that are bridged to make a line."""
LEAST_HEIGHT, MOST_HEIGHT = 5, 90
"""Pixels of a line of writing: 3 points, and a poster's title."""
LEAST_WIDTH = 20
LONGEST_STROKE = MOST_HEIGHT
"""Pixels: what is thin and longer is the rule of a form and no part of a letter."""
THICKEST_RULE = 7
"""Pixels, with what smoothing adds; what is thicker is a row of smeared letters."""
USUAL_HEIGHT = 14.0
"""Pixels: what is taken for the height of writing where there is none."""


class Writing(msgspec.Struct, frozen=True):
    """The ink of a page, at ``WORK_SIDE``, and the lines that it makes."""

    small: Image
    """(h, w, 3) uint8, BGR: the page, small."""
    ink: Array
    """(h, w) uint8, 1 where there is ink."""
    letters: Array
    """(h, w) uint8, 1 where there is ink that is no rule of a form."""
    lines: Array
    """(n, 4) int: x, y, width and height of each line, in pixels of ``ink``."""
    height: float
    """Median height of the lines, weighed by their lengths, in pixels of ``ink``."""


def writing_on(page: Image) -> Writing:
    """Return the writing on a straight page, whatever its light."""
    scale = WORK_SIDE / max(page.shape[:2])
    small = scaled(page, scale)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    # Grain has no width: what is left after smoothing has.
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    kernel = np.ones((STROKE, STROKE), np.uint8)
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel)
    dark = cv2.subtract(paper, smooth)
    # Beside its paper, so that writing in a shadow counts as much as any other.
    share = cv2.divide(dark, cv2.max(paper, 1), dtype=cv2.CV_32F)
    # Every second pixel, each way, has the quantiles of all.
    limit = OF_STRONGEST * float(np.percentile(share[::2, ::2], 99.5))
    ink = ((share > limit) & (dark > LEAST_DARK)).view(np.uint8)
    edge = max(2, WORK_SIDE // 150)
    ink[:edge] = ink[-edge:] = 0
    ink[:, :edge] = ink[:, -edge:] = 0
    letters = ink & ~rules_in(ink)
    lines = lines_in(letters)
    return Writing(small, ink, letters, lines, _height(lines))


def rules_in(ink: Array) -> Array:
    """Return the lines of forms and tables in ink at ``WORK_SIDE``, (h, w) uint8.

    They are straight, thin, along the sides of the page, and say nothing about how
    well letters are seen: along a line nothing is sharp.
    """
    flat = np.ones((1, LONGEST_STROKE), np.uint8)
    rules = _thin(ink, flat) | _thin(ink, flat.T)
    whole: Array = cv2.dilate(rules, np.ones((3, 3), np.uint8))
    return whole


def _thin(ink: Array, along: Array) -> Array:
    """Return what is as long as ``along``, a row or a column, and thin across it."""
    straight = cv2.morphologyEx(ink, cv2.MORPH_OPEN, along)
    across = along.T[: THICKEST_RULE + 1, : THICKEST_RULE + 1]
    thin: Array = straight & ~cv2.morphologyEx(straight, cv2.MORPH_OPEN, across)
    return thin


def lines_in(ink: Array) -> Array:
    """Return x, y, width and height of each line, (n, 4), of ink at ``WORK_SIDE``."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, JOIN), np.uint8))
    _, about = islands(joined)
    width, height = about[1:, 2], about[1:, 3]
    high = (height >= LEAST_HEIGHT) & (height <= MOST_HEIGHT)
    lines: Array = about[1:][high & (width >= LEAST_WIDTH) & (width > height)][:, :4]
    return lines


def islands(mask: Array) -> tuple[Array, Array]:
    """Return what hangs together: each pixel's island, and what is known of islands.

    That is x, y, width, height and area of each; island 0 is the sea.

    Args:
        mask: (h, w) uint8, closed or opened, so that it has at most 65,535 islands:
            their numbers have 16 bits, which takes half the time.
    """
    _, labels, about, _ = cv2.connectedComponentsWithStats(mask, ltype=cv2.CV_16U)
    return labels, about


def _height(lines: Array) -> float:
    if not len(lines):
        return USUAL_HEIGHT
    order = np.argsort(lines[:, 3])
    reached = np.cumsum(lines[order, 2])
    middle = int(np.searchsorted(reached, reached[-1] / 2))
    return float(lines[order[middle], 3])
