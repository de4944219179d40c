"""Invented papers for the simulated camera, drawn when they are needed.

Everything on them is made up and says so. The person of the identity document
is the drawing that the simulated applicant also shows as their face.
"""

import functools
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from counter_client.specimen_seal import draw_seal
from document_capture.images import Array, Corners, Image
from protocol.ids import IDENTITY, MaterialId, is_identity

PAGE = 1240, 1754
"""A4 at 150 dpi."""
CARD = 1280, 808
"""ID-1 (ISO/IEC 7810), 85.6 by 54 mm, at 380 dpi."""
INK = 25, 30, 40
SEAL = "seal"
"""The paper with the impression of a company's seal."""
LINES = {
    "articles": (
        "公司章程　Articles of association",
        "第一條　公司名稱：粵港示範科技（廣東）有限公司",
        "第二條　公司住所：示範市示範區樣本路一號八樓",
        "第三條　公司註冊資本：人民幣一百萬元",
        "第四條　公司類型：有限責任公司（港澳台投資）",
        "第五條　股東：陳示範，出資一百萬元，佔百分之百",
        "第六條　公司不設董事會，設執行董事一名",
        "Article 7. The financial year begins on 1 January.",
        "Article 8. These articles are a specimen, nothing more.",
    ),
    "premises": (
        "房屋租賃合同　Tenancy agreement",
        "出租方：示範物業有限公司　　承租方：陳示範",
        "房屋坐落：示範市示範區樣本路一號八樓",
        "建築面積：一百二十平方米　　用途：辦公",
        "租期：二〇二六年十二月一日至二〇二八年十一月三十日",
        "月租金：人民幣八千元整",
        "The landlord delivers the premises on 1 December 2026.",
        "This agreement is a specimen; nobody lives there.",
    ),
}

HOLDERS: dict[str, str] = {IDENTITY: "陳示範 CHAN, Si Fan"}
OTHER = "李樣本 LEE, Yeung Boon"
"""Whose identity documents they are: the applicant's, and of whoever comes along."""


class Specimens:
    """Draws papers with the fonts of the papers we make ourselves."""

    def __init__(self, fonts: Path) -> None:
        self._fonts = fonts

    @functools.lru_cache(maxsize=8)  # noqa: B019  # lives as long as the program
    def paper(self, name: str) -> Image:
        """Return the paper called ``name`` (a material's id), BGR."""
        if is_identity(MaterialId(name)):
            picture = self._identity(HOLDERS.get(name, OTHER))
        elif name == SEAL:
            picture = self._seal()
        else:
            picture = self._page(name)
        return np.asarray(picture)[..., ::-1].copy()

    def _page(self, name: str) -> Picture.Image:
        lines = LINES.get(
            name, (f"樣本文件 SPECIMEN {name}", "This paper is invented.")
        )
        picture = Picture.new("RGB", PAGE, (250, 249, 246))
        draw = ImageDraw.Draw(picture)
        draw.text((120, 130), lines[0], font=self._font(58), fill=INK)
        draw.line((120, 225, PAGE[0] - 120, 225), fill=INK, width=3)
        y = 290
        for _ in range(3):
            for line in lines[1:]:
                draw.text((120, y), line, font=self._font(34), fill=INK)
                y += 54
            y += 20
        draw.text((120, 1650), "樣本 SPECIMEN", font=self._font(40), fill=(170, 30, 30))
        return picture

    def _seal(self) -> Picture.Image:
        picture = Picture.new("RGB", PAGE, (250, 249, 246))
        draw = ImageDraw.Draw(picture)
        title = "公司印章　Seal of the company"
        draw.text((120, 130), title, font=self._font(58), fill=INK)
        draw.line((120, 225, PAGE[0] - 120, 225), fill=INK, width=3)
        draw_seal(picture, (PAGE[0] // 2, 800), self._font)
        words = "樣本 SPECIMEN. Nobody has this seal."
        draw.text((120, 1650), words, font=self._font(40), fill=INK)
        return picture

    def _identity(self, holder: str) -> Picture.Image:
        picture = Picture.new("RGB", CARD, (222, 232, 240))
        draw = ImageDraw.Draw(picture)
        for y in range(0, CARD[1], 14):
            draw.line((0, y, CARD[0], y + 60), fill=(206, 220, 231), width=2)
        draw.text(
            (60, 40),
            "示範身份證　SPECIMEN IDENTITY CARD",
            font=self._font(48),
            fill=INK,
        )
        portrait = Picture.fromarray(face(420, 520, 0.0)[..., ::-1])
        picture.paste(portrait, (60, 170))
        rows = (
            ("姓名 Name", holder),
            ("出生日期 Born", "1951-03-04"),
            ("號碼 Number", "Z000000(0)"),
            ("簽發 Issued", "2020-01-01"),
        )
        y = 190
        for label, value in rows:
            draw.text((540, y), label, font=self._font(30), fill=(90, 100, 110))
            draw.text((540, y + 38), value, font=self._font(46), fill=INK)
            y += 122
        draw.text((540, 715), "樣本 SPECIMEN", font=self._font(44), fill=(170, 30, 30))
        return picture

    @functools.lru_cache(maxsize=16)  # noqa: B019  # lives as long as the program
    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self._fonts / "kai-500.ttf"), size)


def face(width: int, height: int, seconds: float) -> Image:
    """Return a drawn person who nods and blinks, BGR. Nobody's likeness."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (214, 205, 190)
    unit = min(width, height) / 10
    nod = np.sin(seconds * 1.7) * unit * 0.12
    middle = int(width / 2 + np.sin(seconds * 0.9) * unit * 0.15)
    top = int(height * 0.44 + nod)

    def at(x: float, y: float) -> tuple[int, int]:
        return int(middle + x * unit), int(top + y * unit)

    def size(x: float, y: float) -> tuple[int, int]:
        return int(x * unit), int(y * unit)

    cv2.ellipse(picture, at(0, 5.4), size(3.6, 3.0), 0, 180, 360, (120, 86, 52), -1)
    cv2.ellipse(picture, at(0, 2.3), size(0.8, 1.2), 0, 0, 360, (150, 178, 216), -1)
    cv2.ellipse(picture, at(0, 0), size(1.9, 2.4), 0, 0, 360, (164, 192, 228), -1)
    cv2.ellipse(picture, at(0, -0.9), size(2.0, 1.7), 0, 180, 360, (150, 150, 152), -1)
    blink = 0.06 if seconds % 3.1 > 2.95 else 0.24
    for side in (-0.75, 0.75):
        cv2.ellipse(
            picture, at(side, -0.1), size(0.3, blink), 0, 0, 360, (60, 45, 40), -1
        )
        cv2.ellipse(
            picture, at(side, -0.1), size(0.62, 0.55), 0, 0, 360, (70, 60, 60), 2
        )
    cv2.line(picture, at(-0.13, -0.1), at(0.13, -0.1), (70, 60, 60), 2)
    smile = 0.2 + 0.12 * abs(np.sin(seconds * 2.3))
    cv2.ellipse(picture, at(0, 1.1), size(0.7, smile), 0, 0, 180, (80, 80, 170), 3)
    return picture


def desk(size: tuple[int, int], seed: int) -> Array:
    """Return an empty desk of ``size`` (width, height), float32 BGR."""
    width, height = size
    rng = np.random.default_rng(seed)
    coarse = rng.normal((52, 66, 84), 5, (height // 8, width // 8, 3))
    smooth: Array = cv2.resize(
        coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC
    )
    return smooth


def on_desk(
    paper: Image, size: tuple[int, int], tilt: float, seed: int
) -> tuple[Image, Corners]:
    """Return a photograph-like frame with ``paper`` on a desk, and its corners.

    Args:
        paper: the drawn paper.
        size: width and height of the frame.
        tilt: degrees by which the paper lies askew.
        seed: makes the desk and the noise; the same seed, the same frame.
    """
    frame = desk(size, seed)
    height, width = paper.shape[:2]
    corners = _lying(width / height, size, tilt)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source - 0.5, corners)
    shrunk = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_AREA)
    mask = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
    frame[mask > 0] = shrunk[mask > 0]
    return photographed(frame, seed), corners


def photographed(frame: Array, seed: int) -> Image:
    """Return ``frame`` with light from one side and the noise of a camera."""
    height, width = frame.shape[:2]
    light = np.linspace(1.06, 0.90, width, dtype=np.float32)
    lit = cv2.multiply(
        frame, np.repeat(light[None, :, None], 3, axis=2).repeat(height, 0)
    )
    noise = np.empty((height, width, 3), np.float32)
    cv2.setRNGSeed(seed)
    cv2.randn(noise, 0, 2)  # five times as fast as numpy's; it is drawn for each paper
    picture: Image = cv2.convertScaleAbs(cv2.max(cv2.add(lit, noise), 0))
    return picture


def _lying(aspect: float, size: tuple[int, int], tilt: float) -> Corners:
    width, height = size
    tall = min(height * 0.86, width * 0.86 / aspect)
    half = np.array([tall * aspect / 2, tall / 2])
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * half
    angle = np.radians(tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lying = square @ turn.T
    lying[:2] *= 0.97  # the far side is a little smaller: the camera looks askew
    placed: Corners = (lying + np.array([width / 2, height / 2])).astype(np.float32)
    return placed
