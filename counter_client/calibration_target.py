"""The sheet that an installer prints and lays under the document camera.

A black frame of known size, whose edges are found to a fraction of a pixel, and a
QR code that says how large it is. Lengths are millimetres.
"""

import io
import re
from pathlib import Path

import msgspec
import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from protocol.states import Language
from protocol.texts import text

FONT = "Target"
FILE = "kai-500.ttf"
CODE_SIZE = 40.0
RULE = 100.0
"""The line that the installer checks with a ruler."""


class Target(msgspec.Struct, frozen=True):
    """The frame: outer sides and the width of its black band."""

    width: float = 180.0
    height: float = 250.0
    band: float = 10.0

    @property
    def words(self) -> str:
        """What the QR code says."""
        return f"smart-counter target {self.width:g}x{self.height:g}x{self.band:g} mm"


def read_target(words: str) -> Target | None:
    """Return the target that a QR code describes; ``None`` for any other code."""
    number = r"(\d{2,3}(?:\.\d)?)"
    found = re.fullmatch(f"smart-counter target {number}x{number}x{number} mm", words)
    if found is None:
        return None
    target = Target(*(float(one) for one in found.groups()))
    fits = target.band * 4 < min(target.width, target.height)
    return target if fits else None


def draw_target(fonts: Path, target: Target = Target()) -> bytes:  # noqa: B008  # frozen
    """Return the sheet as PDF, A4 upright, black only."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(ttfonts.TTFont(FONT, str(fonts / FILE)))
    out = io.BytesIO()
    paper = Canvas(out, pagesize=A4, invariant=True)
    paper.setTitle("Smart Counter: calibration target")
    paper.scale(mm, mm)
    left = (A4[0] / mm - target.width) / 2
    bottom = (A4[1] / mm - target.height) / 2
    middle = left + target.width / 2
    inset = target.band / 2
    paper.setLineJoin(0)
    paper.setLineWidth(target.band)
    paper.rect(
        left + inset,
        bottom + inset,
        target.width - 2 * inset,
        target.height - 2 * inset,
    )
    _draw_code(paper, target.words, middle, bottom + target.height * 0.62)
    _draw_rule(paper, middle, bottom + target.height * 0.42)
    paper.setFont(FONT, 3.4)
    for line, language in enumerate(Language):
        y = bottom + target.height * 0.34 - line * 9
        paper.drawCentredString(middle, y, text("calibrate-print-at-100", language))
    paper.showPage()
    paper.save()
    return out.getvalue()


def _draw_code(paper: Canvas, words: str, middle: float, bottom: float) -> None:
    rows = list(segno.make(words, error="m", micro=False).matrix)
    module = CODE_SIZE / len(rows)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                x = middle - CODE_SIZE / 2 + across * module
                y = bottom + CODE_SIZE - (down + 1) * module
                paper.rect(x, y, module, module, stroke=0, fill=1)


def _draw_rule(paper: Canvas, middle: float, y: float) -> None:
    paper.setLineWidth(0.4)
    begin, end = middle - RULE / 2, middle + RULE / 2
    paper.line(begin, y, end, y)
    for x in (begin, end):
        paper.line(x, y - 4, x, y + 4)
    paper.setFont(FONT, 5)
    paper.drawCentredString(middle, y + 2, f"{RULE:g} mm")
