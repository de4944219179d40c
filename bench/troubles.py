"""What makes a paper hard to find: a desk like paper, a hand, a shadow."""

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image


def like_paper(rng: np.random.Generator, desk: Array, paper: Image) -> Array:
    """Return ``desk`` nearly as light as ``paper``."""
    field = paper[20:-20:7, 20:-20:7]
    # Where two papers lie side by side there is nothing between them.
    rim = field[field[..., -1] > 0][:, :3] if field.shape[2] == 4 else field
    rim = rim.reshape(-1, 3)
    wanted = np.median(rim, axis=0) * rng.uniform(0.86, 0.97)
    near: Array = (desk - desk.mean(axis=(0, 1))) * 0.35 + wanted
    return near.astype(np.float32)


def with_hand(rng: np.random.Generator, picture: Array, corners: Corners) -> Array:
    """Return ``picture`` with fingers over a part of one side."""
    side = int(rng.integers(4))
    begin, end = corners[side], corners[(side + 1) % 4]
    at = begin + (end - begin) * rng.uniform(0.25, 0.75)
    outward = at - corners.mean(axis=0)
    outward /= np.linalg.norm(outward) + 1e-6
    along = np.array([-outward[1], outward[0]])
    length = float(np.linalg.norm(end - begin))
    skin = np.array([rng.uniform(60, 170), rng.uniform(90, 195), rng.uniform(130, 235)])
    mask = np.zeros(picture.shape[:2], np.uint8)
    wide = int(max(12, length * rng.uniform(0.03, 0.05)))
    for finger in range(int(rng.integers(1, 4))):
        foot = at + along * (finger - 1) * wide * 1.15
        tip = foot - outward * length * rng.uniform(0.05, 0.14)
        back = foot + outward * length * 0.8
        cv2.line(mask, _pixel(tip), _pixel(back), 255, wide)
    cv2.circle(mask, _pixel(at + outward * length * 0.35), wide * 3, 255, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 3).astype(np.float32)[..., None] / 255
    covered: Array = picture * (1 - soft) + skin * soft
    return covered.astype(np.float32)


def with_shadow(rng: np.random.Generator, picture: Array, corners: Corners) -> Array:
    """Return ``picture`` with the shadow of somebody leaning over it."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    centre = corners.mean(axis=0) + rng.normal(0, 0.3, 2) * np.ptp(corners, axis=0)
    reach = np.ptp(corners, axis=0).max()
    points = centre + rng.normal(0, 0.6, (4, 2)) * reach
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.int32)), 255)
    soft = cv2.GaussianBlur(
        cv2.resize(mask, None, fx=0.125, fy=0.125), (0, 0), rng.uniform(0.5, 8)
    )
    soft = cv2.resize(soft, picture.shape[1::-1]).astype(np.float32) / 255
    dark: Array = picture * (1 - soft * rng.uniform(0.15, 0.5))[..., None]
    return dark.astype(np.float32)


def _pixel(point: Array) -> tuple[int, int]:
    return int(point[0]), int(point[1])
