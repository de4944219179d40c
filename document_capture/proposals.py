"""Proposes quads that may be a page, for ``score`` to judge."""

import numpy as np

from document_capture.features import features
from document_capture.images import Array
from document_capture.lines import quads_of_lines
from document_capture.outlines import quads_of_outlines
from document_capture.page_model import Hints, opinions, quads_of_hints
from document_capture.quads import areas, askew, clockwise, convex
from document_capture.score import promise, seconded_promise
from document_capture.views import View

LEAST_SHARE = 0.04
"""A page smaller than this share of the frame is not looked for."""
WIDEST_ANGLE = 50.0
"""Degrees by which a corner may differ from a right angle in perspective."""
FROM_LINES = 80
"""Quads that pairs of lines may propose; a patterned tablecloth has thousands."""
JUDGED = 48
"""Proposals that are fitted and judged closely."""


def proposals(seen: View, hints: Hints | None = None) -> Array:
    """Return every quad that may be a page, (n, 4, 2) clockwise, none twice."""
    least = LEAST_SHARE * seen.size[0] * seen.size[1]
    outlines = np.array(quads_of_outlines(seen, least), np.float64).reshape(-1, 4, 2)
    lines = quads_of_lines(seen, least, FROM_LINES)
    hinted = quads_of_hints(hints, least) if hints else np.zeros((0, 4, 2))
    quads = clockwise(np.concatenate([hinted, outlines, lines]))
    keep = (areas(quads) > least) & convex(quads) & (askew(quads) < WIDEST_ANGLE)
    quads = quads[keep]
    _, first = np.unique(np.round(quads / 3).reshape(-1, 8), axis=0, return_index=True)
    different: Array = quads[np.sort(first)]
    return different


def promising(seen: View, quads: Array, hints: Hints | None = None) -> Array:
    """Return the ``JUDGED`` quads that are most worth fitting, (n, 4, 2)."""
    if len(quads) <= JUDGED:
        return quads
    flat = np.zeros(quads.shape[:2])
    merit = promise(features(seen, quads, flat, closely=False))
    if hints:
        merit = seconded_promise(merit, opinions(hints, quads))
    chosen: Array = quads[np.argsort(-merit)[:JUDGED]]
    return chosen
