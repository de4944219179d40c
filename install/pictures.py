"""Draws the pictures of docs/documents.md, of invented papers: ``make pictures``."""

import datetime as dt
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pypdfium2 as pdfium

from bench.composites import Composer
from bench.gate_pages import shot
from bench.papers import a_card, a_zone, as_photographed, text_page
from counter_client.calibration import measure
from counter_client.calibration_frame import find_sides
from counter_client.calibration_target import draw_target
from counter_client.specimens import Specimens, on_desk
from document_capture.capture import straightened
from document_capture.clean import black_and_white
from document_capture.command import capture_files
from document_capture.findings import REFUSALS
from document_capture.finishing import finished, needed
from document_capture.gate import judge
from document_capture.images import Array, Image
from document_capture.measured import measured
from document_capture.ocr import Ocr
from document_capture.page import find_page
from document_capture.reading import FieldTemplate, Reading, read_page
from document_capture.straighten import straighten, to_jpeg
from install.panels import GREEN, RED, boxed, captioned, grid, outlined
from protocol.texts import text

FOLDER = Path("docs/pictures")
FONTS = Path("var/fonts")
FRAMES = (119, 110, 27, 41)
"""Seeds of composites that show what makes finding hard."""
WAYS: Final = {
    "far": 0,
    "soft": 1,
    "moved": 2,
    "glare": 3,
    "shadow": 4,
    "noise": 5,
    "finger": 10,
    "half soft": 7,
}
"""What is wrong with the papers that the gate is shown (``bench/gate_pages.py``), and
the seed."""
FIELDS: Final = (
    FieldTemplate(name="company", labels=("企业名称",)),
    FieldTemplate(name="credit code", identifier="uscc"),
    FieldTemplate(name="represented by", labels=("法定代表人",)),
    FieldTemplate(name="capital", labels=("注册资本",)),
    FieldTemplate(name="permit", identifier="home-return", labels=("证件号码",)),
)
ZONE: Final = tuple(
    FieldTemplate(name=name.replace("_", " "), mrz=name)
    for name in ("surname", "given_names", "number", "nationality", "birth", "expiry")
)
BRIGHTNESS = 0.85
"""Of white paper in good light: what is brighter is burnt out in the picture."""
MADE = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def finding() -> Image:
    """Four frames with hands, shadows and other papers; the page that was found."""
    composer = Composer(FONTS)
    panels = []
    for seed in FRAMES:
        frame = composer.compose(seed, (1440, 1080)).image
        found = find_page(frame)
        words = [f"score {found.score:.2f}"]
        panels.append(captioned(outlined(frame, found.corners), words, (520, 390)))
    return grid(panels, 2)


def cleaning() -> Image:
    """One frame, and what becomes of it step by step."""
    frame = _a_frame()
    found, straight = straightened(frame)
    black = cv2.cvtColor(black_and_white(straight.page), cv2.COLOR_GRAY2BGR)
    steps = {
        "1. the camera's frame, the page found": outlined(frame, found.corners),
        "2. straightened": straight.page,
        "3. light evened out, paper white": finished(straight.page, needed(straight)),
        "4. black and white (--black)": black,
    }
    size = 300, 424
    return grid([captioned(made, [word], size) for word, made in steps.items()], 4)


def refusals() -> Image:
    """Eight bad photographs, what the gate says of each, and where."""
    panels = []
    for way, seed in WAYS.items():
        taken = shot(FONTS, "zh-Hant", way, 1.0, seed)
        page = straighten(taken.frame, taken.corners)
        findings = judge(taken.frame, taken.corners, measured(page))
        codes = [one.code for one in findings if one.refuses]
        first = next((code for code in REFUSALS if code in codes), "")
        for one in findings:
            if one.code == first and one.place:
                page = boxed(page, one.place)
        words = [first, text(first, "en")] if first else ["taken"]
        panels.append(captioned(page, words, (300, 424)))
    return grid(panels, 4)


def fields() -> Image:
    """A form and a card, with the fields that were read."""
    ocr = Ocr()
    form = as_photographed(text_page("zh-Hans"), 0)[:1200]
    card = as_photographed(a_card(a_zone("TD1", 3)), 0)
    read = [_read(form, FIELDS, ocr), _read(card, ZONE, ocr)]
    return grid(read, 2)


def archive() -> Image:
    """The PDF of a photograph: the page, and the invisible text that lies on it."""
    ocr = Ocr()

    def read(page: Image) -> tuple[Image, Reading]:
        return page, read_page(page, (), ocr)

    files = [("photograph.jpg", to_jpeg(_a_frame(), 92))]
    pdf = capture_files(files, bitonal=False, made=MADE, read=read).pdf
    page = pdfium.PdfDocument(pdf)[0]
    seen = np.asarray(page.render(scale=1.2).to_numpy())[..., :3].copy()
    words = page.get_textpage()
    height = page.get_height()
    marked = seen
    for number in range(words.count_rects()):
        left, bottom, right, top = (1.2 * one for one in words.get_rect(number))
        high = 1.2 * height - top
        box = [[left, high], [right, high], [right, high + top - bottom]]
        marked = outlined(marked, np.array([*box, [left, high + top - bottom]]))
    found = words.get_text_range().split("\r\n")[:3]
    said = [f"{len(pdf) // 1000} KB; the text in it begins:", *found]
    size = 480, 679
    return grid([captioned(seen, ["the page"], size), captioned(marked, said, size)], 2)


def calibration() -> Image:
    """The calibration sheet under a camera, the frame found on it, the result."""
    sheet = pdfium.PdfDocument(io.BytesIO(draw_target(FONTS)))[0]
    drawn = np.asarray(sheet.render(scale=2.5).to_numpy())[..., :3]
    paper = (drawn * BRIGHTNESS).astype(np.uint8)
    frame, _ = on_desk(paper, (2592, 1944), 2.0, 5)
    sides = find_sides(frame)
    measured = measure(frame)
    marked = outlined(outlined(frame, sides.outer), sides.inner, RED)
    words = [
        f"{measured.dpi_x:.0f} x {measured.dpi_y:.0f} dots per inch, "
        f"tilt {measured.tilt:.1f}°, blur {measured.blur_mm:.2f} mm, "
        f"evenness {measured.evenness:.2f}",
        *(text(code, "en") for code in measured.advice),
    ]
    return captioned(marked, words, (800, 600))


PICTURES: Final[Mapping[str, Callable[[], Image]]] = {
    "finding.jpg": finding,
    "cleaning.jpg": cleaning,
    "refusals.jpg": refusals,
    "fields.jpg": fields,
    "archive.jpg": archive,
    "calibration.jpg": calibration,
}


def _a_frame() -> Image:
    paper = Specimens(FONTS).paper("articles")
    frame, _ = on_desk(paper, (2400, 2400), 6.0, 3)
    height, width = frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    # Somebody stands between the lamp and the lower right of the paper.
    dark = 1 / (1 + np.exp(-(x / width + 0.6 * y / height - 1.0) * 18))
    shaded: Array = frame * (1 - 0.45 * dark)[..., None]
    return shaded.astype(np.uint8)


def _read(page: Image, wanted: tuple[FieldTemplate, ...], ocr: Ocr) -> Image:
    """Return ``page`` with a box round each field, and below it what was read."""
    found = [one for one in read_page(page, wanted, ocr).fields if one.text]
    for one in found:
        page = boxed(page, one.place, GREEN if one.verified else RED)
    words = [
        f"{one.name}: {one.text} ({'verified' if one.verified else one.why.value})"
        for one in found
    ]
    return captioned(page, words, (560, 410))


def main() -> int:
    """Draw all of them into ``docs/pictures``, which is not in the repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_bytes(to_jpeg(draw(), 85))
        print(f"  {FOLDER / name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
