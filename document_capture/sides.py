"""Fits the four sides of a quad to the edges in the picture, finer than a pixel.

A side is first voted for: every straight line that runs through the band around
the guess collects the gradient along it. Then the strongest gradient near the
winner is fitted by iteratively reweighted least squares, so that a hand over a
part of the side counts for little, and with a slight curve, so that the corners of
a paper that does not lie flat are where its sides really meet.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.views import sampled

SAMPLES = 40
"""Places along a side where the edge is looked for."""
MARGIN = 0.03
"""Share of a side, at either end, where the neighbouring side disturbs."""
STRONG = 24.0
"""Gradient (L1 in Lab) above which an edge is no better for being stronger."""
LOOSE = 1.2
"""Pixels from the line at which an edge point counts half."""
STIFF = 0.004
"""How much a curve costs, as a share of the points: noise must not bend a side."""
MOST_MOVED = 4.0
"""Bands by which a corner may move; a fit that moves it more has run away."""
NEAR = 3
"""Pixels to either side of the voted line where edge points are taken from it."""


class Fit(msgspec.Struct, frozen=True):
    """Quads after fitting."""

    quads: Array
    """(n, 4, 2)."""
    bend: Array
    """(n, 4): how far the middle of a side lies off the line between its corners,
    as a share of the side's length; signed, positive to the inside."""


def fit(
    picture: Array,
    quads: Array,
    band: int,
    near: int = NEAR,
    bows: tuple[int, ...] = (0,),
    stride: int = 1,
) -> Fit:
    """Return ``quads`` (n, 4, 2) with their sides moved onto edges.

    Args:
        picture: (h, w, 3) float32 or uint8.
        quads: clockwise, pixels of ``picture``.
        band: pixels to either side of the guess that are searched.
        near: pixels to either side of the voted line that are still its edge;
            wider follows papers that bend more.
        bows: pixels by which the middle of a side may lie off the line between its
            ends; each is tried.
        stride: pixels and samples between the courses that are tried; 2 is four
            times as fast, and as exact where the edge is within ``near``.
    """
    begins = quads.reshape(-1, 2)
    along = (np.roll(quads, -1, axis=1) - quads).reshape(-1, 2)
    size = np.hypot(along[:, 0], along[:, 1]) + 1e-9
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / size[:, None]
    steps = np.linspace(MARGIN, 1 - MARGIN, SAMPLES)
    reach = band + near + max(bows)
    offsets = np.arange(-reach - 1, reach + 2, dtype=np.float64)
    points = begins[:, None, None] + steps[None, :, None, None] * along[:, None, None]
    points = points + offsets[None, None, :, None] * normal[:, None, None]
    strip = sampled(picture, points).astype(np.float32)
    step = np.abs(strip[:, :, 2:] - strip[:, :, :-2])
    # numpy adds three planes faster than it adds along an axis of three.
    change = step[..., 0] + step[..., 1] + step[..., 2]
    votes = np.minimum(change, STRONG)
    if stride > 1:
        votes = cv2.blur(votes.reshape(-1, votes.shape[2]), (stride + 1, 1))
    courses = _courses(steps, np.arange(-band, band + 1, stride), bows)
    line = _voted(votes.reshape(change.shape), courses, reach, stride)
    where, weight = _peaks(change, line, reach, near)
    curve = _curve(steps, where, weight, line)
    return _met(quads, normal.reshape(quads.shape), size.reshape(-1, 4), curve, band)


def _courses(steps: Array, ends: Array, bows: tuple[int, ...]) -> Array:
    """Return every way a side may run through its band: offsets, (ways, samples)."""
    first, last, bow = (
        grid.ravel()[:, None] for grid in np.meshgrid(ends, ends, bows, indexing="ij")
    )
    course: Array = first + (last - first) * steps + 4 * bow * steps * (1 - steps)
    return course


def _voted(change: Array, courses: Array, reach: int, stride: int) -> Array:
    """Return the course, of each side, that collects most gradient."""
    sides, samples, width = change.shape
    at = np.clip(np.round(courses).astype(np.int64) + reach, 0, width - 1)
    places = (at + np.arange(samples)[None, :] * width)[:, ::stride]
    flat = np.ascontiguousarray(change).reshape(sides, -1)
    votes = flat[:, places.ravel()].reshape(sides, *places.shape).sum(axis=2)
    # Of equals the one nearest the guess: a flat field must not move a side.
    away = np.abs(courses).mean(axis=1)
    votes = votes - 0.02 * votes.max(axis=1, keepdims=True) * away / (away.max() + 1)
    best: Array = courses[votes.argmax(axis=1)]
    return best


def _peaks(change: Array, line: Array, reach: int, near: int) -> tuple[Array, Array]:
    """Return offset and strength of the strongest edge near ``line``, per sample."""
    middle = np.clip(np.round(line).astype(np.int64), near - reach, reach - near)
    window = middle[..., None] + np.arange(-near, near + 1) + reach
    local = np.take_along_axis(change, window, axis=2)
    best = local.argmax(axis=2)
    at = np.take_along_axis(window, best[..., None], axis=2)
    peak = np.take_along_axis(change, at, axis=2)[..., 0]
    before = np.take_along_axis(change, np.maximum(at - 1, 0), axis=2)[..., 0]
    after = np.take_along_axis(change, np.minimum(at + 1, 2 * reach), axis=2)[..., 0]
    # A parabola through three values has its top between pixels.
    drop = before - 2 * peak + after
    shift = np.where(drop < -1e-6, (before - after) / (2 * np.minimum(drop, -1e-6)), 0)
    return at[..., 0] - reach + np.clip(shift, -0.5, 0.5), np.minimum(peak, STRONG)


def _curve(steps: Array, where: Array, weight: Array, line: Array) -> Array:
    """Return (sides, 3): offset as a polynomial of the share along the side."""
    basis = np.stack([np.ones_like(steps), steps, 4 * steps * (1 - steps)], axis=1)
    now = line
    curve = np.zeros((len(where), 3))
    stiff = np.diag([1e-6, 1e-6, STIFF * len(steps)])
    for looseness in (3 * LOOSE, 2 * LOOSE, LOOSE, LOOSE):
        trust = weight / (weight.max(axis=1, keepdims=True) + 1e-6)
        trust = trust / (1 + ((where - now) / looseness) ** 2)
        matrix = np.einsum("st,ti,tj->sij", trust, basis, basis) + stiff
        side = np.einsum("st,ti->si", trust * where, basis)
        curve = np.linalg.solve(matrix, side[..., None])[..., 0]
        now = curve @ basis.T
    return curve


def _met(quads: Array, normal: Array, size: Array, curve: Array, band: int) -> Fit:
    """Return the corners where neighbouring sides, as curved as they are, meet."""
    offset, slope, bow = np.moveaxis(curve.reshape(*quads.shape[:2], 3), 2, 0)
    along = np.roll(quads, -1, axis=1) - quads
    start = quads + offset[..., None] * normal
    end = quads + along + (offset + slope)[..., None] * normal
    leaving = along + (slope + 4 * bow)[..., None] * normal
    coming = along + (slope - 4 * bow)[..., None] * normal
    # Corner k is where the end of side k - 1 meets the start of side k.
    point, direction = np.roll(end, 1, axis=1), np.roll(coming, 1, axis=1)
    cross = direction[..., 0] * leaving[..., 1] - direction[..., 1] * leaving[..., 0]
    gap = start - point
    share = gap[..., 0] * leaving[..., 1] - gap[..., 1] * leaving[..., 0]
    share = share / np.where(np.abs(cross) < 1e-9, 1e-9, cross)
    met = point + share[..., None] * direction
    moved = np.abs(met - quads).max(axis=(1, 2))
    kept = np.isfinite(moved) & (moved < MOST_MOVED * band)
    bend = np.where(kept[:, None], bow / size, 0.0)
    return Fit(np.where(kept[:, None, None], met, quads), bend)
