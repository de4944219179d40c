"""An invented company's seal, as its stamp leaves it on paper."""

from collections.abc import Callable

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

COMPANY = "樣本控股有限公司"
INK = 196, 32, 44
MM = 150 / 25.4
"""Pixels: the papers are drawn at 150 dpi."""
ACROSS = 42
FINER = 3
"""Drawn so many times as large, and made smaller: ink has no steps."""
FROM, TO = 150, 390
"""Degrees, clockwise from three o'clock, over which the name runs along the ring."""

Font = Callable[[int], ImageFont.FreeTypeFont]


def draw_seal(page: Picture.Image, middle: tuple[int, int], font: Font) -> None:
    """Press the seal on ``page``; print below it stays to be read."""
    unit = MM * FINER
    side = round((ACROSS + 2) * unit)
    mask = Picture.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    edge = round(unit)
    draw.ellipse((edge, edge, side - edge, side - edge), outline=235, width=edge)
    draw.polygon(_star(side / 2, 6.5 * unit), fill=235)
    letters = font(round(6 * unit))
    for angle, letter in zip(np.linspace(FROM, TO, len(COMPANY)), COMPANY, strict=True):
        _letter(mask, letter, letters, float(angle))
    small = font(round(2.6 * unit))
    text = "樣本 SPECIMEN"
    wide = draw.textlength(text, font=small)
    draw.text(((side - wide) / 2, side * 0.75), text, font=small, fill=235)
    size = round(side / FINER)
    mask = mask.resize((size, size), Picture.Resampling.LANCZOS)
    place = middle[0] - size // 2, middle[1] - size // 2
    page.paste(Picture.new("RGB", (size, size), INK), place, mask)


def _letter(
    mask: Picture.Image, letter: str, font: ImageFont.FreeTypeFont, angle: float
) -> None:
    side, tile = mask.width, round(9 * MM * FINER)
    one = Picture.new("L", (tile, tile), 0)
    middle = tile / 2, tile / 2
    ImageDraw.Draw(one).text(middle, letter, font=font, fill=235, anchor="mm")
    one = one.rotate(-angle - 90, Picture.Resampling.BICUBIC)
    turn, far = np.radians(angle), (ACROSS / 2 - 5.2) * MM * FINER
    x, y = side / 2 + far * np.cos(turn), side / 2 + far * np.sin(turn)
    mask.paste(235, (round(x - tile / 2), round(y - tile / 2)), one)


def _star(middle: float, radius: float) -> list[tuple[float, float]]:
    turns = np.radians(np.arange(10) * 36 - 90)
    reach = np.where(np.arange(10) % 2, radius * 0.382, radius)
    rows = np.stack([middle + reach * np.cos(turns), middle + reach * np.sin(turns)])
    return [(float(x), float(y)) for x, y in rows.T]
