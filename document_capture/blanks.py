"""Tells what has writing on it from what has none: phones, wallets, sheets of notes.

Such things have the sides of a page, clearer ones often, but nobody decides on them.
"""

import cv2
import numpy as np

from document_capture.images import Array
from document_capture.quads import spread
from document_capture.views import WRITING, View, sampled

INNER = 0.8
"""Share of a quad that is looked at: its sides are edges, and no writing."""
STROKE = 6
"""Levels of lightness by which a stroke differs from its ground: a camera's noise is
less, once the view is smooth."""
ROWS = 20
"""Of the places that are looked at, and as many in each: one short line is seen."""
WRITTEN = 0.02
"""Share of a quad that is within a pixel of a stroke, from which there is writing. Of
900 composites (seeds for development) all papers have 0.04, and the nine plain things
that were taken for one before have less than 0.001."""


def blank(view: View, quads: Array) -> Array:
    """Return which of ``quads`` (n, 4, 2) have no writing on them, (n,) bool."""
    if not len(quads):
        return np.zeros(0, bool)
    middle = quads.mean(axis=1, keepdims=True)
    inner = middle + INNER * (quads - middle)
    places = spread(inner.astype(np.float32), ROWS)
    found: Array = sampled(_strokes(view), places)[..., 0].mean(axis=1) < WRITTEN
    return found


def _strokes(view: View) -> Array:
    """Return where there are dark strokes, or light ones, (h, w) float32 of 0 and 1."""
    level = np.ascontiguousarray(view.coarse[..., 0])
    wide = np.ones((WRITING, WRITING), np.uint8)
    light = cv2.subtract(level, cv2.morphologyEx(level, cv2.MORPH_OPEN, wide))
    ink = cv2.max(cv2.subtract(view.closed, level), light)
    thick = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    strokes: Array = (thick > STROKE).astype(np.float32)
    return strokes
