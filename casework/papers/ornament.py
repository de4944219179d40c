"""What makes a licence look like one: border, guilloche, seal. All vectors."""

import math

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm

from casework.papers.sheet import Sheet

GOLD = HexColor(0x8A6D1F)
PAPER = Color(0.995, 0.985, 0.95)
SEAL_RED = Color(0.80, 0.07, 0.09, alpha=0.82)


def background(sheet: Sheet) -> None:
    """Tint the paper and draw eighteen interfering waves, which copiers smear."""
    canvas = sheet.canvas
    canvas.setFillColor(PAPER)
    canvas.rect(0, 0, sheet.width, sheet.height, stroke=0, fill=1)
    canvas.setStrokeColor(Color(0.80, 0.72, 0.45, alpha=0.32))
    canvas.setLineWidth(0.25)
    left, bottom = 22 * mm, 25 * mm
    wide, high = sheet.width - 2 * left, sheet.height - 2 * bottom
    for wave in range(18):
        path = canvas.beginPath()
        for step in range(161):
            along = step / 160
            swing = math.sin(6 * math.pi * along + wave * 0.35)
            swell = math.cos(2 * math.pi * along + wave * 0.11)
            point = left + wide * along, bottom + high * (0.5 + 0.42 * swing * swell)
            (path.lineTo if step else path.moveTo)(*point)
        canvas.drawPath(path)


def border(sheet: Sheet) -> None:
    """Draw four frames with a chain of rosettes between the inner two."""
    canvas = sheet.canvas
    canvas.setStrokeColor(GOLD)
    for inset, pen in ((9.0, 2.4), (11.2, 0.6), (16.5, 0.6), (17.6, 1.4)):
        canvas.setLineWidth(pen)
        edge = inset * mm
        canvas.rect(edge, edge, sheet.width - 2 * edge, sheet.height - 2 * edge)
    canvas.setLineWidth(0.35)
    outer, radius = 11.2 * mm, 2.65 * mm
    across = int((sheet.width - 2 * outer) / (2 * radius))
    step = (sheet.width - 2 * outer) / across
    for number in range(across):
        x = outer + step * (number + 0.5)
        _rosette(sheet, x, outer + radius, radius)
        _rosette(sheet, x, sheet.height - outer - radius, radius)
    inner = 16.5 * mm
    down = int((sheet.height - 2 * inner) / (2 * radius))
    step = (sheet.height - 2 * inner) / down
    for number in range(down):
        y = inner + step * (number + 0.5)
        _rosette(sheet, outer + radius, y, radius)
        _rosette(sheet, sheet.width - outer - radius, y, radius)


def _rosette(sheet: Sheet, x: float, y: float, radius: float) -> None:
    path = sheet.canvas.beginPath()
    for step in range(49):
        angle = step * math.pi / 24
        reach = radius * (0.62 + 0.34 * math.cos(6 * angle))
        point = x + reach * math.cos(angle), y + reach * math.sin(angle)
        (path.lineTo if step else path.moveTo)(*point)
    sheet.canvas.drawPath(path)


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
