"""A licence to print, and who hears what became of it."""

import hashlib
import io
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

PDF = b"%PDF-1.7\n" + b"sealed licence " * 4000
DIGEST = hashlib.sha256(PDF).hexdigest()
JOB = "a" * 32


class FakeOffice:
    """Remembers what it was told; gives out one licence."""

    def __init__(self, pdf: bytes = PDF) -> None:
        self.pdf = pdf
        self.told: list[str] = []
        self.printers: list[tuple[str, str]] = []

    async def licence(self, _job: str) -> bytes:
        return self.pdf

    async def job_moved(self, _job: str, step: str, printer: tuple[str, str]) -> None:
        self.told.append(step)
        self.printers.append(printer)


def require_honest(sheets: int, ends: list[str]) -> None:
    """Fail unless there is one sheet at most, and what was said of it is true."""
    assert sheets <= 1
    assert len(set(ends)) == 1, ends
    if ends[0] == "no-sheet":
        assert sheets == 0
    if ends[0] == "sheet-out":
        assert sheets == 1


def sheets_in(tray: Path) -> int:
    """Return how many sheets lie in a tray."""
    return len(list(tray.glob("*.pdf")))


def a_real_pdf() -> bytes:
    """Return a licence that can be drawn: one page, one word."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 700, "licence")
    canvas.save()
    return out.getvalue()
