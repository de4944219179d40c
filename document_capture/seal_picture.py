"""The picture of a seal: its ink on a transparent ground, at its true size."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image
from document_capture.papers import MM_PER_INCH
from document_capture.seals import LEAST_CHROMA, Found, find_seal, ink_mask

MARGIN = 0.8
"""mm around the ring, so that its edge is not cut."""
SIDES = 600, 420, 300
"""Pixels of the longer side at most: 360 dpi of a seal of 42 mm; less if too large."""
MOST_BYTES = 400_000
"""Of the picture as PNG; a seal on paper has a fifth of it."""
PALE, STRONG = 25.0, 90.0
"""Chroma below which a pixel is paper, and above which it is nothing but ink."""
FADING = 9
"""Pixels around surely coloured ones in which pale ink still counts."""
BEYOND = 1.04
"""Of the radius: the edge of the ring may lie so far out."""


class CutSeal(msgspec.Struct, frozen=True):
    """A seal that was cut out of a page."""

    png: bytes
    """RGBA, 8 bits each, transparent ground."""
    width: float
    """mm of the whole picture; height likewise."""
    height: float
    place: tuple[float, float, float, float]
    """Left, top, width and height as shares of the page."""


def cut_seal(page: Image, dpi: float = 0.0) -> CutSeal:
    """Return the one seal on ``page``; arguments and errors are ``find_seal``'s."""
    found = find_seal(page, dpi)
    left, top, right, bottom = _box(found, page.shape)
    part = page[top:bottom, left:right]
    picture = _on_glass(part, found, left, top)
    high, wide = page.shape[:2]
    return CutSeal(
        png=_png(picture),
        width=(right - left) / found.dpi * MM_PER_INCH,
        height=(bottom - top) / found.dpi * MM_PER_INCH,
        place=(
            left / wide, top / high, (right - left) / wide, (bottom - top) / high,
        ),
    )  # fmt: skip


def _box(found: Found, page: tuple[int, ...]) -> tuple[int, int, int, int]:
    outline, more = found.outline, MARGIN * found.dpi / MM_PER_INCH
    across, down = (half + more for half in outline.half_box())
    left, top = int(outline.x - across), int(outline.y - down)
    right, bottom = int(outline.x + across) + 2, int(outline.y + down) + 2
    return max(left, 0), max(top, 0), min(right, page[1]), min(bottom, page[0])


def _on_glass(part: Image, found: Found, left: int, top: int) -> Array:
    """Return (h, w, 4) BGRA: how much ink, and its colour without the paper."""
    seen = part.astype(np.float32)
    chroma = seen.max(axis=2) - seen.min(axis=2)
    surely = ink_mask(part, found.hues)
    near = cv2.dilate(surely, np.ones((FADING, FADING), np.uint8)) > 0
    near &= (surely > 0) | (chroma < LEAST_CHROMA)  # else it is another ink
    inside = found.outline.moved(-left, -top).radius_at(part.shape[:2]) <= BEYOND
    alpha = np.clip((chroma - PALE) / (STRONG - PALE), 0, 1) * (near & inside)
    share = np.maximum(alpha, 0.05)[..., None]
    ink = np.clip(255 - (255 - seen) / share, 0, 255) * (alpha > 0)[..., None]
    picture: Array = np.dstack([ink, alpha * 255]).round().astype(np.uint8)
    return picture


def _png(picture: Array) -> bytes:
    for side in SIDES:
        scale = min(1.0, side / max(picture.shape[:2]))
        size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode(".png", small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if data.size <= MOST_BYTES:
            break
    assert data.size <= MOST_BYTES, "the smallest has fewer bytes even as noise"
    return bytes(data.tobytes())
