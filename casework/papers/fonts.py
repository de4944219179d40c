"""The two weights of one typeface that every paper uses, and what they cover.

LXGW WenKai (SIL Open Font License 1.1) has simplified, traditional and Hong Kong
characters and the rare ones of names. A character that it lacks stops the paper:
a blank on a licence would be worse than no licence.
"""

import unicodedata
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics, ttfonts

from casework.errors import MissingGlyph

REGULAR = "Kai"
BOLD = "KaiBold"
FILES = {REGULAR: "kai-500.ttf", BOLD: "kai-700.ttf"}


def load_fonts(folder: Path) -> None:
    """Register both weights; cheap when it was done before.

    Raises:
        FileNotFoundError: set-up has not made the fonts yet; names the file.
    """
    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    ttfonts.makeToUnicodeCMap = _to_unicode
    for name, file in FILES.items():
        path = folder / file
        if not path.exists():
            raise FileNotFoundError(path)
        pdfmetrics.registerFont(ttfonts.TTFont(name, str(path)))


SPACES = " \u00a0\u3000"
"""The only characters that may print as nothing."""
JOINED = {"Mn", "Me", "Cf", "Cc"}
"""Categories of characters that are drawn over others, or steer them."""


def require_glyphs(text: str, font: str = REGULAR) -> None:
    """Raise ``MissingGlyph`` naming the first character that would not be seen.

    It is in no font, the font has an empty shape for it, or it is to be drawn over
    the one before it, which takes a shaping engine that is not here.
    """
    face = pdfmetrics.getFont(font).face
    covered, places = face.charToGlyph, face.glyphPos
    for character in text:
        glyph = covered.get(ord(character), 0)
        alone = unicodedata.category(character) not in JOINED
        drawn = glyph and alone and places[glyph + 1] > places[glyph]
        if not drawn and character not in SPACES:
            raise MissingGlyph(f"U+{ord(character):04X}")


def width(text: str, font: str, size: float) -> float:
    """Return the width of ``text`` in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


NOT_FIRST = "，。、；：？！）》」』”’】〕%,.;:!?)"
"""Marks that do not begin a line."""


def lines(text: str, font: str, size: float, room: float) -> list[str]:
    """Break ``text`` into lines of at most ``room`` points.

    Breaks between any two Chinese characters and at spaces, never before a
    closing mark; a word longer than a line is cut.
    """
    out: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _words(paragraph):
            if line and width(line + word, font, size) > room:
                # A closing mark takes the character before it along.
                kept = len(line) - 1 if word in NOT_FIRST else len(line)
                out.append(line[:kept].rstrip())
                line = (line[kept:] + word).lstrip()
            else:
                line += word
            while width(line, font, size) > room and len(line) > 1:
                fits = _fitting(line, font, size, room)
                out.append(line[:fits])
                line = line[fits:]
        out.append(line.rstrip())
    return out


def _words(text: str) -> list[str]:
    words: list[str] = []
    for character in text:
        latin = character.isascii() and character != " "
        if words and latin and words[-1][-1].isascii() and words[-1][-1] != " ":
            words[-1] += character
        else:
            words.append(character)
    return words


def _fitting(line: str, font: str, size: float, room: float) -> int:
    count = 1
    while count < len(line) and width(line[: count + 1], font, size) <= room:
        count += 1
    return count


def _to_unicode(name: str, subset: list[Any]) -> str:
    """Return a ToUnicode map that is right above U+FFFF too (ISO 32000-1, 9.10.3).

    reportlab writes four digits for every character; UTF-16 needs eight for 𠮷.
    """
    rows = [f"<{code:02X}> <{_utf16(value)}>" for code, value in enumerate(subset)]
    blocks: list[str] = []
    for begin in range(0, len(rows), 100):
        block = rows[begin : begin + 100]
        blocks += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    head = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        f"<00> <{len(subset) - 1:02X}>",
        "endcodespacerange",
    ]
    tail = ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(head + blocks + tail)


def _utf16(value: int) -> str:
    return chr(value).encode("utf-16-be", "surrogatepass").hex().upper()
