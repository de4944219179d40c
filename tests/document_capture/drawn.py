"""Papers with lines of print, and how they lie under a camera."""

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image

A4 = 1240, 1754
"""Pixels: 150 dpi."""
WORDS = "Specimen page of the open counter"


def a_page(*, lines: int = 20, size: tuple[int, int] = A4, written: str = "") -> Image:
    """Return printed paper, photographed well; ``written`` is filled in by hand."""
    width, height = size
    page = np.full((height, width, 3), 225, np.uint8)
    for line in range(lines):
        at = (width // 8, height // 8 + line * 3 * height // 4 // max(lines, 1))
        cv2.putText(page, f"{line} {WORDS}", at, 0, 1.0, (40, 35, 35), 2, cv2.LINE_AA)
    if written:
        at = (width // 2, int(height * 0.9))
        cv2.putText(page, written, at, 3, 1.1, (120, 40, 30), 2, cv2.LINE_AA)
    return grainy(page)


def a_form(step: int, *, words: bool = True) -> Image:
    """Return a ruled form with three columns, whose rows are ``step`` pixels high."""
    page = np.full((A4[1], A4[0], 3), 225, np.uint8)
    top, bottom = 150, 1500
    for y in range(top, bottom + 1, step):
        cv2.line(page, (80, y), (1160, y), (40, 35, 35), 2)
    for x in (80, 300, 620, 1160):
        cv2.line(page, (x, top), (x, bottom), (40, 35, 35), 2)
    for y in range(top, bottom - step, step) if words else ():
        at = (95, y + step // 2 + 8)
        cv2.putText(page, "Name", at, 0, 0.7, (40, 35, 35), 2, cv2.LINE_AA)
        at = (320, y + step // 2 + 8)
        cv2.putText(page, "CHAN Tai Man", at, 0, 0.7, (40, 35, 35), 2, cv2.LINE_AA)
    return page


def grainy(page: Array, seed: int = 1, noise: float = 2) -> Image:
    """Return ``page`` with the noise of a camera, grey levels."""
    cv2.setRNGSeed(seed)
    grain = np.empty(page.shape, np.float32)
    cv2.randn(grain, 0, noise)
    seen: Image = np.clip(page.astype(np.float32) + grain, 0, 255).astype(np.uint8)
    return seen


def lying(page: Image, border: int = 120) -> tuple[Image, Corners]:
    """Return a frame with ``page`` flat on a dark desk, and its corners."""
    height, width = page.shape[:2]
    frame = np.full((height + 2 * border, width + 2 * border, 3), 50, np.uint8)
    frame[border:-border, border:-border] = page
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return frame, square + border


def bent(page: Image, pixels: float) -> Image:
    """Return ``page`` with its middle raised by ``pixels``."""
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    from_middle = (x - width / 2) / (width / 2)
    lower = (y - pixels * (1 - from_middle**2)).astype(np.float32)
    border = cv2.BORDER_REPLICATE
    curved: Image = cv2.remap(page, x, lower, cv2.INTER_LINEAR, borderMode=border)
    return curved
