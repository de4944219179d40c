"""Flattens a bent page by the lines of writing on it.

A sheet that was folded once or comes out of an envelope bends like a cylinder:
every line of writing follows nearly the same smooth curve. The curve of the top
and that of the bottom of the page are cubics, and what lies between is between
(the sheet model of "page_dewarp", Matt Zucker, 2016, with a curve for each end).
Only heights are corrected: what the bend hides of a line's length is not known.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, scaled
from document_capture.writing import islands

WORK_SIDE = 900
"""Pixels of the width while lines are traced."""
TALLEST = 8.0
"""Widths of the longest page whose bend is looked for: a receipt lies as it will."""
LEAST_LINES = 4
"""Lines that are needed to believe in a curve."""
LETTERS = 6
"""Pieces of ink of a line that is surely writing: two words in joined letters."""
LEAST_LENGTH = 0.3
"""Share of the width that a line must cover to show a bend."""
JOIN = 25
"""Pixels between characters that are bridged to make a line."""
BIN = 18
"""Pixels along a line over which the height of its letters is averaged."""
BENT = 0.0008
"""Share of the width by which lines must bend, root mean square, to be flattened:
0.17 mm on A4. The letters themselves make a tenth of that."""
STRAIGHTER = 0.5
"""What may remain of the bend for the result to be believed."""
STIFF = 0.1
"""How much a page resists bending where no line tells: a sheet does not curl up."""
ROUNDS = 3
"""Fits; after each, points that lie off their line count less."""


class Sheet(msgspec.Struct, frozen=True):
    """How a page bends: heights in shares of its width, over x and y of -1 to 1."""

    top: tuple[float, float, float]
    """Factors of x, x squared, x cubed at the page's top."""
    bottom: tuple[float, float, float]
    bend: float
    """Root mean square of the lines' heights about a straight line."""


def helpful(page: Image, sheet: Sheet | None) -> Sheet | None:
    """Return the bend of a page if it is worth taking out.

    It is not if the lines of writing are straight already, are too few to tell, or
    would not become straighter by half. The curves of a chart are no writing.
    """
    if sheet is None or sheet.bend < BENT:
        return None
    lines = _traced(page, LETTERS)
    written = _bend(lines)
    if written is None or written.bend < BENT or _run_down(page, lines):
        return None
    left = _bend(_traced(flattened(page, written), LETTERS))
    if left is None or left.bend > STRAIGHTER * written.bend:
        return None
    return written


def bend_of(page: Image) -> Sheet | None:
    """Return how the lines of a page bend; none where there are too few lines."""
    if page.shape[0] > TALLEST * page.shape[1]:
        return None
    return _bend(_traced(page, 1))


def _bend(lines: list[Array]) -> Sheet | None:
    if len(lines) < LEAST_LINES:
        return None
    factors = _fitted(lines)
    top, bottom = factors[:3].tolist(), factors[3:6].tolist()
    moved = np.concatenate([_curve(line, factors) for line in lines])
    return Sheet(tuple(top), tuple(bottom), float(np.sqrt(np.mean(moved**2))))


def _run_down(page: Image, lines: list[Array]) -> bool:
    """Return whether ``lines`` are columns of words: the page lies on its side."""
    down = _traced(np.ascontiguousarray(np.rot90(page)), LETTERS)
    return sum(map(len, down)) > sum(map(len, lines))


def _traced(page: Image, least_letters: int) -> list[Array]:
    """Return each line of writing as (n, 2) x and y, both in -1 to 1 of the width.

    ``least_letters``: pieces of ink of which a line must consist.
    """
    level = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    small = scaled(level, WORK_SIDE / page.shape[1])
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((15, 15), np.uint8))
    ink = (dark > max(30, int(dark.max()) // 3)).astype(np.uint8)
    ink[:, :8] = ink[:, -8:] = 0
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, JOIN), np.uint8))
    labels, about = islands(joined)
    pieces = _pieces(ink, labels) if least_letters > 1 else about[:, 4]
    lines = []
    for label in range(1, len(about)):
        x, y, width, height, _ = about[label]
        if width < LEAST_LENGTH * WORK_SIDE or height > width / 4:
            continue
        if pieces[label] < least_letters:
            continue
        part = ink[y : y + height, x : x + width]
        part = part * (labels[y : y + height, x : x + width] == label)
        points = _heights(part) + np.array([x, y])
        middle = small.shape[1] / 2, small.shape[0] / 2
        lines.append((points - np.array(middle)) / (WORK_SIDE / 2))
    return [line for line in lines if len(line) >= 6]


def _pieces(ink: Array, lines: Array) -> Array:
    """Return of how many pieces of ink each of the lines consists."""
    labels, _ = islands(ink)
    # Joining only adds ink: any pixel of a piece lies on its line.
    _, first = np.unique(labels, return_index=True)
    return np.bincount(lines.ravel()[first[1:]], minlength=int(lines.max()) + 1)


def _heights(ink: Array) -> Array:
    """Return x and y of the middle of the ink, every ``BIN`` pixels."""
    count = ink.shape[1] // BIN
    parts = ink[:, : count * BIN].reshape(len(ink), count, BIN).sum(axis=2)
    amount = parts.sum(axis=0)
    written = amount >= BIN
    middle = (np.arange(len(ink)) @ parts)[written] / amount[written]
    return np.stack([BIN * (np.flatnonzero(written) + 0.5), middle], axis=1)


def _terms(line: Array) -> Array:
    """Return (n, 6): what each factor of a sheet adds at the points of a line."""
    x, y = line[:, 0], line[:, 1]
    powers = np.column_stack([x, x**2, x**3])
    # Heights reach beyond 1 on a tall page; the two ends are extended straight.
    return np.hstack([powers * ((1 - y) / 2)[:, None], powers * ((1 + y) / 2)[:, None]])


def _fitted(lines: list[Array]) -> Array:
    """Return the six factors of the sheet, and the height of each line."""
    count = sum(len(line) for line in lines)
    system = np.zeros((count, 6 + len(lines)))
    heights = np.concatenate([line[:, 1] for line in lines])
    begin = 0
    for number, line in enumerate(lines):
        system[begin : begin + len(line), :6] = _terms(line)
        system[begin : begin + len(line), 6 + number] = 1
        begin += len(line)
    weight = np.ones(count)
    stiff = np.diag([STIFF**2] * 6 + [0.0] * len(lines))
    factors = np.zeros(6 + len(lines))
    for _ in range(ROUNDS):
        # Fifty unknowns, well apart: the normal equations are exact enough.
        weighted = system * (weight**2)[:, None]
        factors = np.linalg.solve(weighted.T @ system + stiff, weighted.T @ heights)
        off = np.abs(system @ factors - heights)
        weight = 1 / np.maximum(1.0, off / (np.median(off) * 2 + 1e-6))
    return factors


def _curve(line: Array, factors: Array) -> Array:
    """Return the heights of a fitted line about its own straight line."""
    heights = _terms(line) @ factors[:6]
    along, heights = line[:, 0] - line[:, 0].mean(), heights - heights.mean()
    curve: Array = (heights - along * (along @ heights) / (along @ along)) / 2
    return curve


def flattened(page: Image, sheet: Sheet) -> Image:
    """Return a page of any size that bends like ``sheet`` with its lines straight."""
    height, width = page.shape[:2]
    x = np.arange(width, dtype=np.float32)
    across = (x - width / 2) / (width / 2)
    y = np.arange(height, dtype=np.float32)[:, None]
    down = (y - height / 2) / (width / 2)
    powers = np.stack([across, across**2, across**3])
    top = np.array(sheet.top, np.float32) @ powers
    bottom = np.array(sheet.bottom, np.float32) @ powers
    shift = (top * (1 - down) + bottom * (1 + down)) / 2 * (width / 2)
    flat: Image = cv2.remap(
        page,
        np.broadcast_to(x, (height, width)).astype(np.float32),
        (y + shift).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return flat
