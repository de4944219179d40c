"""A page to write on: text that is checked for glyphs, rules, boxes and codes."""

import io
from collections.abc import Sequence

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from casework.papers import fonts
from casework.papers.fonts import BOLD, REGULAR

INK = HexColor(0x1B2430)
GREY = HexColor(0x5B6470)
LINE = HexColor(0xC9CFD6)
BLUE = HexColor(0x0B5CAD)


class Sheet:
    """A canvas whose text goes through one door.

    Text is drawn as text: nothing in it is ever read as markup. The same calls
    give the same bytes, because the canvas writes no time of its own.
    """

    def __init__(self, size: tuple[float, float], title: str) -> None:
        self._out = io.BytesIO()
        self.width, self.height = size
        self.canvas = Canvas(
            self._out,
            pagesize=size,
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,
            pdfVersion=(1, 7),
        )
        self.canvas.setTitle(title)
        self.canvas.setCreator("Smart Counter")
        self.pages = 1

    def write(  # noqa: PLR0913  # each has a name at the call
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 11,
        bold: bool = False,
        colour: Color = INK,
        anchor: str = "left",
    ) -> None:
        """Write one line; ``anchor`` is left, centre or right."""
        font = BOLD if bold else REGULAR
        fonts.require_glyphs(text, font)
        wide = fonts.width(text, font, size)
        x -= {"left": 0.0, "centre": wide / 2, "right": wide}[anchor]
        self.canvas.setFillColor(colour)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def write_block(
        self, x: float, y: float, text: str, *, room: float, size: float = 11
    ) -> float:
        """Write lines of at most ``room`` points; return the next free y."""
        for line in fonts.lines(text, REGULAR, size, room):
            self.write(x, y, line, size=size)
            y -= size * 1.5
        return y

    def rule(  # each has a name at the call
        self, x0: float, x1: float, y: float, *, colour: Color = LINE, pen: float = 0.6
    ) -> None:
        """Draw a thin line."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(pen)
        self.canvas.line(x0, y, x1, y)

    def code(self, x: float, y: float, side: float, data: str) -> None:
        """Draw a QR code (ISO/IEC 18004, level M) with its quiet zone."""
        matrix = segno.make(data, error="m", micro=False, boost_error=False).matrix
        module = side / (len(matrix) + 8)
        self.canvas.setFillColorRGB(1, 1, 1)
        self.canvas.rect(x, y, side, side, stroke=0, fill=1)
        self.canvas.setFillColorRGB(0, 0, 0)
        path = self.canvas.beginPath()
        for row, cells in enumerate(matrix):
            top = y + side - (row + 5) * module
            for begin, length in _dark_runs(cells):
                left = x + (4 + begin) * module
                path.rect(left, top, length * module, module)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def next_page(self) -> None:
        """Begin a new page."""
        self.canvas.showPage()
        self.pages += 1

    def pdf(self) -> bytes:
        """Finish and return the document."""
        self.canvas.showPage()
        self.canvas.save()
        return self._out.getvalue()


def _dark_runs(cells: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for column, dark in enumerate(cells):
        if dark and runs and sum(runs[-1]) == column:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        elif dark:
            runs.append((column, 1))
    return runs
