"""Finds and reads a machine-readable zone in a picture of a paper.

Its lines are the longest ones on the paper, all of one width, near each other.
They may lie on their side, upside down or tilted.
"""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image
from document_capture.mrz import Mrz
from document_capture.mrz_formats import ALPHABET
from document_capture.mrz_lines import APART, MISCOUNTED, Row, zone_in
from document_capture.ocr import Ocr
from document_capture.text_boxes import clockwise_from_top_left, cut_out, sides

LONG = 9.0
"""Widths over heights: a zone's shortest line has 15, a label on a card fewer."""
CONFIDENT = 0.4
"""Below this a line was no zone: letters were forced on other writing."""
ZONE_WIDTH = 1200
"""Pixels of a zone's width when it is looked at again: 27 for each character."""
SAME_WIDTH = 0.15
"""Share of its width by which a line of a zone may begin or end beside the next."""
MOST_ROWS = 12
"""Rows that are read, from the foot of the paper."""


def read_mrz(page: Image, ocr: Ocr) -> Mrz | None:
    """Return the zone on ``page``, or ``None`` if there is none.

    Letters are read as the digits they look like where only digits can stand,
    and the other way round; beyond that nothing is changed. Whether the zone is
    right is said by ``verified``.

    Args:
        page: (h, w, 3) BGR; a paper or card that fills most of the picture.
        ocr: reads the lines.

    Raises:
        OcrMissing: the networks are not installed.
    """
    boxes = ocr.find_boxes(page)
    if _steep(boxes):
        page = np.ascontiguousarray(np.rot90(page))
        # Found anew: boxes around steep lines are worse than around level ones.
        boxes = ocr.find_boxes(page)
    size = np.array([page.shape[1] - 1, page.shape[0] - 1], np.float32)
    head_down = [clockwise_from_top_left(size - box) for box in boxes]
    for turns, lying in ((0, boxes), (2, head_down)):
        turned = np.ascontiguousarray(np.rot90(page, turns))
        zone, again = _read_level(turned, lying, ocr)
        if again is not None and (zone is None or not zone.verified):
            zone = _better(zone, _read_level(again, ocr.find_boxes(again), ocr)[0])
        if zone is not None:
            return zone
    return None


def _steep(boxes: Sequence[Corners]) -> bool:
    upright = sum(max(0.0, width - height) for width, height in map(sides, boxes))
    steep = sum(max(0.0, height - width) for width, height in map(sides, boxes))
    return steep > upright


def _better(one: Mrz | None, other: Mrz | None) -> Mrz | None:
    if one is None or other is None:
        return one or other
    return other if len(other.faults) < len(one.faults) else one


def _read_level(
    page: Image, boxes: Sequence[Corners], ocr: Ocr
) -> tuple[Mrz | None, Image | None]:
    """Return the zone, and the part to look at again, level and larger."""
    pieces = [box for box in boxes if _is_long(box)]
    if not pieces:
        return None, None
    angle = _angle(pieces)
    joined = _neighbours(_joined(pieces, angle))[-MOST_ROWS:]
    corners = [_corners(row, angle) for row in joined]
    texts = ocr.read_letters([cut_out(page, box) for box in corners], ALPHABET)
    rows, places = [], []
    for (left, right, middle, height), box, read in zip(
        joined, corners, texts, strict=True
    ):
        if read.confidence >= CONFIDENT and len(read.text) >= 30 - MISCOUNTED:
            at = tuple(left + share * (right - left) for share in read.places)
            rows.append(Row(read.text, read.confidence, middle, height, at))
            places.append(box)
    zone = zone_in(rows)
    return zone, _zoomed(page, places[-3:], angle) if places else None


def _is_long(box: Corners) -> bool:
    width, height = sides(box)
    return width > LONG / 3 * height


def _angle(boxes: Sequence[Corners]) -> float:
    """Return by how many degrees the longest lines fall to the right."""
    longest = sorted(boxes, key=lambda box: -sides(box)[0])[:5]
    falls = [box[1] - box[0] for box in longest]
    return float(
        np.median([np.degrees(np.arctan2(fall[1], fall[0])) for fall in falls])
    )


def _turn(angle: float) -> Array:
    bow = np.radians(angle)
    turn: Array = np.array([[np.cos(bow), -np.sin(bow)], [np.sin(bow), np.cos(bow)]])
    return turn


Place = tuple[float, float, float, float]
"""Left, right, middle and height of a row in coordinates turned level."""


def _joined(boxes: Sequence[Corners], angle: float) -> list[Place]:
    """Return rows from the top; pieces of a line, parted at fillers, become one."""
    level = [box @ _turn(angle) for box in boxes]
    level.sort(key=lambda box: float(box[:, 1].mean()))
    rows: list[list[Array]] = []
    for box in level:
        for row in rows[-2:]:
            if abs(_middle(row) - box[:, 1].mean()) < np.ptp(box[:, 1]) / 3:
                row.append(box)
                break
        else:
            rows.append([box])
    places = []
    for row in rows:
        points = np.vstack(row)
        left, right = float(points[:, 0].min()), float(points[:, 0].max())
        height = float(np.median([sides(box)[1] for box in row]))
        if right - left > LONG * height:
            places.append((left, right, _middle(row), height))
    return places


def _neighbours(rows: Sequence[Place]) -> list[Place]:
    """Return the rows with one as wide right above or below them."""
    beside: set[int] = set()
    for (above, one), (below, other) in itertools.pairwise(enumerate(rows)):
        slack = SAME_WIDTH * (one[1] - one[0])
        near = other[2] - one[2] < APART * max(one[3], other[3])
        if near and all(abs(one[end] - other[end]) < slack for end in (0, 1)):
            beside |= {above, below}
    return [rows[index] for index in sorted(beside)]


def _middle(row: Sequence[Array]) -> float:
    return float(np.mean([box[:, 1].mean() for box in row]))


def _corners(row: Place, angle: float) -> Corners:
    left, right, middle, height = row
    top, bottom = middle - height / 2, middle + height / 2
    level = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    corners: Corners = (level @ _turn(angle).T).astype(np.float32)
    return corners


def _zoomed(page: Image, boxes: Sequence[Corners], angle: float) -> Image:
    """Return the part of ``page`` around ``boxes``, level and ``ZONE_WIDTH`` wide."""
    level = np.vstack(boxes) @ _turn(angle)
    low, high = level.min(axis=0), level.max(axis=0)
    height = max(sides(box)[1] for box in boxes)
    low, high = low - 2 * height, high + 2 * height
    scale = ZONE_WIDTH / float(high[0] - low[0])
    matrix = np.hstack([_turn(-angle) * scale, (-low * scale)[:, None]])
    size = ZONE_WIDTH, max(32, int((high[1] - low[1]) * scale))
    zoomed: Image = cv2.warpAffine(
        page, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return zoomed
