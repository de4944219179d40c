"""A page in black and white, as small as a fax and as sharp as print."""

import io

import cv2
import numpy as np
from PIL import Image as Picture

from document_capture.images import Array, Image

LIGHTEST_INK, DARKEST_INK = 190, 110
"""Grey levels, of paper at 245, between which ink is told from paper: pale pencil
is above the first on an empty page, and print is never darker than the second."""
LEAST_SPECK = 4
"""Pixels: at 200 dpi the dot of an i has ten; less is a grain of the paper."""


def to_bilevel(page: Image) -> bytes:
    """Return ``page`` as TIFF with one strip of CCITT group 4 (ITU-T T.6).

    Args:
        page: (h, w, 3) BGR whose light is even: see ``clean.even_light``.
    """
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    # Otsu, IEEE Trans. SMC 9(1), 1979; held, for an empty page has no two kinds.
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = (grey < np.clip(level, DARKEST_INK, LIGHTEST_INK)).astype(np.uint8)
    clean = _without_specks(ink)
    out = io.BytesIO()
    picture = Picture.fromarray(np.where(clean, 0, 255).astype(np.uint8)).convert("1")
    picture.save(out, "TIFF", compression="group4", strip_size=1 << 30)
    return out.getvalue()


def _without_specks(ink: Array) -> Array:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= LEAST_SPECK
    large[0] = False  # the paper
    kept: Array = large[labels]
    return kept
