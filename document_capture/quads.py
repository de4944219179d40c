"""Quadrilaterals as arrays of shape (n, 4, 2): order, size, angles, overlap."""

import cv2
import numpy as np

from document_capture.images import Array


def clockwise(quads: Array) -> Array:
    """Return every quad clockwise, beginning at the corner nearest the top left."""
    around = quads - quads.mean(axis=1, keepdims=True)
    order = np.argsort(np.arctan2(around[..., 1], around[..., 0]), axis=1)
    ordered = np.take_along_axis(quads, order[..., None], axis=1)
    first = ordered.sum(axis=2).argmin(axis=1)
    turn = (np.arange(4)[None, :] + first[:, None]) % 4
    turned: Array = np.take_along_axis(ordered, turn[..., None], axis=1)
    return turned


def areas(quads: Array) -> Array:
    """Return the area of every quad, (n,)."""
    after = np.roll(quads, -1, axis=1)
    cross = quads[..., 0] * after[..., 1] - quads[..., 1] * after[..., 0]
    found: Array = np.abs(cross.sum(axis=1)) / 2
    return found


def lengths(quads: Array) -> Array:
    """Return the lengths of the sides, (n, 4); side k runs from corner k."""
    along = np.roll(quads, -1, axis=1) - quads
    found: Array = np.hypot(along[..., 0], along[..., 1])
    return found


def askew(quads: Array) -> Array:
    """Return by how many degrees the worst corner differs from a right one, (n,)."""
    before = np.roll(quads, 1, axis=1) - quads
    after = np.roll(quads, -1, axis=1) - quads
    sizes = np.hypot(before[..., 0], before[..., 1])
    sizes = sizes * np.hypot(after[..., 0], after[..., 1]) + 1e-9
    cosine = np.clip((before * after).sum(axis=2) / sizes, -1, 1)
    found: Array = np.abs(np.degrees(np.arccos(cosine)) - 90).max(axis=1)
    return found


def convex(quads: Array) -> Array:
    """Return which quads turn right at all four corners, (n,) bool."""
    along = np.roll(quads, -1, axis=1) - quads
    after = np.roll(along, -1, axis=1)
    turn = along[..., 0] * after[..., 1] - along[..., 1] * after[..., 0]
    found: Array = (turn > 0).all(axis=1)
    return found


def overlap(one: Array, other: Array) -> float:
    """Return intersection over union of two convex quads, each (4, 2); 0 to 1."""
    both = common(one, other)
    first, second = one.astype(np.float32), other.astype(np.float32)
    either = cv2.contourArea(first) + cv2.contourArea(second) - both
    return float(both / either) if either > 0 else 0.0


def common(one: Array, other: Array) -> float:
    """Return the area that two convex quads, each (4, 2), have in common."""
    first, second = one.astype(np.float32), other.astype(np.float32)
    both, _ = cv2.intersectConvexConvex(first, second)
    return float(both)


def encloses(outer: Array, inner: Array, slack: float) -> bool:
    """Whether ``inner`` lies in ``outer``, no corner more than ``slack`` outside."""
    contour = outer.astype(np.float32)
    return all(
        cv2.pointPolygonTest(contour, (float(x), float(y)), measureDist=True) >= -slack
        for x, y in inner
    )


def spread(quads: Array, rows: int = 8) -> Array:
    """Return places spread over each quad in ``rows`` rows, (n, rows * rows, 2)."""
    share = (np.arange(rows) + 0.5) / rows
    down, across = (one.ravel() for one in np.meshgrid(share, share, indexing="ij"))
    weights = np.stack(
        [
            (1 - across) * (1 - down),
            across * (1 - down),
            across * down,
            (1 - across) * down,
        ],
        axis=-1,
    )
    places: Array = weights.astype(quads.dtype) @ quads
    return places
