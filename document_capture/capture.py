"""The journey of a picture: find, straighten, judge, clean, encode."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Blurred, CutOff, Image, TooFar, TooLarge
from document_capture.page import Found, find_page
from document_capture.sharpness import READABLE, sharpness
from document_capture.straighten import even_light, preview, straighten, to_jpeg

LEAST_PAGE = 480
"""Pixels of a page's long side below which it cannot be read."""
STACKED_WIDTH = 1240
STACKED_HEIGHT = 20_000
"""Pixels: eleven A4 pages at 150 dpi, one below the other."""
PREVIEW_QUALITY = 70
PAGE_QUALITY = 85
ORIGINAL_QUALITY = 92
EDGE = 0.012
"""A side this near to the frame, as a share of it, is the frame and not the page."""
OUTSIDE = 4
"""Pixels by which a corner may lie outside the frame."""


class Page(msgspec.Struct, frozen=True):
    """A page that passed every check. All pictures are JPEG."""

    preview: bytes
    page: bytes
    original: bytes
    corners: list[list[float]]
    score: float
    sharpness: float


def capture(frame: Image, *, keep_colours: bool = False) -> Page:
    """Return the page that lies under the camera.

    ``keep_colours`` leaves light and colour as they are: evening out the light
    makes writing clear and a portrait unrecognisable.

    Raises:
        NoPage: nothing is surely a page.
        CutOff: a corner is outside the frame.
        TooFar: the page is too small to be read.
        Blurred: the writing is not sharp.
    """
    found = find_page(frame)
    _require_inside(found, frame)
    page = straighten(frame, found.corners)
    if max(page.shape[:2]) < LEAST_PAGE:
        raise TooFar
    measured = sharpness(page)
    if measured < READABLE:
        raise Blurred
    clean = page if keep_colours else even_light(page)
    return Page(
        preview=to_jpeg(preview(clean), PREVIEW_QUALITY),
        page=to_jpeg(clean, PAGE_QUALITY),
        original=to_jpeg(frame, ORIGINAL_QUALITY),
        corners=found.corners.tolist(),
        score=found.score,
        sharpness=measured,
    )


def imported(pages: list[Image]) -> Page:
    """Return the pages of a file, one below the other, as one long picture.

    There is nothing to find or straighten.

    Raises:
        TooLarge: together they are longer than a picture can be read.
    """
    width = min(STACKED_WIDTH, max(page.shape[1] for page in pages))
    if len(pages) == 1:
        width = pages[0].shape[1]
    fitted = [_of_width(page, width) for page in pages]
    if sum(page.shape[0] for page in fitted) > STACKED_HEIGHT:
        raise TooLarge
    image = np.vstack(fitted)
    height, width = image.shape[:2]
    corners = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]
    return Page(
        preview=to_jpeg(preview(image), PREVIEW_QUALITY),
        page=to_jpeg(image, PAGE_QUALITY),
        original=to_jpeg(image, ORIGINAL_QUALITY),
        corners=corners,
        score=1.0,
        sharpness=sharpness(image),
    )


def _of_width(page: Image, width: int) -> Image:
    height = round(page.shape[0] * width / page.shape[1])
    fitted: Image = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)
    return fitted


def _require_inside(found: Found, frame: Image) -> None:
    """Raise ``CutOff`` if a corner is outside, or a side runs along the frame."""
    height, width = frame.shape[:2]
    low, high = found.corners.min(), found.corners.max(axis=0)
    if low < -OUTSIDE or high[0] > width + OUTSIDE or high[1] > height + OUTSIDE:
        raise CutOff
    for axis, length in ((0, width), (1, height)):
        along, edge = found.corners[:, axis], length * EDGE
        if (along < edge).sum() >= 2 or (along > length - edge).sum() >= 2:
            raise CutOff
