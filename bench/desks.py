"""Desks for composites: generated, or photographs of empty desks from a folder."""

from pathlib import Path

import cv2
import numpy as np

from document_capture.images import Array, Image

Size = tuple[int, int]
"""Width and height."""


def photographed_desks(folder: Path | None) -> list[Image]:
    """Return the pictures of ``folder`` whose name begins with "background"."""
    if folder is None:
        return []
    names = sorted(folder.glob("background*"))
    read = [cv2.imread(str(name), cv2.IMREAD_COLOR) for name in names]
    return [picture for picture in read if picture is not None]


def a_desk(
    rng: np.random.Generator,
    size: Size,
    photographs: list[Image],
    *,
    clutter: bool = True,
) -> Array:
    """Return a desk of ``size``, float32 BGR, 0 to 255.

    ``clutter``: pens, cups, books and keyboards may lie on it. A book is a page to
    anybody who is asked for one, so that where no page is to be found, none may lie.
    """
    if photographs and rng.random() < 0.4:
        return _crop(rng, photographs[int(rng.integers(len(photographs)))], size)
    kinds = (_plain, _wood, _stone, _cloth, _plain)
    desk = kinds[int(rng.integers(len(kinds)))](rng, size)
    if rng.random() < 0.3:
        desk = _table_edge(rng, desk, size)
    if clutter and rng.random() < 0.5:
        desk = _cluttered(rng, desk, size)
    return desk


def colour(rng: np.random.Generator) -> Array:
    """Return a colour as furniture has them: more greys and browns than rainbows."""
    hue, strength = rng.uniform(0, 180), rng.beta(1.2, 2.5) * 255
    if rng.random() < 0.5:
        hue = rng.uniform(5, 22)
    value = rng.uniform(15, 245)
    pixel = np.array([[[hue, strength, value]]], np.uint8)
    bgr: Array = cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0].astype(np.float32)
    return bgr


def _noise(rng: np.random.Generator, cells: Size, size: Size) -> Array:
    small = rng.normal(0, 1, (cells[1], cells[0])).astype(np.float32)
    smooth: Array = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return smooth


def _plain(rng: np.random.Generator, size: Size) -> Array:
    grain = _noise(rng, (size[0] // 6, size[1] // 6), size) * rng.uniform(0, 6)
    field: Array = colour(rng) + grain[..., None]
    return field.astype(np.float32)


def _wood(rng: np.random.Generator, size: Size) -> Array:
    base = colour(rng)
    across = _noise(rng, (6, size[1] // int(rng.integers(3, 12))), size)
    rings = np.sin(_noise(rng, (4, 9), size) * 9 + across)
    grain = across * rng.uniform(2, 14) + rings * rng.uniform(0, 10)
    desk: Array = (base + grain[..., None]).astype(np.float32)
    if rng.random() < 0.5:
        for x in range(0, size[0], int(rng.integers(150, 500))):
            cv2.line(desk, (x, 0), (x, size[1]), (base * 0.6).tolist(), 3)
    if rng.random() < 0.5:
        turned = cv2.rotate(desk, cv2.ROTATE_90_CLOCKWISE)
        desk = cv2.resize(turned, size)
    return desk


def _stone(rng: np.random.Generator, size: Size) -> Array:
    field = np.zeros((size[1], size[0]), np.float32)
    for cells in (4, 10, 30, 90, 250):
        field += _noise(rng, (cells, max(2, cells * size[1] // size[0])), size) / 2
    desk: Array = colour(rng) + field[..., None] * rng.uniform(2, 16)
    return desk.astype(np.float32)


def _cloth(rng: np.random.Generator, size: Size) -> Array:
    """Return a pattern of stripes, squares or tiles."""
    period, share = int(rng.integers(40, 260)), rng.uniform(0.1, 0.5)
    across = (np.arange(size[0]) % period < share * period).astype(np.float32)
    down = (np.arange(size[1]) % period < share * period).astype(np.float32)
    pattern = across[None, :] + (down[:, None] if rng.random() < 0.6 else 0)
    first = colour(rng)
    change = (colour(rng) - first) * rng.uniform(0.1, 0.7)
    desk: Array = first + np.broadcast_to(pattern, size[::-1])[..., None] * change
    soft: Array = cv2.GaussianBlur(desk.astype(np.float32), (0, 0), 1.5)
    return soft


def _table_edge(rng: np.random.Generator, desk: Array, size: Size) -> Array:
    """Return ``desk`` with a straight edge, and the floor behind it."""
    away = _plain(rng, size) * rng.uniform(0.3, 1.0)
    at = rng.uniform(0.05, 0.25) * size[1]
    lean = rng.uniform(-0.15, 0.15) * size[1]
    mask = np.zeros(size[::-1], np.uint8)
    corners = np.array([[0, 0], [size[0], 0], [size[0], at + lean], [0, at]], np.int32)
    cv2.fillPoly(mask, [corners], 255)
    if rng.random() < 0.5:
        mask = np.ascontiguousarray(mask[::-1])
    joined: Array = np.where(mask[..., None] > 0, away, desk).astype(np.float32)
    return joined


def _cluttered(rng: np.random.Generator, desk: Array, size: Size) -> Array:
    """Return ``desk`` with pens, cups, books and a keyboard, mostly at the side."""
    for _ in range(int(rng.integers(1, 6))):
        paint = colour(rng).tolist()
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        kind, angle = rng.integers(4), rng.uniform(0, 360)
        if kind == 0:
            reach = rng.uniform(100, 500) * np.array(
                [np.cos(angle), np.sin(angle)], np.float64
            )
            end = (int(x + reach[0]), int(y + reach[1]))
            cv2.line(desk, (int(x), int(y)), end, paint, int(rng.integers(4, 22)))
        elif kind == 1:
            cv2.circle(desk, (int(x), int(y)), int(rng.integers(40, 150)), paint, -1)
        elif kind == 2:
            wide, tall = rng.uniform(60, 420, 2)
            box = cv2.boxPoints(((x, y), (wide, tall), angle)).astype(np.int32)
            cv2.fillPoly(desk, [box], paint)
            cv2.polylines(desk, [box], isClosed=True, color=[20, 20, 20], thickness=2)
        else:
            _keys(rng, desk, (int(x), int(y)))
    return desk


def _keys(rng: np.random.Generator, desk: Array, at: tuple[int, int]) -> None:
    key = int(rng.integers(30, 80))
    for row in range(4):
        for column in range(10):
            x, y = at[0] + column * (key + 8) + row * 10, at[1] + row * (key + 8)
            cv2.rectangle(desk, (x, y), (x + key, y + key), (35, 32, 30), -1)


def _crop(rng: np.random.Generator, picture: Image, size: Size) -> Array:
    if rng.random() < 0.5:
        picture = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
    height, width = picture.shape[:2]
    most = min(width / size[0], height / size[1])
    scale = most * rng.uniform(0.7, 1.0)
    wide, tall = int(size[0] * scale), int(size[1] * scale)
    x, y = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
    crop = cv2.resize(
        picture[y : y + tall, x : x + wide], size, interpolation=cv2.INTER_AREA
    )
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    return np.ascontiguousarray(crop).astype(np.float32)
