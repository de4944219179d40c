"""The journey of a picture: find, straighten, judge, clean, encode."""

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np

from document_capture.clean import clean
from document_capture.dewarp import dewarp
from document_capture.findings import Finding, raise_first
from document_capture.fingerprint import Fingerprint
from document_capture.gate import judge
from document_capture.images import Image, TooLarge
from document_capture.page import Found, find_page
from document_capture.papers import Paper
from document_capture.sharpness import sharpness
from document_capture.straighten import deskew, preview, straighten, to_jpeg

STACKED_WIDTH = 1240
STACKED_HEIGHT = 20_000
"""Pixels: eleven A4 pages at 150 dpi, one below the other."""
PREVIEW_QUALITIES = 70, 55, 40
PREVIEW_BYTES = 70 * 1024
"""What a clerk waits for on a thin line; a busy page is shown less well instead."""
PAGE_QUALITY = 85
ORIGINAL_QUALITY = 92


class Page(msgspec.Struct, frozen=True):
    """A page. All pictures are JPEG."""

    preview: bytes
    page: bytes
    original: bytes
    """The untouched photograph: the evidence beside what was made of it."""
    corners: list[list[float]]
    score: float
    sharpness: float


class Judged(msgspec.Struct, frozen=True):
    """A page, whatever it is like, and all that is wrong with it."""

    page: Page
    findings: list[Finding]


def capture(
    frame: Image,
    *,
    keep_colours: bool = False,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
) -> Page:
    """Return the page that lies under the camera, if it is good enough.

    Args:
        frame: (h, w, 3) BGR.
        keep_colours: leaves light and colour as they are: evening out the light
            makes writing clear and a portrait unrecognisable.
        earlier: the pages that the same person has given before.
        expected: what kind of paper it should be, if that is known.

    Raises:
        NoPage: nothing is surely a page.
        Refused: one of ``findings.REFUSALS``, what to mend first.
    """
    found = find_page(frame)
    straight = straighten(frame, found.corners)
    raise_first(judge(frame, found.corners, straight, earlier, expected))
    return _made(frame, found, straight, keep_colours=keep_colours)


def look(
    frame: Image,
    *,
    keep_colours: bool = False,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
) -> Judged:
    """Return the page as ``capture`` does, with what is wrong instead of an error.

    For a clerk, who may take a page that a rule would refuse.

    Raises:
        NoPage: nothing is surely a page.
    """
    found = find_page(frame)
    straight = straighten(frame, found.corners)
    findings = judge(frame, found.corners, straight, earlier, expected)
    return Judged(_made(frame, found, straight, keep_colours=keep_colours), findings)


def _made(frame: Image, found: Found, straight: Image, *, keep_colours: bool) -> Page:
    flat = dewarp(straight)
    level, _ = deskew(flat)
    finished = level if keep_colours else clean(level)
    return Page(
        preview=_small(finished),
        page=to_jpeg(finished, PAGE_QUALITY),
        original=to_jpeg(frame, ORIGINAL_QUALITY),
        corners=found.corners.tolist(),
        score=found.score,
        sharpness=sharpness(straight),
    )


def _small(page: Image) -> bytes:
    """Return the preview at the best quality of which it is small enough."""
    small = preview(page)
    data = b""
    for quality in PREVIEW_QUALITIES:
        data = to_jpeg(small, quality)
        if len(data) <= PREVIEW_BYTES:
            break
    return data


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
        preview=to_jpeg(preview(image), PREVIEW_QUALITIES[0]),
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
