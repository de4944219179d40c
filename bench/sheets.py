"""Invented papers of many kinds, drawn from a seed, for composites."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from counter_client.specimens import Specimens
from document_capture.images import Array, Image

TINTS = (
    (250, 249, 246),
    (255, 255, 255),
    (244, 238, 222),
    (228, 226, 222),
    (252, 240, 200),
    (222, 240, 226),
    (246, 224, 228),
    (214, 226, 244),
)
"""Paper as it is sold: white, cream, recycled, and the pale colours of forms."""
DARK_TINTS = ((96, 22, 28), (24, 40, 84), (28, 70, 46), (60, 60, 64))
"""Covers of passports and booklets."""
WORDS = (
    "示範市市場監督管理局關於企業登記的說明樣本第一條第二條申請人姓名地址日期"
    "The quick specimen jumps over an invented counter and signs nothing 0123456789 "
)


class Papers:
    """Draws a paper that was never seen before, each time it is asked."""

    def __init__(self, fonts: Path) -> None:
        self._specimens = Specimens(fonts)
        self._font = str(fonts / "kai-500.ttf")

    def draw(self, rng: np.random.Generator) -> Image:
        """Return a paper, BGR; its kind, tint and writing are chance."""
        kinds: tuple[Callable[[np.random.Generator], Image], ...] = (
            self._specimen,
            self._letter,
            self._letter,
            self._form,
            self._illustrated,
            self._card,
            self._receipt,
            self._booklet,
            self._cover,
        )
        return kinds[int(rng.integers(len(kinds)))](rng)

    def _specimen(self, rng: np.random.Generator) -> Image:
        names = ("identity", "articles", "premises")
        return self._specimens.paper(names[int(rng.integers(3))])

    def _letter(self, rng: np.random.Generator) -> Image:
        size = [(1240, 1754), (1754, 1240), (1240, 1604), (1000, 1414)][rng.integers(4)]
        picture = _blank(rng, size)
        self._write(picture, rng, (90, 110, size[0] - 90, size[1] - 110))
        return _array(picture)

    def _form(self, rng: np.random.Generator) -> Image:
        size = (1240, 1754) if rng.random() < 0.7 else (1754, 1240)
        picture = _blank(rng, size)
        draw = ImageDraw.Draw(picture)
        left, top = int(rng.integers(50, 160)), int(rng.integers(60, 400))
        right, bottom = size[0] - left, size[1] - int(rng.integers(60, 500))
        ink = tuple(int(v) for v in rng.integers(10, 110, 3))
        width = int(rng.integers(2, 9))
        draw.rectangle((left, top, right, bottom), outline=ink, width=width)
        for y in range(top, bottom, int(rng.integers(50, 170))):
            draw.line((left, y, right, y), fill=ink, width=max(1, width // 2))
        for x in range(left, right, int(rng.integers(180, 500))):
            draw.line((x, top, x, bottom), fill=ink, width=max(1, width // 2))
        if rng.random() < 0.5:
            shade = tuple(int(v) for v in rng.integers(150, 230, 3))
            draw.rectangle((left, top, right, top + 60), fill=shade)
        self._write(picture, rng, (left + 20, top + 20, right - 20, bottom - 40))
        return _array(picture)

    def _illustrated(self, rng: np.random.Generator) -> Image:
        """A page with a large picture on it, as newspapers and leaflets have."""
        picture = _blank(rng, (1240, 1754))
        wide, tall = int(rng.integers(500, 1100)), int(rng.integers(400, 1200))
        left = int(rng.integers(50, 1240 - wide - 40))
        top = int(rng.integers(60, 1754 - tall - 50))
        self._write(picture, rng, (80, 80, 1160, 1680))
        picture.paste(_scene(rng, (wide, tall)), (left, top))
        return _array(picture)

    def _card(self, rng: np.random.Generator) -> Image:
        size = (1012, 638)
        base = rng.integers(120, 250, 3)
        other = np.clip(base + rng.integers(-60, 60, 3), 0, 255)
        ramp = np.linspace(0, 1, size[0])[None, :, None]
        field = np.repeat((base * (1 - ramp) + other * ramp), size[1], axis=0)
        picture = Picture.fromarray(field.astype(np.uint8))
        picture.paste(_scene(rng, (260, 330)), (50, 180))
        if rng.random() < 0.5:
            band = tuple(int(v) for v in rng.integers(20, 200, 3))
            ImageDraw.Draw(picture).rectangle((0, 0, size[0], 110), fill=band)
        self._write(picture, rng, (360, 140, 980, 600))
        return _rounded(_array(picture), 38)

    def _receipt(self, rng: np.random.Generator) -> Image:
        size = (576, int(rng.integers(800, 2000)))
        picture = _blank(rng, size)
        self._write(picture, rng, (40, 60, 536, size[1] - 80))
        return _array(picture)

    def _booklet(self, rng: np.random.Generator) -> Image:
        """Two pages of an open booklet, darker towards the fold."""
        picture = _blank(rng, (1476, 1040))
        self._write(picture, rng, (70, 70, 680, 970))
        self._write(picture, rng, (800, 70, 1400, 970))
        if rng.random() < 0.5:
            picture.paste(_scene(rng, (300, 380)), (90, 150))
        page = _array(picture).astype(np.float32)
        fold = np.abs(np.linspace(-1, 1, page.shape[1]))
        page *= (1 - 0.35 * np.exp(-fold * rng.uniform(8, 30)))[None, :, None]
        return page.astype(np.uint8)

    def _cover(self, rng: np.random.Generator) -> Image:
        picture = Picture.new("RGB", (880, 1240), DARK_TINTS[int(rng.integers(4))])
        draw = ImageDraw.Draw(picture)
        gold = (196, 168, 90)
        draw.ellipse((310, 380, 570, 640), outline=gold, width=12)
        font = ImageFont.truetype(self._font, 84)
        draw.text((200, 180), "樣本護照", font=font, fill=gold)
        draw.text((200, 900), "SPECIMEN", font=font, fill=gold)
        return _rounded(_array(picture), 40)

    def _write(
        self,
        picture: Picture.Image,
        rng: np.random.Generator,
        box: tuple[int, int, int, int],
    ) -> None:
        draw = ImageDraw.Draw(picture)
        size = int(rng.integers(20, 44))
        font = ImageFont.truetype(self._font, size)
        ink = tuple(int(v) for v in rng.integers(0, 90, 3))
        y, left, right = box[1], box[0], box[2]
        while y < box[3] - size:
            begin = int(rng.integers(len(WORDS) - 30))
            line = WORDS[begin:] + WORDS
            letters = int((right - left) / size * rng.uniform(0.3, 1.0))
            if rng.random() < 0.85:
                draw.text((left, y), line[:letters], font=font, fill=ink)
            y += int(size * rng.uniform(1.3, 2.2))


def _blank(rng: np.random.Generator, size: tuple[int, int]) -> Picture.Image:
    return Picture.new("RGB", size, TINTS[int(rng.integers(len(TINTS)))])


def _array(picture: Picture.Image) -> Image:
    return np.asarray(picture)[..., ::-1].copy()


def _scene(rng: np.random.Generator, size: tuple[int, int]) -> Picture.Image:
    """Return soft blobs of colour with a few shapes: a photograph from afar."""
    blobs = rng.uniform(0, 255, (5, 6, 3)).astype(np.float32)
    soft = cv2.resize(blobs, size, interpolation=cv2.INTER_CUBIC).clip(0, 255)
    picture: Array = (0.55 * soft + 0.45 * rng.uniform(20, 220)).astype(np.uint8)
    for _ in range(4):
        centre = (int(rng.integers(size[0])), int(rng.integers(size[1])))
        colour = [int(v) for v in rng.integers(0, 255, 3)]
        cv2.circle(picture, centre, int(rng.integers(15, 120)), colour, -1)
    return Picture.fromarray(picture)


def _rounded(page: Image, radius: int) -> Image:
    """Return BGRA with the corners rounded off, as cards have them (ID-1: 3.18 mm)."""
    height, width = page.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    inner = (radius, radius), (width - radius - 1, height - radius - 1)
    cv2.rectangle(mask, inner[0], inner[1], 255, 2 * radius)
    cv2.rectangle(mask, inner[0], inner[1], 255, -1)
    return np.dstack([page, mask])
