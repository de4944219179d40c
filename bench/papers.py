"""Invented papers with known words: pages, zones and codes, as a camera sees them.

Everybody on them is made up. Characters of a zone stand at a fixed pitch, as in
OCR-B, whatever typeface is at hand.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from document_capture.images import Array, Image
from document_capture.mrz import check_digit, text_of
from document_capture.mrz_formats import FORMATS, Format

FONTS = Path("var/fonts")
A4 = 1654, 2339
"""Pixels at 200 dpi."""
CARD = 1000, 640
WORDS: Mapping[str, Sequence[str]] = {
    "zh-Hans": (
        "外商投资企业登记申请书",
        "一、企业名称：示范市样本科技有限公司",
        "统一社会信用代码：91110000600037341L",
        "法定代表人：样本甲　国籍（地区）：中国香港",
        "住所：示范市示范区样本路一百二十八号二栋一五〇六室",
        "注册资本：人民币伍佰万元整（5,000,000.00）",
        "经营范围：软件开发；信息技术咨询服务；货物进出口；技术进出口；",
        "企业管理咨询；会议及展览服务；社会经济咨询服务。",
        "经营期限：自2026年03月18日至2056年03月17日",
        "股东名称：样本乙　证件类型：港澳居民来往内地通行证",
        "证件号码：H10293847　认缴出资额：300万元　出资比例：60%",
        "本申请人承诺所提交的文件、证件和有关附件真实、合法、有效，",
        "复印文本与原件一致，并对因提交虚假文件所引发的一切后果承担责任。",
        "联系电话：+852 9123 4567　电子邮箱：applicant@example.com",
    ),
    "zh-Hant": (
        "示範特別行政區公司註冊處",
        "公司註冊證明書",
        "本人謹此證明：樣本國際貿易（香港）有限公司",
        "於本日根據公司條例在香港成立為法團，此公司為一間有限公司。",
        "公司編號：3298471　商業登記號碼：75839201-000-03-26-4",
        "本證明書於二零二六年三月十八日發出。",
        "註冊辦事處地址：示範市樣本道三十三號第三座十二樓一二零八室",
        "董事姓名：樣本甲　身份證號碼：A123456(3)",
        "秘書：滙通秘書服務有限公司　股本：港幣壹佰萬元正",
        "業務性質：資訊科技顧問、進出口貿易、會議及展覽服務",
        "澳門特別行政區居民身份證編號：1234567(8)",
        "聲明：本人聲明上述資料均屬真實及正確，願承擔法律責任。",
        "簽署日期：2026年3月18日　見證律師：樣本律師行",
        "聯絡電話：2345 6789　電郵：info@example.com",
    ),
    "en": (
        "CERTIFICATE OF INCORPORATION",
        "I hereby certify that SPECIMEN INTERNATIONAL TRADING LIMITED",
        "is this day incorporated under the Companies Ordinance,",
        "and that this company is a limited company.",
        "Company Number: 3298471   Business Registration: 75839201",
        "Issued on 18 March 2026.",
        "Registered office: Room 1208, 12/F, Tower 3, Specimen City,",
        "33 Sample Road, Exampletown, Hong Kong",
        "Director: SPECIMEN Alpha One, HKID A123456(3)",
        "Director: SPECIMEN Beta, Home Return Permit H10293847",
        "Share capital: HKD 1,000,000.00 divided into 1,000,000 shares",
        "Contact: +852 2345 6789, info@example.com",
        "The applicant declares that all documents are true and valid,",
        "and accepts liability for any consequence of false statements.",
    ),
}
SURNAMES = ("SPECIMEN", "MUSTER", "CHAN", "ERIKSSON", "ZZYZX", "OQUOTO", "BISBOSS")
GIVEN = ("ANNA<MARIA", "SI<FAN", "JOAO", "ALPHA<ONE", "BETA", "GIGI", "QUOC<IBO")
NUMBER = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


def text_page(script: str, weight: int = 500) -> Image:
    """Return a page of 11-point lines in ``script``, a key of ``WORDS``, at 200 dpi."""
    picture = Picture.new("RGB", A4, (250, 250, 250))
    draw = ImageDraw.Draw(picture)
    y, points = 180, 31
    for number, words in enumerate(WORDS[script]):
        font = typeface(weight, round(points * 1.6) if number == 0 else points)
        draw.text((180, y), words, font=font, fill=(22, 22, 22))
        y += points * (3 if number == 0 else 2)
    return np.asarray(picture)[..., ::-1].copy()


def as_photographed(page: Image, seed: int) -> Image:
    """Return ``page`` on warm paper in uneven light, slightly blurred, noisy, as JPEG.

    Blur of 0.8 pixels, noise of 4 grey levels, JPEG quality 88; odd seeds throw a
    shadow over a corner.
    """
    height, width = page.shape[:2]
    x, y = np.meshgrid(
        np.linspace(0, 1, width, dtype=np.float32),
        np.linspace(0, 1, height, dtype=np.float32),
    )
    light = (1 - 0.3 * x) * (1 - 0.15 * y)
    if seed % 2:
        light *= 0.55 + 0.45 * np.clip((x + y / 2 - 0.6) * 6, 0, 1)
    paper = (225 * light)[..., None] * np.array([0.93, 0.97, 1.0], np.float32)
    inked = paper * (0.12 + 0.88 * page.astype(np.float32) / 255)
    blurred = cv2.GaussianBlur(inked, (0, 0), 0.8)
    noisy = blurred + 4 * np.random.default_rng(seed).standard_normal(
        blurred.shape, np.float32
    )
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 88])
    back: Image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return back


def a_zone(name: str, seed: int) -> tuple[str, ...]:
    """Return the lines of an invented person's zone in format ``name``."""
    rng = np.random.default_rng(seed)

    def some(of: Sequence[str]) -> str:
        return str(of[int(rng.integers(len(of)))])

    kind = {"TD1": "I<", "TD2": "I<", "TD3": "P<"}.get(name, "V<")
    year, month, day = (
        int(rng.integers(*span)) for span in ((0, 99), (1, 13), (1, 29))
    )
    fields = {
        "document": kind,
        "issuer": some(("UTO", "CHN", "PRT", "GBR", "D")),
        "nationality": some(("UTO", "CHN", "PRT", "XXA", "D")),
        "names": f"{some(SURNAMES)}<<{some(GIVEN)}",
        "number": "".join(some(NUMBER) for _ in range(9)),
        "birth": f"{year:02}{month:02}{day:02}",
        "sex": some("MF<"),
        "expiry": f"{int(rng.integers(27, 37))}{month:02}{day:02}",
    }
    return composed(FORMATS[name], fields)


def composed(layout: Format, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines with ``fields``, filled up, and every check digit."""
    rows = [["<"] * layout.length for _ in range(layout.lines)]
    for name, text in fields.items():
        row, begin, end = layout.fields[name]
        rows[row][begin:end] = text.ljust(end - begin, "<")[: end - begin]
    for name in sorted(layout.checks, key="composite".__eq__):
        check = layout.checks[name]
        lines = ["".join(row) for row in rows]
        covered = "".join(text_of(lines, span) for span in check.over)
        rows[check.at[0]][check.at[1]] = check_digit(covered)
    return tuple("".join(row) for row in rows)


def a_card(lines: Sequence[str], seed: int = 0) -> Image:
    """Return a card with a drawn pattern, a few labels, and ``lines`` at its foot."""
    picture = Picture.new("RGB", CARD, (222, 232, 240))
    draw = ImageDraw.Draw(picture)
    for y in range(0, CARD[1], 12):
        draw.line((0, y, CARD[0], y + 50), fill=(208, 221, 231))
    for number, words in enumerate(("SPECIMEN", "樣本 Specimen", "Utopia 2026")):
        draw.text(
            (420, 60 + 70 * number), words, font=typeface(500, 34), fill=(40, 44, 60)
        )
    pitch = (CARD[0] - 80) / len(lines[0])
    font = typeface((500, 700)[seed % 2], round(pitch * 1.55))
    y = CARD[1] - 62 * len(lines) - 30
    for line in lines:
        for place, letter in enumerate(line):
            middle = 40 + (place + 0.5) * pitch
            draw.text((middle, y), letter, font=font, fill=(20, 20, 26), anchor="mt")
        y += 62
    return np.asarray(picture)[..., ::-1].copy()


def tilted(image: Image, degrees: float) -> Image:
    """Return ``image`` lying askew on a dark desk that is as large as it has to be."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    sine, cosine = abs(matrix[0, 1]), abs(matrix[0, 0])
    size = int(height * sine + width * cosine), int(height * cosine + width * sine)
    matrix[:, 2] += (np.array(size) - (width, height)) / 2
    lying: Image = cv2.warpAffine(image, matrix, size, borderValue=(84, 66, 52))
    return lying


def a_code(kind: str, text: str, module: int = 4) -> Image:
    """Return a barcode with its quiet zone; ``kind`` as zxing-cpp names it."""
    import zxingcpp  # noqa: PLC0415  # only who draws codes loads it

    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    grey: Array = np.array(code.to_image(scale=module))
    grey = grey if grey.ndim == 2 else grey[..., 0]
    quiet = np.pad(grey, 40, constant_values=255)
    coloured: Image = cv2.cvtColor(quiet, cv2.COLOR_GRAY2BGR)
    return coloured


@functools.lru_cache(maxsize=16)
def typeface(weight: int, size: int) -> ImageFont.FreeTypeFont:
    """Return the typeface of our papers in pixels of ``size``."""
    return ImageFont.truetype(str(FONTS / f"kai-{weight}.ttf"), size)
