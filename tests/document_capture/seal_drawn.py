"""Seals of invented companies, and pages that bear them."""

import cv2
import numpy as np

from document_capture.images import Array, Image
from tests.document_capture.drawn import a_page, grainy

RED, BLUE = (45, 35, 200), (170, 60, 40)
DPI = 150.0
A4 = 1240, 1754
MM = DPI / 25.4


def stamped(
    page: Image,
    at: tuple[float, float],
    size: tuple[float, float] = (42, 42),
    *,
    ink: tuple[int, int, int] = RED,
    turn: float = 0.0,
    gap: float = 0.0,
) -> Image:
    """Return ``page`` with a seal whose middle is ``at`` mm; ``size`` in mm.

    ``gap`` degrees of the ring were not inked.
    """
    layer = np.zeros(page.shape[:2], np.float32)
    middle = (round(at[0] * MM), round(at[1] * MM))
    half = size[0] / 2 * MM, size[1] / 2 * MM
    thick = round(1.2 * MM)
    axes = (round(half[0] - thick / 2), round(half[1] - thick / 2))
    cv2.ellipse(layer, middle, axes, turn, gap, 360, 1.0, thick, cv2.LINE_AA)
    tilt = np.radians(turn)
    for step in range(16):
        angle = np.radians(gap + step * (360 - gap) / 16)
        x, y = half[0] * 0.74 * np.cos(angle), half[1] * 0.74 * np.sin(angle)
        across = x * np.cos(tilt) - y * np.sin(tilt)
        down = x * np.sin(tilt) + y * np.cos(tilt)
        _sign(layer, (middle[0] + across, middle[1] + down), angle, step)
    cv2.circle(layer, middle, round(min(half) * 0.25), 1.0, -1, cv2.LINE_AA)
    return inked(page, layer, ink)


def inked(page: Image, layer: Array, ink: tuple[int, int, int]) -> Image:
    """Return ``page`` with ink where ``layer`` (0 to 1) says; below it stays print."""
    share = layer[..., None] * 0.92
    colour = np.array(ink, np.float32) / 255
    seen: Image = (page * (1 - share + share * colour)).round().astype(np.uint8)
    return seen


def _sign(layer: Array, at: tuple[float, float], angle: float, step: int) -> None:
    """Draw something like a character, some 5 mm tall."""
    x, y = at
    side = 2.2 * MM
    for line in range(3):
        tilt = angle + line * 0.7 + step
        from_ = (round(x - side * np.cos(tilt)), round(y - side * np.sin(tilt)))
        to = (round(x + side * np.cos(tilt)), round(y + side * np.sin(tilt)))
        cv2.line(layer, from_, to, 1.0, max(1, round(0.5 * MM)), cv2.LINE_AA)


def white(lines: int = 20, written: str = "") -> Image:
    """Return a printed A4 page as it is after cleaning: white paper, some grain."""
    page = a_page(lines=lines, size=A4, written=written).astype(np.float32)
    return grainy(np.clip(page * (250 / 225), 0, 255).astype(np.uint8))


def dragged(page: Image, at: tuple[float, float], far: float) -> Image:
    """Return ``page`` with a seal that slipped ``far`` mm while it was pressed."""
    blank = np.full_like(page, 255)
    layer = 1 - stamped(blank, at, ink=(0, 0, 0)).astype(np.float32)[..., 0] / 255
    wet = layer.copy()
    for step in range(1, round(far * MM) + 1):
        shift = np.array([[1, 0, step], [0, 1, 0.3 * step]], np.float32)
        wet = np.maximum(wet, cv2.warpAffine(layer, shift, layer.shape[::-1]))
    return inked(page, wet, RED)
