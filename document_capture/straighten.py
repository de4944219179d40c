"""Straightens a page and evens out its light."""

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image

LONGEST_SIDE = 2339
"""Pixels: A4 at 200 dpi, at which 11-point Chinese is read without error."""
PREVIEW_SIDE = 1000
"""Pixels of the first picture that the clerk sees."""
LEAST_SIDE = 64.0


def straighten(image: Image, corners: Corners) -> Image:
    """Return the page as if photographed from straight above.

    The size follows the longer of each pair of opposite sides, never enlarged,
    and at most ``LONGEST_SIDE``.
    """
    top, right = _length(corners, 0, 1), _length(corners, 1, 2)
    bottom, left = _length(corners, 2, 3), _length(corners, 3, 0)
    width, height = max(top, bottom, LEAST_SIDE), max(left, right, LEAST_SIDE)
    shrink = min(1.0, LONGEST_SIDE / max(width, height))
    size = round(width * shrink), round(height * shrink)
    target = np.array(
        [[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    page: Image = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR)
    return page


def even_light(page: Image) -> Image:
    """Return the page with its background divided out, as if lit from everywhere.

    The background is what remains at an eighth of the size when the writing is
    closed away; shadows of hands and lamps go with it.
    """
    small = cv2.resize(page, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    closed = cv2.medianBlur(closed, 11)
    size = page.shape[1], page.shape[0]
    background = cv2.resize(closed, size, interpolation=cv2.INTER_LINEAR)
    even: Image = cv2.divide(page, background, scale=245)
    return even


def preview(page: Image) -> Image:
    """Return the page small enough to be there at once."""
    shrink = min(1.0, PREVIEW_SIDE / min(max(page.shape[:2]), 2 * page.shape[1]))
    if shrink == 1.0:
        return page
    small: Image = cv2.resize(
        page, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA
    )
    return small


def to_jpeg(image: Array, quality: int) -> bytes:
    """Return ``image`` as JPEG."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "an 8-bit image can always be encoded"
    return bytes(data.tobytes())


def _length(corners: Corners, begin: int, end: int) -> float:
    return float(np.hypot(*(corners[end] - corners[begin])))
