"""Handwriting as vector drawing: strokes to PDF content-stream operators."""

import itertools
from collections.abc import Sequence

from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.layout import BoxConstraints

from casework.errors import BadSignature
from protocol.parts import Point

LEAST_POINTS = 12
"""Fewer samples than this are a tap or a slip of the hand, not a signature."""
LEAST_EXTENT = 20.0
"""A signature is wider or taller than this many CSS pixels (about 5 mm)."""
FARTHEST = 20_000.0
"""CSS pixels from the corner: no screen is larger."""
LONGEST = 3_600_000.0
"""Milliseconds from the first touch: an hour."""
EARLIEST = -1000.0
"""Milliseconds: a browser may tell of a sample from just before the touch."""
INK = b"0.05 0.10 0.35 RG"


def require_signature(strokes: Sequence[Sequence[Point]]) -> None:
    """Raise ``BadSignature`` unless the strokes could be somebody's signature."""
    points = [point for stroke in strokes for point in stroke]
    if len(points) < LEAST_POINTS:
        raise BadSignature("too few points")
    if not all(map(_possible, points)):
        raise BadSignature("not of a pen on a screen")
    left, top, right, bottom = _extent(points)
    if max(right - left, bottom - top) < LEAST_EXTENT:
        raise BadSignature("too small")


def _possible(point: Point) -> bool:
    placed = abs(point.x) <= FARTHEST and abs(point.y) <= FARTHEST
    return placed and EARLIEST <= point.t <= LONGEST and 0.0 <= point.p <= 1.0


def has_pressure(strokes: Sequence[Sequence[Point]]) -> bool:
    """Return whether the pen told its pressure: a finger says one number for all."""
    return len({point.p for stroke in strokes for point in stroke}) > 1


def appearance(
    strokes: Sequence[Sequence[Point]], width: float, height: float
) -> RawContent:
    """Return the strokes scaled into a box of ``width`` by ``height`` points.

    The pen is 0.6 to 2.4 points wide, by pressure. No picture and no font is
    used, so the signature stays sharp and PDF/A stays possible.
    """
    left, top, right, bottom = _extent([p for stroke in strokes for p in stroke])
    scale = min(
        (width - 8) / max(right - left, 1.0), (height - 8) / max(bottom - top, 1.0)
    )

    def place(point: Point) -> tuple[float, float]:
        return 4 + (point.x - left) * scale, height - 4 - (point.y - top) * scale

    lines = [b"q 1 J 1 j " + INK]
    for stroke in strokes:
        for begin, end in itertools.pairwise(stroke):
            pen = 0.6 + 0.9 * (begin.p + end.p)
            (x0, y0), (x1, y1) = place(begin), place(end)
            line = f"{pen:.2f} w {x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l S"
            lines.append(line.encode())
    lines.append(b"Q")
    box = BoxConstraints(width=width, height=height)
    return RawContent(b"\n".join(lines), box=box)


def _extent(points: Sequence[Point]) -> tuple[float, float, float, float]:
    xs, ys = [p.x for p in points], [p.y for p in points]
    return min(xs), min(ys), max(xs), max(ys)
