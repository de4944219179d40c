"""Looks for a strip of desk that runs right through a quad: it is around two papers.

A line of writing, a fold and the shadow of a hand are strips too. The desk between
two papers is as one with the desk around them: where it comes out, the quad has no
side, while paper has its edge there whatever is printed on it.
"""

import numpy as np

from document_capture.images import Array
from document_capture.views import View, contrast, sampled

ALONG, ACROSS = 16, 128
"""Places along a strip, and strips that are tried side by side."""
SLANTS = (-12, -8, -4, 0, 4, 8, 12)
"""Strips that the two ends of one may lie apart: papers are not laid down parallel."""
MARGIN = 0.06
"""Share of a quad, at either end, that is its own side rather than a strip."""
LEAST = 12.0
"""Difference of colour (see ``View.unlike``) of a paper from the desk; where there is
less, a strip of desk is not told from paper."""
ALL_BUT = 3
"""Places of a strip that need not be like the desk: a pen may lie over it."""
NEAR = 4.0
"""Pixels to either side of the quad's side whose colours are compared."""
SHUT = 0.5
"""Change of colour there, over the usual one of that side, that is a side."""
DOUBT = 0.5
"""A strip that is less surely desk is writing, a fold or a shadow."""
FAINT = 3.0
"""Change of colour (L2 in Lab) that may also be noise."""


def slit(view: View, quads: Array) -> Array:
    """Return how surely a strip through each quad is desk, (n,) 0 to 1.

    Args:
        view: the picture.
        quads: (n, 4, 2) clockwise, fitted: their sides lie on edges.
    """
    turned = np.roll(quads, 1, axis=1)
    sure = np.maximum(_clearest(view, quads), _clearest(view, turned))
    found: Array = np.maximum(sure - DOUBT, 0) / (1 - DOUBT)
    return found


def _clearest(view: View, quads: Array) -> Array:
    """Return the same for strips from a quad's first side to its third, (n,)."""
    over = MARGIN + (1 - 2 * MARGIN) * np.arange(ACROSS)[:, None] / (ACROSS - 1)
    one, two, three, four = np.moveaxis(quads[:, :, None], 1, 0)
    begin, end = one + over * (two - one), four + over * (three - four)
    down = ((np.arange(ALONG) + 0.5) / ALONG)[:, None, None]
    on = begin[:, None] + down * (end - begin)[:, None]
    seen = sampled(view.narrow, on)[..., 0].reshape(len(quads), -1)
    usual = np.maximum(np.median(seen, axis=1), LEAST)[:, None]
    strips = np.partition(seen[:, _PATHS], ALONG - ALL_BUT, axis=2)
    alike = np.clip(1 - strips[..., ALONG - ALL_BUT] / usual, 0, 1)
    ways = _open(view, begin, end - begin), _open(view, end, begin - end)
    out = np.minimum(ways[0][:, _BEGIN], ways[1][:, _END])
    clearest: Array = np.sqrt((alike * out).max(axis=1))
    return clearest


def _open(view: View, on: Array, inward: Array) -> Array:
    """Return where a side is missing: 0 to 1 for each place (n, ``ACROSS``) on it."""
    size = np.hypot(inward[..., 0], inward[..., 1])[..., None] + 1e-9
    off = NEAR * inward / size
    lab = sampled(view.lab, np.stack([on + off, on - off]))
    change = contrast(lab[0] - lab[1])
    usual = np.median(change, axis=1, keepdims=True)
    beside = np.minimum(np.roll(change, 1, axis=1), np.roll(change, -1, axis=1))
    missing: Array = 1 - np.minimum(change, beside) / (SHUT * usual + FAINT)
    return np.clip(missing, 0, 1)


def _paths() -> Array:
    """Return which places of a grid, ``ALONG`` by ``ACROSS``, each strip runs over."""
    rows = np.arange(ALONG)
    lean = np.round(np.outer(SLANTS, (rows + 0.5) / ALONG - 0.5)).astype(np.int64)
    columns = lean[:, None] + np.arange(ACROSS)[:, None]
    inside = ((columns >= 0) & (columns < ACROSS)).all(axis=2)
    paths: Array = (rows * ACROSS + columns)[inside]
    return paths


_PATHS = _paths()
_BEGIN, _END = _PATHS[:, 0] % ACROSS, _PATHS[:, -1] % ACROSS
