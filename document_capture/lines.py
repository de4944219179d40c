"""Quads from straight lines: every two pairs of lines that could be a page's sides.

Where a hand, a shadow or a second paper breaks the outline of a page, its sides
are still straight. Lines come from the line segment detector of Grompone von Gioi
et al. (IPOL 2, 2012); the evidence along each is summed once, so that thousands of
quads are compared by looking up differences of sums.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.quads import areas, convex
from document_capture.views import View, apart, contrast, sampled, stretched

MOST_LINES = 26
"""Lines, by length of edge on them, that are combined: pairs of pairs are many."""
MORE_LINES = 64
"""Lines that may take the place of one side: a side that is faint, or mostly under
a hand, is short among wood, keys and cloth."""
EXCHANGED = 16
"""Best quads of which each side is tried elsewhere."""
DETAIL = 0.5
"""Times the view's width and height at which the detector looks: noise is averaged
away, and more right quads are proposed than at 0.65 or 0.8, in half the time."""
LEAST_SEGMENT = 0.035
"""Share of the long side: shorter segments are writing."""
APART = 4.0
"""Pixels within which segments lie on one line."""
LEANING = np.radians(35)
"""Angle by which opposite sides may differ; seen from very near and low it is 30."""
CROSSING = np.radians(40)
"""Least angle between neighbouring sides."""
OUTSIDE = 0.05
"""Share of the frame by which a corner may lie outside it."""
STEP = 3
"""Pixels between places where the evidence along a line is taken."""
ACROSS = 3.0
"""Pixels to either side of a line whose colours are compared."""
PLAIN = 12.0
"""Difference of colour (L2 in Lab) that is as good as any greater one."""
ACCORD = 1.0
"""Weight of what all four sides agree on: light to dark, and in which hue."""
LEAST_EVIDENCE = 0.25
"""Share of a quad's weakest side that must be an edge for it to be proposed."""


class Web(msgspec.Struct, frozen=True):
    """Lines, and what is known of them."""

    lines: Array
    """(n, 4): a point and a unit direction, the best supported first."""
    crossings: Array
    """(n, n, 2): where each two meet."""
    valid: Array
    """(n, n): whether that can be a corner."""
    sums: Array
    """(n, steps, 4): running sums of how much of an edge there is along each line,
    0 to 1, and of the change of colour from its right to its left."""
    reach: float
    """Pixels before a line's point where its sums begin."""


def quads_of_lines(view: View, least_area: float, most: int) -> Array:
    """Return quads, (n, 4, 2), not in order of corners.

    Args:
        view: the picture.
        least_area: of a page, in pixels of the view.
        most: quads of the strongest lines, and half as many with one other side.
    """
    lines = _lines(view)
    if len(lines) < 4:
        return np.zeros((0, 4, 2))
    web = Web(lines, *_crossings(lines, view.size), *_evidence(view, lines))
    index = _best(web, _combined(web, MOST_LINES), least_area, most)
    other = _best(web, _exchanged(web, index[:EXCHANGED]), least_area, most // 2)
    return _quads(web, np.concatenate([index, other]))


def _best(web: Web, index: Array, least_area: float, most: int) -> Array:
    """Return the best supported of ``index`` (n, 4), at most ``most``, in order."""
    quads = _quads(web, index)
    keep = (areas(quads) > least_area) & _either_way_convex(quads)
    quads, index = quads[keep], index[keep]
    support, accord = _support(web, quads, index)
    weakest = support.min(axis=1)
    merit = support.mean(axis=1) + 0.7 * weakest + ACCORD * accord
    merit[weakest < LEAST_EVIDENCE] = 0
    best = np.argsort(-merit)[:most]
    chosen: Array = index[best[merit[best] > 0]]
    return chosen


def _quads(web: Web, index: Array) -> Array:
    # Crossing k joins line k and line k + 1: line k runs from crossing k - 1.
    quads: Array = web.crossings[index, np.roll(index, -1, axis=1)]
    return quads


def _lines(view: View) -> Array:
    """Return (n, 4): a point and a unit direction, the best supported first."""
    if min(view.size) * DETAIL < 1:
        return np.zeros((0, 4))
    found = []
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, DETAIL)
    for channel in (view.closed, stretched(view.closed), _chroma(view)):
        segments = detector.detect(channel)[0]
        if segments is not None:
            found.append(segments.reshape(-1, 4))
    if not found:
        return np.zeros((0, 4))
    segments = np.concatenate(found).astype(np.float64)
    reach = np.hypot(*(segments[:, 2:] - segments[:, :2]).T)
    keep = reach > LEAST_SEGMENT * max(view.size)
    order = np.argsort(-reach[keep])[:240]
    return _merged(segments[keep][order], reach[keep][order])


def _chroma(view: View) -> Array:
    """Return how far each pixel's hue is from the picture's usual one, uint8."""
    usual = np.median(view.coarse[::4, ::4].reshape(-1, 3), axis=0)
    return apart(view.coarse, usual, (0, 3, 3))


def _merged(segments: Array, reach: Array) -> Array:
    begin, end = segments[:, :2], segments[:, 2:]
    unit = (end - begin) / reach[:, None]
    free = np.ones(len(segments), bool)
    groups = []
    for one in range(len(segments)):
        if not free[one]:
            continue
        normal = np.array([-unit[one, 1], unit[one, 0]])
        far = np.maximum(
            np.abs((begin - begin[one]) @ normal), np.abs((end - begin[one]) @ normal)
        )
        same = free & (far < APART)
        free &= ~same
        groups.append(_joined(begin[same], end[same], reach[same]))
    groups.sort(key=lambda group: -group[0])
    return np.array([line for _, line in groups[:MORE_LINES]])


def _joined(begin: Array, end: Array, reach: Array) -> tuple[float, Array]:
    points, weight = np.concatenate([begin, end]), np.concatenate([reach, reach])
    centre = (points * weight[:, None]).sum(axis=0) / weight.sum()
    around = points - centre
    spread = (around * weight[:, None]).T @ around
    direction = np.linalg.eigh(spread)[1][:, 1]
    return float(reach.sum()), np.concatenate([centre, direction])


def _crossings(lines: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return where each two lines meet, (n, n, 2), and whether that can be a corner."""
    point, unit = lines[:, :2], lines[:, 2:]
    cross = unit[:, None, 0] * unit[None, :, 1] - unit[:, None, 1] * unit[None, :, 0]
    safe = np.where(np.abs(cross) < 1e-6, 1e-6, cross)
    gap = point[None] - point[:, None]
    share = (gap[..., 0] * unit[None, :, 1] - gap[..., 1] * unit[None, :, 0]) / safe
    met = point[:, None] + share[..., None] * unit[:, None]
    limit = np.array(size) * (1 + OUTSIDE)
    inside = ((met > -OUTSIDE * max(size)) & (met < limit)).all(axis=2)
    return met, inside & (np.abs(cross) > np.sin(CROSSING))


def _evidence(view: View, lines: Array) -> tuple[Array, float]:
    reach = int(np.hypot(*view.size)) + 2 * STEP
    steps = np.arange(-reach, reach, STEP, dtype=np.float32)
    normal = np.stack([-lines[:, 3], lines[:, 2]], axis=1)
    on = lines[:, None, :2] + steps[None, :, None] * lines[:, None, 2:]
    sides = np.stack([on + ACROSS * normal[:, None], on - ACROSS * normal[:, None]])
    seen = sampled(view.lab, sides)
    change = seen[0] - seen[1]
    limit = np.array(view.size) - 1
    change[~((on >= 0) & (on <= limit)).all(axis=2)] = 0
    size = contrast(change)[..., None]
    edge = np.concatenate([size, change], axis=2) / np.maximum(size, PLAIN)
    return np.cumsum(edge, axis=1), float(reach)


def _combined(web: Web, most: int) -> Array:
    """Return which lines, (n, 4) as a, c, b, d, are two pairs of opposite sides."""
    valid = web.valid[:most, :most]
    one, other = np.nonzero(np.triu(_leaning(web.lines[:most]), 1))
    fits = (
        valid[one[:, None], one[None]]
        & valid[one[:, None], other[None]]
        & valid[other[:, None], one[None]]
        & valid[other[:, None], other[None]]
    )
    first, second = np.nonzero(np.triu(fits, 1))
    return np.stack([one[first], one[second], other[first], other[second]], axis=1)


def _exchanged(web: Web, index: Array) -> Array:
    """Return ``index`` (n, 4) with one line after the other in place of each side."""
    leaning = _leaning(web.lines)
    made = []
    for side in range(4):
        before, after = index[:, side - 1], index[:, (side + 1) % 4]
        opposite = index[:, (side + 2) % 4]
        fits = web.valid[before] & web.valid[after] & leaning[opposite]
        quad, line = np.nonzero(fits & (np.arange(len(leaning)) != opposite[:, None]))
        changed = index[quad]
        changed[:, side] = line
        made.append(changed[line != index[quad, side]])
    return np.concatenate(made)


def _leaning(lines: Array) -> Array:
    """Return which two lines, (n, n) bool, may be opposite sides."""
    angle = np.arctan2(lines[:, 3], lines[:, 2])
    lean = np.abs((angle[:, None] - angle[None] + np.pi / 2) % np.pi - np.pi / 2)
    may: Array = lean < LEANING
    return may


def _either_way_convex(quads: Array) -> Array:
    both: Array = convex(quads) | convex(quads[:, ::-1])
    return both


def _support(web: Web, quads: Array, index: Array) -> tuple[Array, Array]:
    """Return the share of each side that is an edge, (n, 4), and in accord, (n,)."""
    support = np.zeros((len(quads), 4))
    inward = np.zeros((len(quads), 3))
    middle = quads.mean(axis=1)
    last = web.sums.shape[1] - 1
    for side in range(4):
        line = index[:, side]
        point, unit = web.lines[line, :2], web.lines[line, 2:]
        ends = []
        for corner in (quads[:, side - 1], quads[:, side]):
            along = ((corner - point) * unit).sum(axis=1)
            ends.append((along + web.reach) / STEP)
        begin = np.clip(np.round(np.minimum(*ends)), 0, last).astype(np.int64)
        end = np.clip(np.round(np.maximum(*ends)), 0, last).astype(np.int64)
        total = web.sums[line, end] - web.sums[line, begin]
        share = total / np.maximum(end - begin, 1)[:, None]
        left = unit[:, 0] * (middle - point)[:, 1] - unit[:, 1] * (middle - point)[:, 0]
        support[:, side] = share[:, 0]
        inward += np.sign(left)[:, None] * share[:, 1:]
    return support, np.sqrt((inward**2).sum(axis=1)) / 4
