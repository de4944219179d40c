"""Finds the black frame of the calibration target, to a fraction of a pixel."""

import cv2
import msgspec
import numpy as np
import zxingcpp

from counter_client.calibration_target import Target, read_target
from document_capture.images import Array, Image, Refused

SAMPLES = 120
"""Places along a side at which its edge is looked for."""
REACH = 0.35
"""How far from where it should be, as a share of the band's width."""
STEP = 0.25
"""Pixels between two looks across an edge."""
LEAST_STEP = 25.0
"""Grey levels between ink and paper: with less, nobody can say where an edge is."""
RING_TOLERANCE = 0.08
"""By how much the share of white in the ring may differ: unsharp edges, much ink."""
LEAST_BAND = 6.0
"""Pixels of the band's width: a narrower one has no two edges."""


class NoTarget(Refused):
    """The calibration target is not to be seen."""

    code = "calibrate-no-target"


class NoFrame(NoTarget):
    """The code of the target is seen, its frame not or not whole."""

    code = "calibrate-no-frame"


class Sides(msgspec.Struct, frozen=True):
    """Where the frame is: corners in pixels, clockwise from the sheet's top left."""

    target: Target
    outer: Array
    inner: Array
    blur: float
    """Pixels in which an edge goes from a tenth to nine tenths of its step."""


def find_sides(image: Image) -> Sides:
    """Return where both edges of the frame's band are.

    Args:
        image: (h, w, 3) BGR.

    Raises:
        NoTarget: the code is not seen.
        NoFrame: there is no whole frame round it.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    target, code = _code(grey)
    rough_outer, rough_inner = _rough_frame(grey, code, target)
    turn = _turn(rough_outer, code)
    blurs: list[float] = []
    fine = []
    for rough, other in ((rough_outer, rough_inner), (rough_inner, rough_outer)):
        corners = np.roll(rough, -turn, axis=0)
        across = np.roll(other, -turn, axis=0) - corners
        fine.append(_refined(grey.astype(np.float32), corners, across, blurs))
    return Sides(target, fine[0], fine[1], float(np.median(blurs)))


def _code(grey: Array) -> tuple[Target, Array]:
    for found in zxingcpp.read_barcodes(grey):
        target = read_target(found.text)
        if target is not None:
            where = found.position
            top = [where.top_left, where.top_right]
            four = [*top, where.bottom_right, where.bottom_left]
            return target, np.array([[one.x, one.y] for one in four], np.float64)
    raise NoTarget


def _rough_frame(grey: Array, code: Array, target: Target) -> tuple[Array, Array]:
    """Return outer and inner corners of the dark ring that goes round the code."""
    for even in (grey, _evened(grey)):
        ring = _ring_in(even, code, target)
        if ring is not None:
            return ring
    raise NoFrame


def _evened(grey: Array) -> Array:
    """Return ``grey`` over the brightest nearby: a lamp on one side is divided out."""
    small = cv2.resize(grey, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    # Wider than the band is, or its own black would be taken for the light.
    wide = max(3, max(small.shape) // 12)
    light = cv2.blur(cv2.dilate(small, np.ones((wide, wide), np.uint8)), (wide, wide))
    size = grey.shape[1], grey.shape[0]
    even: Array = cv2.divide(grey, cv2.resize(light, size), scale=255)
    return even


def _ring_in(grey: Array, code: Array, target: Target) -> tuple[Array, Array] | None:
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    contours, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    middle = tuple(float(one) for one in code.mean(axis=0))
    for hole, (_, _, _, parent) in enumerate(tree[0] if tree is not None else ()):
        if parent < 0 or cv2.pointPolygonTest(contours[hole], middle, False) < 0:
            continue
        outer, inner = _four(contours[parent]), _four(contours[hole])
        if outer is not None and inner is not None and _is_ring(outer, inner, target):
            first = int(np.linalg.norm(inner - outer[0], axis=1).argmin())
            return outer, np.roll(inner, -first, axis=0)
    return None


def _is_ring(outer: Array, inner: Array, target: Target) -> bool:
    """Return whether two outlines are as far apart as those of the target.

    The desk round a white sheet is a dark ring too, but a wide one.
    """
    areas = [cv2.contourArea(one.astype(np.float32)) for one in (inner, outer)]
    hollow = (target.width - 2 * target.band) * (target.height - 2 * target.band)
    share = hollow / (target.width * target.height)
    band = np.sqrt(areas[1]) * target.band / np.sqrt(target.width * target.height)
    alike = abs(areas[0] / max(areas[1], 1.0) - share) < RING_TOLERANCE
    return bool(alike and band >= LEAST_BAND)


def _four(contour: Array) -> Array | None:
    """Return the corners of a contour that has four, clockwise in the picture."""
    length = cv2.arcLength(contour, closed=True)
    corners = cv2.approxPolyDP(contour, 0.02 * length, closed=True).reshape(-1, 2)
    if len(corners) != 4 or not cv2.isContourConvex(corners):
        return None
    around = corners - corners.mean(axis=0)
    order = np.argsort(np.arctan2(around[:, 1], around[:, 0]))
    ordered: Array = corners[order].astype(np.float64)
    return ordered


def _turn(frame: Array, code: Array) -> int:
    """Return which corner of ``frame`` is the sheet's top left."""
    down = (code[2] + code[3] - code[0] - code[1]) / 2
    across = (code[1] + code[2] - code[0] - code[3]) / 2
    places = (frame - frame.mean(axis=0)) @ np.array([across, down]).T
    return int(np.argmin(places.sum(axis=1)))


def _refined(grey: Array, corners: Array, across: Array, blurs: list[float]) -> Array:
    """Return ``corners`` as crossings of the lines that fit the four edges best."""
    lines = []
    for side in range(4):
        ends = corners[side], corners[(side + 1) % 4]
        inward = across[side] + across[(side + 1) % 4]
        line, blur = _edge(grey, ends, inward / 2)
        lines.append(line)
        blurs.append(blur)
    crossings = [_crossing(lines[side - 1], lines[side]) for side in range(4)]
    return np.array(crossings)


def _edge(
    grey: Array, ends: tuple[Array, Array], to_other: Array
) -> tuple[tuple[Array, Array], float]:
    """Return the line of one edge of one side, and how unsharp the edge is."""
    begin, end = ends
    along = (end - begin) / np.linalg.norm(end - begin)
    normal = np.array([-along[1], along[0]])
    width = abs(float(normal @ to_other))
    offsets = np.arange(-REACH * width, REACH * width + STEP, STEP)
    feet = begin + np.linspace(0.1, 0.9, SAMPLES)[:, None] * (end - begin)
    grid = (feet[:, None] + offsets[None, :, None] * normal).astype(np.float32)
    strip = cv2.remap(grey, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR)
    profiles = cv2.GaussianBlur(strip, (1, 5), 0)
    steepness = np.abs(np.gradient(profiles, axis=1))
    # The centre of gravity of the slope; noise far from it must not pull.
    weights = np.clip(steepness - 0.3 * steepness.max(axis=1, keepdims=True), 0, None)
    places = (weights * offsets).sum(axis=1) / (weights.sum(axis=1) + 1e-9)
    sure = np.ptp(profiles, axis=1) > LEAST_STEP
    if sure.mean() < 0.5:
        raise NoFrame
    points = (feet + places[:, None] * normal)[sure].astype(np.float32)
    line = cv2.fitLine(points, cv2.DIST_HUBER, 0, 0.001, 0.001).reshape(-1)
    blur = _rise(strip[sure], offsets, places[sure])
    return (line[2:].astype(np.float64), line[:2].astype(np.float64)), blur


def _rise(strip: Array, offsets: Array, places: Array) -> float:
    """Return the distance from 10 to 90 per cent of the mean edge, in pixels.

    All profiles are laid on one another at their own edge first (ISO 12233 does
    the same with a slanted edge).
    """
    moved = offsets[None, :] - places[:, None]
    bins = np.round(moved / STEP).astype(int)
    count = int(np.abs(offsets).max() / STEP * 0.8)
    inside = np.abs(bins) <= count
    places_met = bins[inside] + count
    sums = np.bincount(places_met, strip[inside], 2 * count + 1)
    met = np.bincount(places_met, minlength=2 * count + 1)
    known = np.flatnonzero(met)
    if not len(known):
        raise NoFrame
    mean = np.interp(np.arange(2 * count + 1), known, sums[known] / met[known])
    low, high = mean[: count // 3].mean(), mean[-(count // 3) :].mean()
    if low == high:
        raise NoFrame
    rise = np.maximum.accumulate((mean - low) / (high - low))
    first, last = np.interp([0.1, 0.9], rise, np.arange(len(rise)) * STEP)
    return float(last - first)


def _crossing(first: tuple[Array, Array], second: tuple[Array, Array]) -> Array:
    (p, u), (q, v) = first, second
    matrix = np.array([u, -v]).T
    if abs(np.linalg.det(matrix)) < 0.5:
        raise NoFrame
    crossing: Array = p + np.linalg.solve(matrix, q - p)[0] * u
    return crossing
