"""Where writing stands: from the detector's probabilities to boxes around lines.

The network is PP-OCRv6's text detector, trained for differentiable
binarisation (Liao and others, AAAI 2020): each pixel's probability to lie in
the shrunken core of a line. Cores are found and grown back.
"""

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image

LONGEST = 960
"""Pixels of the long side while lines are looked for: A4 then has 80 dpi, at which
11-point lines are still apart; twice that costs twice the time for nothing."""
STEP = 32
"""The network halves its input five times."""
LIKELY = 0.3
SURE = 0.5
"""Mean probability within a box below which it is a stain and no writing."""
GROWTH = 1.6
"""How much of its area over its circumference a core grows back on every side."""
LEAST_SIDE = 3
MOST_BOXES = 1000


def detector_input(page: Image, longest: int = LONGEST) -> Array:
    """Return ``page`` as (1, 3, h, w) float32, -1 to 1, as the detector wants it."""
    height, width = page.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = [max(STEP, round(side * scale / STEP) * STEP) for side in (width, height)]
    small = cv2.resize(page, size, interpolation=cv2.INTER_LINEAR)
    scaled = small.astype(np.float32) / 127.5 - 1.0
    planes: Array = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])
    return planes


def boxes_from(likely: Array, size: tuple[int, int]) -> list[Corners]:
    """Return the boxes of lines in a picture of ``size`` (width, height) pixels.

    Args:
        likely: (h, w) float32, 0 to 1, the detector's probabilities.
        size: of the picture that the boxes are wanted for.

    Returns:
        Boxes in no order, each (4, 2), clockwise; the first side is the upper one
        as the picture lies.
    """
    core = (likely > LIKELY).astype(np.uint8)
    core = cv2.dilate(core, np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(core, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    height, width = likely.shape
    scale = np.array([size[0] / width, size[1] / height])
    boxes: list[Corners] = []
    # The largest, wherever they are: specks are not to take the place of lines.
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:MOST_BOXES]:
        middle, (across, down), angle = cv2.minAreaRect(outline)
        if min(across, down) < LEAST_SIDE:
            continue
        if _mean_within(likely, cv2.boxPoints((middle, (across, down), angle))) < SURE:
            continue
        grow = 2 * GROWTH * across * down / (2 * (across + down))
        grown = cv2.boxPoints((middle, (across + grow, down + grow), angle))
        box = np.clip(grown * scale, 0, np.array(size) - 1)
        boxes.append(clockwise_from_top_left(box))
    return boxes


def clockwise_from_top_left(box: Array) -> Corners:
    """Return four corners in our order: each pair by x, then by y."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    ordered: Corners = np.array([left[0], right[0], right[1], left[1]], np.float32)
    return ordered


def sides(box: Corners) -> tuple[float, float]:
    """Return how long the upper or lower, and the left or right side is."""
    lengths = np.hypot(*(np.roll(box, -1, axis=0) - box).T)
    return float(max(lengths[0], lengths[2])), float(max(lengths[1], lengths[3]))


def cut_out(page: Image, box: Corners) -> Image:
    """Return what stands in ``box``, straight; a steep one is laid on its side."""
    width, height = (max(4, int(side)) for side in sides(box))
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(box, square)
    cut: Image = cv2.warpPerspective(
        page,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if height >= 1.5 * width:
        return np.ascontiguousarray(np.rot90(cut))
    return cut


def in_reading_order(boxes: list[Corners]) -> list[Corners]:
    """Return boxes row by row from the top, each row from the left.

    A box belongs to a row when its middle lies within half a height of the
    row's last one, so a slightly falling row stays one row.
    """
    waiting = sorted(boxes, key=lambda box: float(box[:, 1].mean()))
    rows: list[list[Corners]] = []
    for box in waiting:
        middle = float(box[:, 1].mean())
        if rows:
            last = rows[-1][-1]
            lower = min(sides(last)[1], sides(box)[1])
            if middle - float(last[:, 1].mean()) < lower / 2:
                rows[-1].append(box)
                continue
        rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda b: b[:, 0].min())]


def _mean_within(likely: Array, box: Array) -> float:
    height, width = likely.shape
    low = np.clip(np.floor(box.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    high = np.clip(np.ceil(box.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    part = likely[low[1] : high[1] + 1, low[0] : high[0] + 1]
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [(box - low).astype(np.int32)], 1)
    return float(cv2.mean(part, mask)[0])
