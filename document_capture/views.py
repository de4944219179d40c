"""The picture as the finder looks at it: small, smooth, in colours of even steps."""

import functools

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, scaled

WORK_SIZE = 640
"""Pixels of the long side while searching: a page's side is then still straight to
half a pixel, and writing has become grey."""
HALVED = 4, 6
"""Times the work size from which a picture is halved first, and halved again, which
costs little. With less to average afterwards, pixels count unevenly: of smaller
pictures fewer pages are found then."""
SMOOTH = 1.0
"""Standard deviation, in pixels, of the blur that takes a camera's noise away."""
WRITING = 11
"""Pixels: strokes thinner than this are closed away, so that a page is one field."""
AROUND = 31
"""Pixels over which light changes: slower than this it is a lamp, not an edge."""
MOST_CHANGE = 15.0
"""Levels of lightness; edges higher than this need no stretching."""
STRETCH = 8.0
"""Makes a step of one level of lightness as steep as a line detector asks for."""
RIM = 10
"""Pixels of the frame's rim that are taken to be desk."""
DESKS = 3
"""Colours that a desk has: its own, its shadow, and what lies on it."""


class View(msgspec.Struct, frozen=True):
    """A picture at ``WORK_SIZE``."""

    scale: float
    """Pixels of the view per pixel of the picture."""
    lab: Array
    """(h, w, 3) float32, CIE L*a*b* in OpenCV's 8-bit ranges, smoothed."""
    coarse: Array
    """The same as uint8."""
    closed: Array
    """(h, w) uint8: lightness without writing."""
    unlike: Array
    """(h, w) uint8: how far each pixel is from the colours of the frame's rim, which
    mostly shows the desk."""
    narrow: Array
    """The same before what is small is closed away, and 2 pixels less of it to each
    side: the desk between two papers that nearly touch is still there."""
    size: tuple[int, int]
    """Width and height of the view."""


def view(image: Image) -> View:
    """Return ``image`` (h, w, 3; BGR) as the finder looks at it."""
    longest = max(image.shape[:2])
    scale = WORK_SIZE / longest
    for times in HALVED:
        if longest >= times * WORK_SIZE:
            image = scaled(image, 0.5)
    left = WORK_SIZE / max(image.shape[:2])
    way = cv2.INTER_AREA if left < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, None, fx=left, fy=left, interpolation=way)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), SMOOTH), cv2.COLOR_BGR2LAB)
    closed = cv2.morphologyEx(
        lab[..., 0], cv2.MORPH_CLOSE, np.ones((WRITING, WRITING), np.uint8)
    )
    size = lab.shape[1], lab.shape[0]
    away = _unlike_rim(lab)
    return View(
        scale=scale,
        lab=lab.astype(np.float32),
        coarse=lab,
        closed=closed,
        unlike=cv2.morphologyEx(away, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)),
        narrow=cv2.erode(away, np.ones((3, 3), np.uint8)),
        size=size,
    )


def stretched(closed: Array) -> Array:
    """Return ``View.closed`` without slow changes of light, and stretched, uint8.

    The edge of a white paper on a white desk is then as steep as any.
    """
    fine = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 1.2)
    change = fine - cv2.boxFilter(fine, -1, (AROUND, AROUND))
    raised = cv2.max(change, -MOST_CHANGE) + MOST_CHANGE
    steep: Array = cv2.convertScaleAbs(raised, alpha=STRETCH)
    return steep


def sampled(picture: Array, points: Array) -> Array:
    """Return ``picture`` (h, w, c) at ``points`` (..., 2), between pixels linearly.

    Points outside see the nearest pixel of the rim.
    """
    # cv2.remap refuses more than 32767 rows or columns; a square is far below.
    flat = points.reshape(-1, 2).astype(np.float32)
    if not len(flat):
        channels = picture.shape[2] if picture.ndim == 3 else 1
        return np.zeros((*points.shape[:-1], channels), np.float32)
    side = 512
    rows = -(-len(flat) // side)
    padded = np.zeros((rows * side, 2), np.float32)
    padded[: len(flat)] = flat
    grid = padded.reshape(rows, side, 2)
    seen = cv2.remap(
        picture,
        grid[..., 0],
        grid[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    found: Array = seen.reshape(rows * side, -1)[: len(flat)]
    return found.reshape(*points.shape[:-1], -1)


def contrast(differences: Array) -> Array:
    """Return how great each difference of colours (..., c) is, L2."""
    found: Array = np.sqrt(np.einsum("...c,...c->...", differences, differences))
    return found


def apart(coarse: Array, colour: Array, weights: tuple[float, float, float]) -> Array:
    """Return how far each pixel of ``coarse`` is from ``colour``, (h, w) uint8.

    The sum of the weighted differences of L, a and b (L1), at most 255.
    """
    difference = cv2.absdiff(coarse, tuple(float(value) for value in (*colour, 0.0)))
    found: Array = cv2.transform(difference, np.array([weights], np.float32))
    return found


def _unlike_rim(lab: Array) -> Array:
    rim = np.concatenate(
        [
            lab[:RIM:3, ::4].reshape(-1, 3),
            lab[-RIM::3, ::4].reshape(-1, 3),
            lab[::4, :RIM:3].reshape(-1, 3),
            lab[::4, -RIM::3].reshape(-1, 3),
        ]
    )
    rim = rim.astype(np.float32)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 8, 0.0)
    cv2.setRNGSeed(1)
    _, _, desks = cv2.kmeans(rim, DESKS, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    # Light changes more over a desk than its hue does.
    away = [apart(lab, desk, (1.5, 3, 3)) for desk in desks]
    nearest: Array = functools.reduce(cv2.min, away)
    return nearest
