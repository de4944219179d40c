"""What makes a licence look like one: border, guilloche, seal. All vectors."""

import functools
import io
import math

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.pathobject import PDFPathObject

from casework.papers import fonts
from casework.papers.sheet import Sheet

PAPER = Color(0.995, 0.985, 0.95)
SEAL_RED = Color(0.80, 0.07, 0.09, alpha=0.82)


TINY = 1.0
"""Points of microtext: 0.35 mm, a grey line to the eye and to a copier."""
Point = tuple[float, float]


def background(sheet: Sheet) -> None:
    """Tint the paper and draw interfering waves and a rose, which copiers smear."""
    canvas = sheet.canvas
    canvas.setFillColor(PAPER)
    canvas.rect(0, 0, sheet.width, sheet.height, stroke=0, fill=1)
    canvas.setStrokeColor(Color(0.80, 0.72, 0.45, alpha=0.30))
    canvas.setLineWidth(0.22)
    canvas.drawPath(_guilloche(sheet.width, sheet.height))


@functools.cache
def _guilloche(width: float, height: float) -> PDFPathObject:
    """Return eighteen waves across a page of this size, and a rose in its middle."""
    left, bottom = 22 * mm, 25 * mm
    wide, high = width - 2 * left, height - 2 * bottom
    lines: list[list[Point]] = []
    for wave in range(18):
        line = []
        for step in range(161):
            along = step / 160
            swing = math.sin(6 * math.pi * along + wave * 0.35)
            swell = math.cos(2 * math.pi * along + wave * 0.11)
            line.append(
                (left + wide * along, bottom + high * (0.5 + 0.42 * swing * swell))
            )
        lines.append(line)
    for ring in range(6):
        reach = min(width, height) * (0.10 + 0.028 * ring)
        line = []
        for step in range(241):
            angle = step * math.pi / 120
            out = reach * (1 + 0.16 * math.cos(12 * angle + ring * math.pi / 6))
            x, y = width / 2 + out * math.cos(angle), height / 2 + out * math.sin(angle)
            line.append((x, y))
        lines.append(line)
    return _path(lines)


def border(sheet: Sheet, colour: Color) -> None:
    """Draw four frames with a chain of rosettes between the inner two."""
    canvas = sheet.canvas
    canvas.setStrokeColor(colour)
    for inset, pen in ((9.0, 2.4), (11.2, 0.6), (16.5, 0.6), (17.6, 1.4)):
        canvas.setLineWidth(pen)
        edge = inset * mm
        canvas.rect(edge, edge, sheet.width - 2 * edge, sheet.height - 2 * edge)
    canvas.setLineWidth(0.35)
    canvas.drawPath(_chain(sheet.width, sheet.height))


@functools.cache
def _chain(width: float, height: float) -> PDFPathObject:
    """Return the rosettes of a page of this size, side by side round it."""
    outer, inner, radius = 11.2 * mm, 16.5 * mm, 2.65 * mm
    rosettes = []
    across = int((width - 2 * outer) / (2 * radius))
    step = (width - 2 * outer) / across
    for number in range(across):
        x = outer + step * (number + 0.5)
        rosettes += [
            _rosette(x, outer + radius, radius),
            _rosette(x, height - outer - radius, radius),
        ]
    down = int((height - 2 * inner) / (2 * radius))
    step = (height - 2 * inner) / down
    for number in range(down):
        y = inner + step * (number + 0.5)
        rosettes += [
            _rosette(outer + radius, y, radius),
            _rosette(width - outer - radius, y, radius),
        ]
    return _path(rosettes)


def microtext(sheet: Sheet, text: str, colour: Color) -> None:
    """Write ``text`` again and again along the inner frame, above and below.

    A loupe reads it; what was scanned and printed again is a smear there.
    """
    room = sheet.width - 2 * 19 * mm
    wide = fonts.width(text, fonts.REGULAR, TINY)
    many = text * (int(room / wide) + 1)
    many = many[: int(len(text) * room / wide)].strip()
    for y in (18.6 * mm, sheet.height - 18.6 * mm - TINY):
        sheet.write(19 * mm, y, many, size=TINY, colour=colour)


def emblem(sheet: Sheet, x: float, y: float, side: float, png: bytes) -> None:
    """Draw the office's own emblem about (x, y), in a square of ``side``."""
    sheet.canvas.drawImage(
        ImageReader(io.BytesIO(png)),
        x - side / 2,
        y - side / 2,
        side,
        side,
        mask="auto",
        preserveAspectRatio=True,
    )


def _path(lines: list[list[Point]]) -> PDFPathObject:
    """Return ``lines`` as one path: written once, drawn on every sheet of that size."""
    path = PDFPathObject()
    for points in lines:
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
    return path


def _rosette(x: float, y: float, radius: float) -> list[Point]:
    points = []
    for step in range(49):
        angle = step * math.pi / 24
        reach = radius * (0.62 + 0.34 * math.cos(6 * angle))
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def stamp(sheet: Sheet, x: float, y: float, radius: float, name: str) -> None:
    """Draw the visible mark of an electronic seal: name on an arc, a star."""
    canvas = sheet.canvas
    canvas.saveState()
    canvas.setStrokeColor(SEAL_RED)
    canvas.setLineWidth(radius * 0.06)
    canvas.circle(x, y, radius)
    path = canvas.beginPath()
    for corner in range(10):
        reach = radius * 0.30 * (1 if corner % 2 == 0 else 0.382)
        angle = math.pi / 2 + corner * math.pi / 5
        point = x + reach * math.cos(angle), y + reach * math.sin(angle)
        (path.lineTo if corner else path.moveTo)(*point)
    path.close()
    canvas.setFillColor(SEAL_RED)
    canvas.drawPath(path, stroke=0, fill=1)
    span = math.radians(min(260, 22 * len(name)))
    size = radius * 0.25
    for number, character in enumerate(name):
        angle = math.pi / 2 + span / 2 - span * number / max(len(name) - 1, 1)
        canvas.saveState()
        canvas.translate(
            x + 0.72 * radius * math.cos(angle), y + 0.72 * radius * math.sin(angle)
        )
        canvas.rotate(math.degrees(angle) - 90)
        sheet.write(
            0,
            -size * 0.36,
            character,
            size=size,
            bold=True,
            colour=SEAL_RED,
            anchor="centre",
        )
        canvas.restoreState()
    canvas.restoreState()


def specimen(sheet: Sheet, words: str) -> None:
    """Write ``words`` large across the page, light enough to read through."""
    canvas = sheet.canvas
    canvas.saveState()
    canvas.translate(sheet.width / 2, sheet.height / 2)
    canvas.rotate(28)
    faint = Color(0.75, 0.1, 0.1, alpha=0.15)
    sheet.write(0, -20, words, size=64, bold=True, colour=faint, anchor="centre")
    canvas.restoreState()
