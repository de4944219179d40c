"""The outline of a seal, and whether its ring is round, closed and clean."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array

SMALLEST = 20.0
"""mm across: smaller round stamps are dates and initials."""
ROUND = 0.975
"""Overlap of what the ink encloses and an ellipse; a square reaches 0.93."""
FLATTEST = 1.8
"""Longer for its width than this, and it is no seal."""
ANGLES = 120
"""Directions from the middle in which the ring is looked at: 3 degrees each."""
CLOSED = 0.9
"""Share of the directions in which there must be ink at the outline."""
RIM = 0.88
"""Of the radius: from here to the outline lies the ring; characters may touch it."""
THICKEST = 3.0
"""mm: a ring that is thicker in a quarter of all directions has been dragged."""
FULL = 0.62
"""Share of the inside that may be ink; above, the seal has run or was wiped."""
TWICE = 0.15
"""Two impressions of one seal repeat at least a fifth more than chance, one at most a
tenth (drawn seals)."""
APART = 2.0
"""mm: two impressions that lie nearer look like one with a thick ring."""
INWARDS = 0.25
"""mm between two looks along a radius."""


class Outline(msgspec.Struct, frozen=True):
    """An ellipse in pixels: the middle, half its axes, and the angle of the first.

    The angle is in radians, from x towards y.
    """

    x: float
    y: float
    long: float
    short: float
    angle: float

    def moved(self, x: float, y: float) -> "Outline":
        """Return it as far to the right and down."""
        return Outline(self.x + x, self.y + y, self.long, self.short, self.angle)

    def times(self, scale: float) -> "Outline":
        """Return it in a picture that is ``scale`` times as large."""
        # The middle of a pixel is at a half.
        x, y = ((side + 0.5) * scale - 0.5 for side in (self.x, self.y))
        return Outline(x, y, self.long * scale, self.short * scale, self.angle)

    def half_box(self) -> tuple[float, float]:
        """Return half the width and half the height of what it fills."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return (
            float(np.hypot(self.long * cos, self.short * sin)),
            float(np.hypot(self.long * sin, self.short * cos)),
        )

    def radius_at(self, shape: tuple[int, ...]) -> Array:
        """Return (h, w) how far out each pixel is: 1 on the outline."""
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        x, y = x - self.x, y - self.y
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        along, across = x * cos + y * sin, y * cos - x * sin
        far: Array = np.hypot(along / self.long, across / self.short)
        return far

    def points(self, share: float) -> tuple[Array, Array]:
        """Return x and y of ``ANGLES`` points at ``share`` of the radius."""
        turn = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
        along, across = (
            share * self.long * np.cos(turn),
            share * self.short * np.sin(turn),
        )
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return self.x + along * cos - across * sin, self.y + along * sin + across * cos


def outline_of(ink: Array) -> Outline:
    """Return the ellipse with the moments of what ``ink`` (0 and 1) encloses."""
    moments = cv2.moments(_enclosed(ink), binaryImage=True)
    area = max(moments["m00"], 1.0)
    x, y = moments["m10"] / area, moments["m01"] / area
    spread = np.array(
        [[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]
    )
    values, vectors = np.linalg.eigh(spread / area)
    # A filled ellipse has a quarter of the square of half its axis.
    short, long = 2 * np.sqrt(np.maximum(values, 0.25))
    angle = float(np.arctan2(vectors[1, 1], vectors[0, 1]))
    return Outline(x, y, float(long), float(short), angle)


def is_round(outline: Outline, ink: Array) -> bool:
    """Return whether what ``ink`` encloses is that ellipse."""
    enclosed = _enclosed(ink) > 0
    ellipse = outline.radius_at(ink.shape) <= 1
    both = int(np.count_nonzero(enclosed & ellipse))
    either = max(int(np.count_nonzero(enclosed | ellipse)), 1)
    return both / either >= ROUND and outline.long <= FLATTEST * outline.short


def is_closed(outline: Outline, ink: Array) -> bool:
    """Return whether there is ink at the outline in nearly all directions."""
    shares = np.linspace(RIM, 1.03, 12)
    looks = np.array([_look(ink, *outline.points(share)) for share in shares])
    return float(looks.any(axis=0).mean()) >= CLOSED


def is_smeared(outline: Outline, ink: Array, per_mm: float) -> bool:
    """Return whether the ink has run, was dragged, or was pressed on twice."""
    full = float(ink[outline.radius_at(ink.shape) <= 1].mean())
    if full > FULL or _repeated(ink, per_mm) - full > TWICE * (1 - full):
        return True
    steps = int(2 * THICKEST / INWARDS)
    shares = [1.03 - at * INWARDS * per_mm / outline.short for at in range(steps)]
    looks = np.array([_look(ink, *outline.points(share)) for share in shares])
    began = np.maximum.accumulate(looks, axis=0)
    running = np.minimum.accumulate(looks | ~began, axis=0) & began
    thick = running.sum(axis=0) * INWARDS
    return float(np.percentile(thick, 75)) > THICKEST


def _repeated(ink: Array, per_mm: float) -> float:
    """Return the largest share of ``ink`` that lies on ink when it is moved.

    Not less than ``APART``. Two impressions of one seal, one of them moved, share
    half of all their ink when moved by as much (autocorrelation, by FFT).
    """
    size = 2 * ink.shape[0], 2 * ink.shape[1]
    spectrum = np.fft.rfft2(ink, size)
    same = np.fft.irfft2(np.abs(spectrum) ** 2, size)
    y, x = (np.minimum(np.arange(n), n - np.arange(n)) for n in size)
    moved = np.hypot(y[:, None], x[None, :]) >= APART * per_mm
    return float(same[moved].max() / max(int(ink.sum()), 1))


def _enclosed(ink: Array) -> Array:
    """Return the convex hull of ``ink``, filled."""
    filled = np.zeros_like(ink)
    points = cv2.findNonZero(ink)
    if points is not None:
        cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return filled


def _look(ink: Array, x: Array, y: Array) -> Array:
    """Return whether there is ink at each point; outside there is none."""
    height, width = ink.shape
    column, row = np.rint(x).astype(int), np.rint(y).astype(int)
    there = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    seen = ink[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] > 0
    found: Array = seen & there
    return found
