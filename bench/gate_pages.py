"""Invented pages of 11-point text, photographed well or badly, with a fixed seed."""

import functools
from pathlib import Path

import cv2
import msgspec
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from counter_client.specimens import desk
from document_capture.images import Array, Corners, Image

PRINTED_DPI = 300
A4 = 2480, 3508
POINTS = 11
INK = 25
MARGIN = 250
SEEN_DPI = 200.0
"""What the camera sees of an A4 paper that lies as it should."""
SKIN = 125.0, 155.0, 205.0
WAYS = (
    "well",
    "soft",
    "moved",
    "far",
    "glare",
    "shadow",
    "finger",
    "noise",
    "half soft",
)

LINES = {
    "zh-Hant": (
        "香港特別行政區公司註冊處樣本表格",
        "本人謹此證明：樣本國際貿易（香港）有限公司",
        "於本日根據香港法例第622章《公司條例》在香港成立為法團",
        "公司編號：3298471　商業登記號碼：75839201-000-03-26-4",
        "註冊辦事處地址：香港九龍示範道33號樣本城第3座12樓1208室",
        "董事姓名：樣本甲某某　身份證號碼：A123456(3)",
        "秘書：滙通樣本秘書服務有限公司，證件編號：1234567(8)",
        "股本：港幣壹佰萬元正（HK$1,000,000.00），已繳足",
        "業務性質：資訊科技顧問、進出口貿易、會議及展覽服務",
        "聲明：本人聲明上述資料均屬真實及正確，願承擔法律責任。",
        "辦理事項：外商投資企業設立登記，跨境通辦，樣本律師行見證",
        "聯絡電話：2345 6789　電郵：info@example.com",
    ),
    "zh-Hans": (
        "外商投资企业设立登记申请书样本",
        "一、企业名称：珠海横琴示例科技有限公司",
        "统一社会信用代码：91440400MA4UJ8XK2T（样本）",
        "住所：广东省珠海市示范新区样本大道868号2栋1506室",
        "注册资本：人民币伍佰万元整（¥5,000,000.00）",
        "经营范围：软件开发；信息技术咨询服务；货物进出口；",
        "企业管理咨询；会议及展览服务。（除依法须经批准的项目外，",
        "凭营业执照依法自主开展经营活动）",
        "经营期限：自2026年03月18日至2056年03月17日",
        "证件号码：H10293847　认缴出资额：300万元　出资比例：60%",
        "本申请人承诺所提交的文件、证件和有关附件真实、合法、有效，",
        "受理编号：GZ20260318004517　办理窗口：跨境通办08号",
    ),
    "en": (
        "SPECIMEN CERTIFICATE OF INCORPORATION",
        "I hereby certify that SPECIMEN INTERNATIONAL TRADING LIMITED is this",
        "day incorporated in Hong Kong under the Companies Ordinance, and that",
        "Company Number: 3298471   Business Registration No.: 75839201-000",
        "Registered office: Room 1208, 12/F, Tower 3, Specimen City,",
        "33 Example Road, Tsim Sha Tsui, Kowloon, Hong Kong",
        "Director: SPECIMEN Alpha One, identity card A123456(3)",
        "Director: SPECIMEN Beta, Home Return Permit H10293847",
        "Share capital: HKD 1,000,000.00 divided into 1,000,000 shares",
        "The applicant declares that all documents submitted are true, lawful",
        "and accepts legal liability for any consequence of false statements.",
        "Contact: +852 2345 6789, info@example.com",
    ),
}


class Shot(msgspec.Struct, frozen=True):
    """A photographed page: the frame, where the page lies, what stands on it."""

    frame: Image
    corners: Corners
    text: str
    way: str
    strength: float
    """0: as good as it gets; 1: as bad as it gets."""


def shot(fonts: Path, language: str, way: str, strength: float, seed: int) -> Shot:
    """Return a page in ``language``, photographed with one thing wrong with it."""
    rng = np.random.default_rng(seed)
    order = [0, *(1 + rng.permutation(len(LINES[language]) - 1))]
    lines = [LINES[language][index] for index in order]
    paper = _printed(str(fonts / "kai-500.ttf"), tuple(lines))
    dpi = SEEN_DPI * (1 - 0.75 * strength) if way == "far" else SEEN_DPI
    small = cv2.resize(
        paper,
        None,
        fx=dpi / PRINTED_DPI,
        fy=dpi / PRINTED_DPI,
        interpolation=cv2.INTER_AREA,
    )
    lit = _lit(small.astype(np.float32) * 0.85 + 10, way, strength, rng)
    frame, corners = _lying(lit, rng)
    frame = _seen(frame, corners, way, strength, rng)
    done, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture is not None
    return Shot(picture, corners, "".join(lines), way, strength)


@functools.lru_cache(maxsize=2)
def _printed(font: str, lines: tuple[str, ...]) -> Image:
    picture = Picture.new("RGB", A4, (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    em = POINTS * PRINTED_DPI // 72
    y = MARGIN
    for number, line in enumerate(lines):
        size = em if number else int(em * 1.6)
        drawn = ImageFont.truetype(font, size)
        draw.text((MARGIN, y), line, fill=(INK, INK, INK), font=drawn)
        y += int(em * (2.8 if number == 0 else 5.0))
    return np.asarray(picture)[..., ::-1].copy()


def _lit(paper: Array, way: str, strength: float, rng: np.random.Generator) -> Array:
    """Return ``paper`` with what lies or shines upon it."""
    height, width = paper.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / width
    uneven = 1.0 - 0.1 * (x * rng.uniform(0, 1) + y * rng.uniform(0, 0.7))
    lit: Array = paper * uneven[..., None]
    if way == "shadow":
        side = np.cos(angle := rng.uniform(0, 2 * np.pi)) * (x - 0.5)
        side += np.sin(angle) * (y - 0.7)
        soft = rng.uniform(0.004, 0.06)
        dark = 1 / (1 + np.exp(-np.clip(side / soft, -30, 30)))
        lit = lit * (1 - 0.99 * strength * dark)[..., None]
    if way == "glare":
        spot = _blob(x, y, rng, 0.06 + 0.14 * strength, rng.uniform(0.005, 0.05))
        lit = lit + (spot * (60 + 400 * strength))[..., None]
    if way == "finger":
        lit = _covered(lit, x, y, strength, rng)
    return lit


def _blob(
    x: Array, y: Array, rng: np.random.Generator, size: float, soft: float
) -> Array:
    at = rng.uniform(0.15, 0.85), rng.uniform(0.1, 1.1)
    away = np.hypot((x - at[0]) / rng.uniform(0.7, 1.4), y - at[1])
    spot: Array = 1 / (1 + np.exp(np.clip((away - size) / soft, -30, 30)))
    return spot


def _covered(
    lit: Array, x: Array, y: Array, strength: float, rng: np.random.Generator
) -> Array:
    """Lay a fingertip in from the left, right or bottom."""
    reach, wide = 0.03 + 0.3 * strength, rng.uniform(0.045, 0.07)
    edge, at = int(rng.integers(3)), rng.uniform(0.15, 0.9)
    along, inward = ((y, x), (y, 1 - x), (x, 2**0.5 - y))[edge]
    tip = np.hypot(np.maximum(inward - reach + wide, 0), along - at)
    shade = 1 / (1 + np.exp(np.clip((tip - wide) / 0.002, -30, 30)))
    skin = np.array(SKIN, np.float32) * rng.uniform(0.6, 1.1)
    round_off = (1 - 0.35 * np.clip(tip / wide, 0, 1) ** 2)[..., None]
    covered: Array = lit * (1 - shade[..., None]) + skin * round_off * shade[..., None]
    return covered


def _lying(paper: Array, rng: np.random.Generator) -> tuple[Array, Corners]:
    height, width = paper.shape[:2]
    border = int(0.07 * height)
    size = width + 2 * border, height + 2 * border
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    spread = rng.uniform(-0.012, 0.012, (4, 2)) * height
    corners: Corners = (square + border + spread).astype(np.float32)
    # Its outer corners: half a pixel off the middles of the first and last pixels.
    matrix = cv2.getPerspectiveTransform(square - 0.5, corners)
    frame = desk(size, int(rng.integers(1000)))
    laid = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_LINEAR)
    mask = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
    frame[mask > 0] = laid[mask > 0]
    return frame, corners


def _seen(
    frame: Array, corners: Corners, way: str, strength: float, rng: np.random.Generator
) -> Array:
    """Return what lens, hand and sensor make of ``frame``."""
    sigma = 0.5
    if way in {"soft", "half soft"}:
        sigma += 4 * strength
    soft: Array = cv2.GaussianBlur(frame, (0, 0), sigma)
    if way == "half soft":
        middle = int(corners[:, 1].mean())
        soft[:middle] = cv2.GaussianBlur(frame[:middle], (0, 0), 0.5)
    if way == "moved":
        length, angle = 1 + 19 * strength, rng.uniform(0, np.pi)
        soft = cv2.filter2D(soft, -1, _streak(length, angle))
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    grain, colour = np.empty(frame.shape[:2], np.float32), np.empty_like(frame)
    cv2.randn(grain, 0, 3 + (77 * strength if way == "noise" else 0))
    cv2.randn(colour, 0, 2)
    return np.clip(soft + grain[..., None] + colour, 0, 255).astype(np.uint8)


def _streak(length: float, angle: float) -> Array:
    side = int(length) | 1
    kernel = np.zeros((side + 2, side + 2), np.float32)
    middle = (side + 1) / 2
    for step in np.linspace(-length / 2, length / 2, 200):
        x, y = middle + step * np.cos(angle), middle + step * np.sin(angle)
        kernel[round(y), round(x)] += 1
    streak: Array = kernel / kernel.sum()
    return streak
