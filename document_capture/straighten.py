"""Straightens a page: out of the perspective, then along its lines of writing."""

import struct

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image, scaled
from document_capture.papers import SIZES, aspect_of, paper_of, shape_of, sides

LONGEST_SIDE = 2339
"""Pixels: A4 at 200 dpi, at which 11-point Chinese is read without error."""
PREVIEW_SIDE = 1000
"""Pixels of the first picture that the clerk sees."""
LEAST_SIDE = 64.0
COARSER = 0.75
"""Shrunk by more than this, a page is averaged first: a line has no width to miss."""
SKEW_SIDE = 800
"""Pixels of the long side while the slope of the lines is searched."""
WIDEST_SKEW = 4.0
"""Degrees; a line of print that slopes more was meant to."""
LEAST_SKEW = 0.3
"""Degrees that a reader does not see."""
SKEW_STEP = 0.1
COARSELY = 4
"""Steps between the slopes that are tried first: lines as wide as a page separate
better already when they are less than half a degree from level."""
FEWER = 3
"""One ink point in so many is enough to try a slope coarsely."""
CLEARER = 1.25
"""How much better lines must separate when turned than when left alone."""
LEAST_INK = 400
"""Dark pixels, at ``SKEW_SIDE``, below which there are no lines to follow."""


def straighten(image: Image, corners: Corners, longest: int = LONGEST_SIDE) -> Image:
    """Return the page as if photographed from straight above.

    Its shape is that of the paper it is taken for (see ``papers``), else what its
    perspective tells. The size follows the longer of each pair of opposite sides,
    never enlarged, and at most ``longest`` pixels.
    """
    width, height = _size(image, corners)
    shrink = min(1.0, longest / max(width, height))
    size = round(width * shrink), round(height * shrink)
    if shrink < COARSER:
        image, corners = _averaged(image, corners, shrink)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    target = (square * size - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    page: Image = cv2.warpPerspective(
        image, matrix, size, flags=flags, borderMode=border
    )
    return page


def _size(image: Image, corners: Corners) -> tuple[float, float]:
    across, down = sides(corners)
    width, height = max(*across, LEAST_SIDE), max(*down, LEAST_SIDE)
    aspect = aspect_of(corners, image.shape[:2])
    paper = paper_of(aspect)
    if paper in SIZES:
        aspect = shape_of(paper) if aspect > 1 else 1 / shape_of(paper)
    # The better sampled direction keeps its pixels; the other is stretched to it.
    return max(width, height * aspect), max(height, width / aspect)


def _averaged(image: Image, corners: Corners, shrink: float) -> tuple[Image, Corners]:
    """Return the part of the frame with the page in it, made smaller."""
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, None)
    high = np.ceil(corners.max(axis=0)).astype(int) + 3
    part = image[low[1] : high[1], low[0] : high[0]]
    small = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    scale = np.array(small.shape[1::-1]) / np.array(part.shape[1::-1])
    return small, ((corners - low + 0.5) * scale - 0.5).astype(np.float32)


def skew_of(page: Image) -> float:
    """Return by how many degrees to turn a page for its lines of writing to be level.

    0.0 where the lines are level, too few, or do not clearly separate better when
    turned. Lines may run across or down (the slope is searched both ways), but not at
    an angle of more than ``WIDEST_SKEW``.
    """
    ink = _ink_points(page)
    if ink.shape[1] < LEAST_INK:
        return 0.0
    y, x = ink
    # Lines run the way in which they separate better; the other way is all chance.
    _, clear, angle = max(_slope(y, x), _slope(x, -y))
    if clear < CLEARER or not LEAST_SKEW <= abs(angle) < WIDEST_SKEW:
        return 0.0
    return angle


def level(page: Image, angle: float) -> Image:
    """Return the page turned by degrees about its middle, as large as it was."""
    if not angle:
        return page
    height, width = page.shape[:2]
    matrix = _turn(page, angle)
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    turned: Image = cv2.warpAffine(
        page, matrix, (width, height), flags=flags, borderMode=border
    )
    return turned


def share_kept(ink: Array, angle: float) -> float:
    """Return the share of ``ink`` (h, w; uint8) that ``level`` would keep, 0 to 1."""
    points = cv2.findNonZero(ink)
    if points is None:
        return 1.0
    moved = cv2.transform(
        points.reshape(-1, 1, 2).astype(np.float32), _turn(ink, angle)
    )[:, 0]
    inside = (moved >= 0) & (moved < ink.shape[1::-1])
    return float(inside.all(axis=1).mean())


def _turn(page: Array, angle: float) -> Array:
    height, width = page.shape[:2]
    return np.array(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0))


def _ink_points(page: Image) -> Array:
    """Return (2, n) y and x of dark pixels, small, without the page's border."""
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    small = scaled(grey, SKEW_SIDE / max(page.shape[:2]))
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    edge = SKEW_SIDE // 40
    inner = dark[edge:-edge, edge:-edge]
    if not inner.size:  # a strip of which the border is all
        return np.zeros((2, 0), np.float32)
    points = cv2.findNonZero((inner > max(25, int(inner.max()) // 3)).view(np.uint8))
    if points is None:
        return np.zeros((2, 0), np.float32)
    found: Array = points.reshape(-1, 2)[:, ::-1].T.astype(np.float32)
    return found


def _slope(level: Array, along: Array) -> tuple[float, float, float]:
    """Return how clear lines are at their best angle, how much clearer, and the angle.

    Clear in squared steps of ink from row to row; clearer than when left alone.
    """

    def clear(step: int, every: int = 1) -> float:
        return _separation(level[::every], along[::every], step * SKEW_STEP)

    def roughly_clear(step: int) -> float:
        return clear(step, FEWER)

    steps = round(WIDEST_SKEW / SKEW_STEP)
    rough = max(range(-steps, steps + 1, COARSELY), key=roughly_clear)
    near = range(rough - COARSELY + 1, rough + COARSELY)
    best = max((step for step in near if abs(step) <= steps), key=clear)
    clearest = clear(best)
    return clearest, clearest / max(clear(0), 1.0), best * SKEW_STEP


def _separation(level: Array, along: Array, angle: float) -> float:
    slope = np.float32(np.tan(np.radians(angle)))
    rows = (level - along * slope).astype(np.intp)
    profile = np.bincount(rows - rows.min()).astype(np.float64)
    return float((np.diff(profile) ** 2).sum())


def preview_scale(page: Image) -> float:
    """Return the size of a page's preview over that of ``page``, at most 1."""
    height, width = page.shape[:2]
    return float(min(1.0, PREVIEW_SIDE / min(max(height, width), 2 * width)))


def preview(page: Image) -> Image:
    """Return the page small enough to be there at once."""
    shrink = preview_scale(page)
    if shrink <= 1 / 2:
        page, shrink = scaled(page, 1 / 2), 2 * shrink
    # Nobody measures a preview: what is hardly smaller need not be averaged.
    way = cv2.INTER_LINEAR if shrink > COARSER else cv2.INTER_AREA
    small: Image = cv2.resize(page, None, fx=shrink, fy=shrink, interpolation=way)
    return small


def to_jpeg(image: Array, quality: int, dpi: float = 0.0) -> bytes:
    """Return ``image`` as JPEG that says how many pixels an inch has.

    ``dpi``: 1 to 65535, rounded; 0: not known, and not said.
    """
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "an 8-bit image can always be encoded"
    jpeg = bytes(data.tobytes())
    if not dpi:
        return jpeg
    # JFIF 1.02: after its name and version come the unit (1: dots an inch) and two
    # numbers.
    assert jpeg[6:11] == b"JFIF\0", "OpenCV writes JFIF"
    return jpeg[:13] + struct.pack(">BHH", 1, round(dpi), round(dpi)) + jpeg[18:]
