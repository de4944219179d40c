"""Tells which of two papers lies upon the other, where their sides cross.

The upper one shows its sides also where they run over the lower one; of the lower one
nothing is seen there. A paper half hidden is judged by what is left of it, and may
well look more like a page than the one upon it.
"""

import numpy as np

from document_capture.images import Array
from document_capture.quads import areas, common, overlap
from document_capture.views import View, contrast, sampled

SAMPLES = 120
"""Places along a side that are looked at: closer than lines of print are."""
OFF = 3.0
"""Pixels to either side of a quad's side whose colours are compared."""
WITHIN = 4.0
"""Pixels inside the other quad from where a place lies on it, not on its rim."""
LEAST = 12
"""Places of a quad that must lie on the other, or the two do not cross."""
CLEAR = 12.0
"""Change of colour (L2 in Lab) that is as good an edge as any greater one."""
FAINT = 2.0
"""Change in a side's usual direction from which there is an edge at all."""
PLAIN = 0.5
"""Difference of what the two show from which one lies upon the other: what is printed
on a paper has sides too."""
WEIGHT = 8.0
"""Power that the lower one loses, times that difference. On 1009 composites (seeds for
development) anything from 5 to 12 makes two right that were not, and none wrong."""
ALIKE = 0.6
"""Overlap above which two quads are not two papers, but one that was fitted badly: of
a bent one, sides that do not follow the bend seem to be covered."""
MOSTLY_WITHIN = 0.93
"""Share of the smaller of two quads, common to both, from where it is a part of the
other."""
RIVALS = 24
"""Best quads that may lie upon the very best."""
MOST_LAYERS = 3
"""Papers that lie upon one another."""


def hidden(view: View, quads: Array, power: Array) -> Array:
    """Return the power that quads lose to what lies upon them, (n,) of 0 or more.

    Once it is taken away, the best quad is one that no other as good lies upon.

    Args:
        view: the picture.
        quads: (n, 4, 2) clockwise, fitted: their sides lie on edges.
        power: (n,), see ``score``.
    """
    lost = np.zeros(len(quads))
    for _ in range(MOST_LAYERS if len(quads) else 0):
        left = power - lost
        best = int(left.argmax())
        above = _above(view, quads, left, best)
        if above <= 0:
            break
        same = [overlap(quad, quads[best]) > ALIKE for quad in quads]
        lost += above * np.array(same)
    return lost


def _above(view: View, quads: Array, power: Array, best: int) -> float:
    """Return what the best quad loses to one upon it; 0 where none is as good then."""
    near = np.argsort(-power)[:RIVALS]
    near = near[power[near] > power[best] - WEIGHT]
    rivals = [one for one in near if _cross(quads[one], quads[best])]
    upper = shown(view, quads[rivals], quads[best])
    gains = [0.0]
    for rival, clear in zip(rivals, upper, strict=True):
        # NaN, where the two do not cross, is no more than anything.
        if clear > PLAIN:
            lower = float(shown(view, quads[best][None], quads[rival])[0])
            if clear - lower > PLAIN:
                gain = WEIGHT * (clear - lower)
                gains.append(gain * (power[rival] + gain > power[best]))
    return max(gains)


def _cross(one: Array, other: Array) -> bool:
    smaller = float(areas(np.stack([one, other])).min())
    crossing = 0 < common(one, other) <= MOSTLY_WITHIN * smaller
    return crossing and overlap(one, other) <= ALIKE


def shown(view: View, quads: Array, other: Array) -> Array:
    """Return how clear the sides of each quad are where they run over ``other``, (n,).

    0 to 1; NaN where they do not.
    """
    along = np.roll(quads, -1, axis=1) - quads
    size = np.hypot(along[..., 0], along[..., 1])[..., None] + 1e-9
    inward = np.stack([-along[..., 1], along[..., 0]], axis=-1) / size
    steps = (np.arange(SAMPLES)[:, None] + 0.5) / SAMPLES
    on = quads[:, :, None] + steps * along[:, :, None]
    over = _inside(on, other)
    off = OFF * inward[:, :, None]
    lab = sampled(view.lab, np.stack([on + off, on - off]))
    change = (lab[0] - lab[1]) * over[..., None]
    count = over.sum(axis=2)
    usual = change.sum(axis=2) / np.maximum(count, 1)[..., None]
    size = contrast(usual)
    way = usual / (size[..., None] + 1e-9)
    edge = ((change * way[:, :, None]).sum(axis=-1) > FAINT).sum(axis=2)
    clear = (np.minimum(size / CLEAR, 1) * edge).sum(axis=1)
    total = count.sum(axis=1)
    return np.where(total >= LEAST, clear / np.maximum(total, 1), np.nan)


def _inside(points: Array, quad: Array) -> Array:
    along = np.roll(quad, -1, axis=0) - quad
    along = along / (np.hypot(along[:, 0], along[:, 1])[:, None] + 1e-9)
    away = points[..., None, :] - quad
    depth = along[:, 0] * away[..., 1] - along[:, 1] * away[..., 0]
    found: Array = (depth > WITHIN).all(axis=-1)
    return found
