"""Cleans a straight page: even light, white paper, grey, black and white.

The untouched picture is kept beside what is made here; it is the evidence.
"""

import cv2
import numpy as np

from document_capture.images import Array, Image
from document_capture.light import light_on

PAPER = 245
"""Grey level of paper once the light is even; the grain lies about it."""
WHITE_FROM = 226
"""Grey level from which paper with its grain and the rest of a shadow is white."""
BLACK_TO = 20
WINDOW = 31
"""Pixels around a point that decide whether it is ink: a character at 200 dpi."""
SENSITIVITY = 0.22
"""Sauvola's k: larger, and pale strokes vanish; smaller, and grain becomes ink."""
FULL_RANGE = 128.0
"""Sauvola's R: the deviation of a window half ink and half paper."""
SPECK = 4
"""Pixels: an island of ink that is smaller is dust, and costs bytes."""
BESIDE = 31
"""Pixels around larger ink within which a speck may be a full stop, and stays."""
SOLID = 0.25
"""Of the page's light: what is darker is ink, also in the middle of a filled box, where
there is no paper beside it. No shadow on a page that passes is as deep."""


def even_light(page: Image, share: float = 1.0) -> Image:
    """Return the page with its light divided out, as if lit from everywhere.

    Shadows of hands and lamps go with it; printed bands and fields keep their colour.

    ``share``: of the size of the whole page, over an eighth, for a preview.
    """
    size = page.shape[1], page.shape[0]
    light = cv2.resize(light_on(page, share), size, interpolation=cv2.INTER_LINEAR)
    # In place: memory that is new costs as much as what is done with it.
    even: Image = cv2.divide(page, light, dst=light, scale=PAPER)
    return even


def clean(page: Image, share: float = 1.0) -> Image:
    """Return the page in colour with even light and white paper.

    Without the push to white a cleaned page is larger than the photograph: its
    grain has been amplified with its writing. Colours of stamps and ink stay.
    ``share`` is that of ``even_light``.
    """
    even = even_light(page, share)
    whiter: Image = cv2.LUT(even, _PUSH, dst=even)
    return whiter


def _pushed() -> Array:
    levels = np.arange(256, dtype=np.float32)
    stretched = (levels - BLACK_TO) / (WHITE_FROM - BLACK_TO) * 255
    return np.clip(stretched, 0, 255).astype(np.uint8)


_PUSH = _pushed()


def grey(page: Image) -> Array:
    """Return the cleaned page without colours, (h, w) uint8."""
    return np.asarray(cv2.cvtColor(clean(page), cv2.COLOR_BGR2GRAY))


def black_and_white(page: Image) -> Array:
    """Return the page as ink (0) and paper (255), (h, w) uint8, for CCITT G4.

    J. Sauvola and M. Pietikainen, "Adaptive document image binarization", Pattern
    Recognition 33(2), 2000, section 3.2, after the light was made even; specks
    far from all writing are taken away.
    """
    level = cv2.cvtColor(even_light(page), cv2.COLOR_BGR2GRAY)
    window = WINDOW, WINDOW
    mean = cv2.boxFilter(level, cv2.CV_32F, window)
    square = cv2.sqrBoxFilter(level, cv2.CV_32F, window)
    spread = cv2.sqrt(cv2.max(square - mean * mean, 0))
    limit = mean * (spread * (SENSITIVITY / FULL_RANGE) + (1 - SENSITIVITY))
    seen = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    solid = seen < SOLID * float(np.percentile(seen[::8, ::8], 90))
    ink = ((level < limit) | solid).astype(np.uint8)
    _, islands, about, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = about[:, cv2.CC_STAT_AREA] < SPECK
    small[0] = False
    specks = small[islands]
    larger = np.where(specks, np.uint8(0), ink)
    beside = cv2.dilate(larger, np.ones((BESIDE, BESIDE), np.uint8))
    ink[specks & (beside == 0)] = 0
    _, paper = cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY_INV)
    return np.asarray(paper)
