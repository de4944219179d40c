"""Quads from straight lines: every two pairs of lines that could be a page's sides.

Where a hand, a shadow or a second paper breaks the outline of a page, its sides
are still straight. Lines come from the line segment detector of Grompone von Gioi
et al. (IPOL 2, 2012); the evidence along each is summed once, so that thousands of
quads are compared by looking up differences of sums.
"""

import cv2
import numpy as np

from document_capture.images import Array
from document_capture.quads import areas, convex
from document_capture.views import View, apart, sampled

MOST_LINES = 26
"""Lines, by length of edge on them, that are combined."""
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
LEAST_EVIDENCE = 0.25
"""Share of a quad's weakest side that must be an edge for it to be proposed."""


def quads_of_lines(view: View, least_area: float, most: int) -> Array:
    """Return at most ``most`` quads, (n, 4, 2), not in order of corners."""
    lines = _lines(view)
    if len(lines) < 4:
        return np.zeros((0, 4, 2))
    crossings, valid = _crossings(lines, view.size)
    sums, first = _evidence(view, lines)
    quads, index = _combined(lines, crossings, valid)
    keep = (areas(quads) > least_area) & _either_way_convex(quads)
    quads, index = quads[keep], index[keep]
    support = _support(lines, quads, index, sums, first)
    merit = support.mean(axis=1) + 0.7 * support.min(axis=1)
    merit[support.min(axis=1) < LEAST_EVIDENCE] = 0
    best = np.argsort(-merit)[:most]
    chosen: Array = quads[best[merit[best] > 0]]
    return chosen


def _lines(view: View) -> Array:
    """Return (n, 4): a point and a unit direction, the best supported first."""
    found = []
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE)
    for channel in (view.closed, view.faint, _chroma(view)):
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
    return np.array([line for _, line in groups[:MOST_LINES]])


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


def _evidence(view: View, lines: Array) -> tuple[Array, Array]:
    """Return running sums of edge along each line, and where along it they begin."""
    reach = int(np.hypot(*view.size)) + 2 * STEP
    steps = np.arange(-reach, reach, STEP, dtype=np.float64)
    normal = np.stack([-lines[:, 3], lines[:, 2]], axis=1)
    on = lines[:, None, :2] + steps[None, :, None] * lines[:, None, 2:]
    sides = np.stack([on + ACROSS * normal[:, None], on - ACROSS * normal[:, None]])
    seen = sampled(view.lab, sides)
    change = np.sqrt(((seen[0] - seen[1]) ** 2).sum(axis=2))
    limit = np.array(view.size) - 1
    change[~((on >= 0) & (on <= limit)).all(axis=2)] = 0
    sums = np.cumsum(np.minimum(change / PLAIN, 1), axis=1)
    return sums, np.full(len(lines), -float(reach))


def _combined(lines: Array, crossings: Array, valid: Array) -> tuple[Array, Array]:
    """Return quads of two pairs of lines, and which lines, (n, 4) as a, c, b, d."""
    angle = np.arctan2(lines[:, 3], lines[:, 2])
    lean = np.abs((angle[:, None] - angle[None] + np.pi / 2) % np.pi - np.pi / 2)
    one, other = np.nonzero(np.triu(lean < LEANING, 1))
    fits = (
        valid[one[:, None], one[None]]
        & valid[one[:, None], other[None]]
        & valid[other[:, None], one[None]]
        & valid[other[:, None], other[None]]
    )
    first, second = np.nonzero(np.triu(fits, 1))
    index = np.stack([one[first], one[second], other[first], other[second]], axis=1)
    after = np.roll(index, -1, axis=1)
    return crossings[index, after], index


def _either_way_convex(quads: Array) -> Array:
    both: Array = convex(quads) | convex(quads[:, ::-1])
    return both


def _support(
    lines: Array, quads: Array, index: Array, sums: Array, first: Array
) -> Array:
    """Return the share of each side that lies on an edge, (n, 4)."""
    support = np.zeros((len(quads), 4))
    for side in range(4):
        # Crossing k joins line k and line k + 1: line k runs from crossing k - 1.
        line = index[:, side]
        ends = []
        for corner in (quads[:, side - 1], quads[:, side]):
            along = ((corner - lines[line, :2]) * lines[line, 2:]).sum(axis=1)
            ends.append((along - first[line]) / STEP)
        low, high = np.minimum(*ends), np.maximum(*ends)
        last = sums.shape[1] - 1
        begin = np.clip(np.round(low), 0, last).astype(np.int64)
        end = np.clip(np.round(high), 0, last).astype(np.int64)
        total = sums[line, end] - sums[line, begin]
        support[:, side] = total / np.maximum(end - begin, 1)
    return support
