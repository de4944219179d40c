"""Proposes quads of which one side lies elsewhere: on many a picture three are right.

A picture printed on a page, a fold, a second paper behind it or one that nearly
touches it gives a line that looks more like a side than the side does. From a quad
that was found, each side is moved along the two beside it, as the desk is seen, and
goes where there is most of an edge.
"""

import cv2
import numpy as np

from document_capture.images import Array
from document_capture.lines import PLAIN
from document_capture.quads import clockwise
from document_capture.views import View, contrast, sampled

BEYOND = 0.8
"""How far outside a quad its side is looked for, as a share of its height."""
WITHIN = 0.8
"""The same, inside."""
ROWS, PLACES = 128, 16
"""Lines that are tried, side by side, and places that are looked at along each."""
SLANTS = np.array([-6, -3, 0, 3, 6])
"""Rows that the two ends of a line may lie apart: what lies behind is not parallel."""
PEAKS = 3
"""Best lines that are proposed in place of each side."""
OWN = 0.03
"""Share of the height within which a line is the side itself."""
APART = 3
"""Rows within which two lines are one."""
LEAST = 0.2
"""Share of a line that must be an edge."""

_HEIGHTS = np.linspace(-BEYOND, 1 + BEYOND, ROWS)
_ACROSS = (np.arange(PLACES) + 0.5) / PLACES
_GRID = np.stack(np.meshgrid(_ACROSS, _HEIGHTS), axis=-1).astype(np.float32)
_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def swept(view: View, quads: Array) -> Array:
    """Return each of ``quads`` (n, 4, 2; clockwise) with one side elsewhere.

    Returns:
        (m, 4, 2) clockwise, m at most 4 * ``PEAKS`` * n; any may be no page at all.
    """
    if not len(quads):
        return quads
    made = [
        moved
        for turned in (quads, np.roll(quads, 1, axis=1))
        for moved in _first_or_third_moved(view, turned)
    ]
    return clockwise(np.array(made)) if made else np.zeros((0, 4, 2))


def _first_or_third_moved(view: View, quads: Array) -> list[Array]:
    ways = [cv2.getPerspectiveTransform(_SQUARE, q.astype(np.float32)) for q in quads]
    merit, slant = _lines(view, ways)
    made = []
    for quad, way, found, lean in zip(quads, ways, merit, slant, strict=True):
        for near, ends in ((0.0, (0, 1)), (1.0, (3, 2))):
            inward = (_HEIGHTS - near) * (1 - 2 * near)
            other = np.where((abs(inward) > OWN) & (inward < WITHIN), found, 0)
            best = np.argsort(-other)[:PEAKS]
            for row in best[other[best] > LEAST]:
                rise = lean[row] * (_HEIGHTS[1] - _HEIGHTS[0]) / 2
                line = [[0, _HEIGHTS[row] - rise], [1, _HEIGHTS[row] + rise]]
                moved = quad.copy()
                moved[list(ends)] = cv2.perspectiveTransform(np.array([line]), way)[0]
                made.append(moved)
    return made


def _lines(view: View, ways: list[Array]) -> tuple[Array, Array]:
    """Return how much of an edge each row is, (n, ``ROWS``), and how it slants.

    Of neighbouring rows all but the best are 0.
    """
    on = np.stack([cv2.perspectiveTransform(_GRID, way) for way in ways])
    limit = np.array(view.size) - 1
    inside = np.asarray(((on >= 0) & (on <= limit)).all(axis=-1))
    seen = sampled(view.lab, on)
    change = np.zeros_like(seen)
    change[:, 1:-1] = seen[:, 2:] - seen[:, :-2]
    change[:, 1:-1] *= (inside[:, 2:] & inside[:, :-2])[..., None]
    size = contrast(change)[..., None]
    edge = change / np.maximum(size, PLAIN)
    lines = edge[:, _PATHS, np.arange(PLACES)].mean(axis=3)
    merit = contrast(lines) * _VALID
    best, slant = merit.max(axis=1), SLANTS[merit.argmax(axis=1)]
    around = cv2.dilate(best, np.ones((1, 2 * APART + 1), np.uint8))
    return np.where(best >= around, best, 0), slant


def _paths() -> tuple[Array, Array]:
    """Return which rows a line runs over, (slants, rows, places), and if it can."""
    lean = np.round(SLANTS[:, None] * (_ACROSS - 0.5)).astype(np.int64)
    rows = np.arange(ROWS)[None, :, None] + lean[:, None]
    valid = np.asarray(((rows >= 0) & (rows < ROWS)).all(axis=2))
    return np.clip(rows, 0, ROWS - 1), valid


_PATHS, _VALID = _paths()
