"""Proposes quads that may be a page, for ``score`` to judge."""

import numpy as np

from document_capture.features import features
from document_capture.images import Array
from document_capture.lines import quads_of_lines
from document_capture.outlines import quads_of_outlines
from document_capture.quads import areas, askew, clockwise, convex
from document_capture.score import promise
from document_capture.views import View

LEAST_SHARE = 0.02
"""A page smaller than this share of the frame is not looked for."""
WIDEST_ANGLE = 50.0
"""Degrees by which a corner may differ from a right angle in perspective."""
FROM_LINES = 64
"""Quads that pairs of lines may propose; a patterned tablecloth has thousands."""
JUDGED = 40
"""Proposals that are fitted and judged closely."""
ROUGHLY = 14
"""Places along a side that are looked at to choose them."""
OUTSIDE = 0.06
"""Share of the long side by which a corner may lie outside the frame."""


def proposals(seen: View) -> Array:
    """Return every quad that may be a page, (n, 4, 2) clockwise, none twice."""
    least = _least(seen)
    outlines = np.array(quads_of_outlines(seen, least), np.float64).reshape(-1, 4, 2)
    lines = quads_of_lines(seen, least, FROM_LINES)
    quads = sound(seen, clockwise(np.concatenate([outlines, lines])))
    _, first = np.unique(np.round(quads / 3).reshape(-1, 8), axis=0, return_index=True)
    different: Array = quads[np.sort(first)]
    return different


def sound(seen: View, quads: Array) -> Array:
    """Return the ``quads`` (n, 4, 2; clockwise) that have the shape of a page."""
    around = OUTSIDE * max(seen.size)
    inside = (quads > -around) & (quads < np.array(seen.size) + around)
    keep = (areas(quads) > _least(seen)) & inside.all(axis=(1, 2))
    kept: Array = quads[keep & convex(quads) & (askew(quads) < WIDEST_ANGLE)]
    return kept


def promising(seen: View, quads: Array, most: int = JUDGED) -> Array:
    """Return the ``most`` quads that are most worth fitting, (n, 4, 2)."""
    if len(quads) <= most:
        return quads
    flat = np.zeros(quads.shape[:2])
    known = features(seen, quads, flat, closely=False, samples=ROUGHLY)
    merit = promise(known)
    chosen: Array = quads[np.argsort(-merit)[:most]]
    return chosen


def _least(seen: View) -> float:
    return LEAST_SHARE * seen.size[0] * seen.size[1]
