"""Tells a part of a folded paper, or one page of an open booklet, from the whole.

A fold looks like a side, often a clearer one than the side does. But beyond it the
paper goes on: between the same two sides, in the same colour, with writing on it.
"""

import numpy as np

from document_capture.blanks import ground, written
from document_capture.images import Array
from document_capture.quads import areas
from document_capture.views import View, contrast

NEAR = 8.0
"""Pixels of the view by which corners and sides of the two may differ."""
PARTS = 0.25, 0.75
"""Share of the whole that a part may be."""
WEAKER = 2.0
"""Power by which the whole may be behind the part. On 1286 composites (seeds for
development) this makes five right that were not, and none wrong; with 2.4 it is one
more of either."""
TINTED = 1.3
"""Difference of a and b (8-bit Lab) of one paper, on either side of a fold."""
LIT = 40.0
"""Difference of lightness (8-bit Lab): the two sides lie otherwise to the lamp."""
GOES_ON = 0.25
"""Of what lies beyond, as ``blanks.written`` says: less is a desk with things on it."""
LARGER = 1.25
"""Times its part that the whole is at least."""
_TURNS = (np.arange(4)[:, None] + np.arange(4)) % 4
FOLDS = 2
"""How often a part is looked for what it is a part of: letters are folded twice."""


def unfolded(view: View, quads: Array, power: Array, best: int) -> int:
    """Return which of ``quads`` (n, 4, 2) is all of the ``best``: mostly itself."""
    for _ in range(FOLDS):
        whole = _whole(view, quads, power, best)
        if whole == best:
            break
        best = whole
    return best


def _whole(view: View, quads: Array, power: Array, best: int) -> int:
    size = areas(quads)
    apart = np.hypot(*np.moveaxis(quads[:, :, None] - quads[best], -1, 0))
    two_corners = (apart.min(axis=1) <= NEAR).sum(axis=1) >= 2
    larger = (size > LARGER * size[best]) & two_corners
    larger &= power >= power[best] - WEAKER
    rest = {
        other: beyond
        for other in np.flatnonzero(larger).tolist()
        if (beyond := _beyond(quads[best], quads[other])) is not None
    }
    if not rest:
        return best
    strips = np.stack(list(rest.values()))
    change = ground(view, strips) - ground(view, quads[best][None])
    alike = (contrast(change[:, 1:]) <= TINTED) & (abs(change[:, 0]) <= LIT)
    alike &= written(view, strips) >= GOES_ON
    found = [other for other, same in zip(rest, alike, strict=True) if same]
    return max(found, key=lambda other: float(power[other]), default=best)


def _beyond(part: Array, whole: Array) -> Array | None:
    """Return what of ``whole`` lies beyond one side of ``part``, (4, 2); else ``None``.

    They must have one side in common, and lie between the same two beside it.
    """
    apart = np.hypot(*(whole[:, None] - part).T)
    nearest, near = apart.argmin(axis=1), apart.min(axis=1) <= NEAR
    for turn in _TURNS:
        begin, end = nearest[turn[:2]]
        if not near[turn[:2]].all() or end != (begin + 1) % 4:
            continue
        one, two, three, four = part[turn]
        third, fourth = whole[_TURNS[begin][2:]]
        if _between(two, third, three) and _between(one, fourth, four):
            return np.stack([four, three, third, fourth])
    return None


def _between(begin: Array, end: Array, point: Array) -> bool:
    """Return whether ``point`` lies on the way, where a part may end."""
    way, gone = end - begin, point - begin
    length = float(np.hypot(*way)) + 1e-9
    share = float(way @ gone) / length**2
    aside = abs(float(way[0] * gone[1] - way[1] * gone[0])) / length
    return aside <= NEAR and PARTS[0] <= share <= PARTS[1]
