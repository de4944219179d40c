"""A font without drawings: the text of a scan is there to be found, not seen.

Its glyphs are as wide as a Latin letter (half an em) or a Chinese one (an em), so
that what is marked with a mouse lies over what is seen. Each document numbers its
own characters, so that rare ones above U+FFFF need nothing special.
"""

import functools
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

NAME: Final = "Glyphless"
EM: Final = 1000
NARROW, WIDE = EM // 2, EM
ASCENT, DESCENT = 850, -150
"""Thousandths of an em above and below the line that letters stand on."""
GLYPHS: Final = (".notdef", "narrow", "wide")
MADE: Final = 3_660_681_600
"""1 January 2020, in seconds from 1904: a font has a date, so it has this one."""
MOST_IN_A_BLOCK: Final = 100
"""Entries of a bfchar block (Adobe technical note 5014, 6.2)."""


class Numbering(msgspec.Struct, frozen=True):
    """The characters of one document: their numbers (CIDs) begin at 1."""

    narrow: str
    wide: str

    def codes(self) -> dict[str, int]:
        """Return the number of each character."""
        return {char: at for at, char in enumerate(self.narrow + self.wide, 1)}

    def width(self, text: str) -> float:
        """Return how wide ``text`` is set, in ems."""
        wide = sum(char in self.wide for char in text)
        return (wide * WIDE + (len(text) - wide) * NARROW) / EM

    def glyphs(self) -> bytes:
        """Return the CIDToGIDMap (ISO 32000-1, 9.7.4.2): two bytes a number."""
        wide = b"\0\2" * len(self.wide)
        return b"\0\0" + b"\0\1" * len(self.narrow) + wide

    def widths(self) -> list[int]:
        """Return the W array (ISO 32000-1, 9.7.4.3); all others are ``NARROW``."""
        first, last = len(self.narrow) + 1, len(self.narrow + self.wide)
        return [first, last, WIDE] if self.wide else []

    def to_unicode(self) -> bytes:
        """Return the ToUnicode map (ISO 32000-1, 9.10.3), UTF-16 above U+FFFF."""
        rows = [
            f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>"
            for char, code in self.codes().items()
        ]
        blocks = (
            rows[at : at + MOST_IN_A_BLOCK]
            for at in range(0, len(rows), MOST_IN_A_BLOCK)
        )
        return CMAP.format("\n".join(_block(block) for block in blocks)).encode("ascii")


CMAP: Final = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _block(rows: Sequence[str]) -> str:
    return "\n".join([f"{len(rows)} beginbfchar", *rows, "endbfchar"])


def number(texts: Iterable[str]) -> Numbering:
    """Return the numbering of all characters of ``texts``; the same, whatever order."""
    chars = sorted(set().union(*texts))
    wide = [char for char in chars if unicodedata.east_asian_width(char) in "WF"]
    return Numbering("".join(char for char in chars if char not in wide), "".join(wide))


def sayable(text: str) -> str:
    """Return ``text`` without what no reader can copy: controls, half characters.

    Spaces in a row become one, as every reader makes of them.
    """
    return "".join(char for char in " ".join(text.split()) if not _unsayable(char))


def _unsayable(char: str) -> bool:
    # U+FEFF may not be in a ToUnicode map (ISO 19005-2, 6.2.11.7.2).
    return unicodedata.category(char) in {"Cc", "Cs", "Cn"} or char == "\ufeff"


@functools.cache
def font() -> bytes:
    """Return the font, TrueType (ISO/IEC 14496-22), the same bytes every time."""
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(list(GLYPHS))
    builder.setupCharacterMap({0x20: "narrow", 0x3000: "wide"})
    wide = {".notdef": NARROW, "narrow": NARROW, "wide": WIDE}
    builder.setupGlyf({name: _outline(wide[name]) for name in GLYPHS})
    builder.setupHorizontalMetrics({name: (wide[name], 0) for name in GLYPHS})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.font.recalcTimestamp = False
    builder.font["head"].created = builder.font["head"].modified = MADE
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _outline(width: int) -> Glyph:
    """Return a stroke there and back: no area, yet a box for whoever marks text."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((width, ASCENT))
    pen.closePath()
    return pen.glyph()
