"""Strangers' files and archival PDFs: CPU, memory, sizes."""

import datetime as dt
import importlib.util
import io
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
from PIL import Image as Picture

from bench.report import Promise, at_most, beside, missing, quick, tell
from counter_client.specimens import Specimens, photographed
from document_capture.bilevel import to_bilevel
from document_capture.clean import clean
from document_capture.command import to_small_jpeg
from document_capture.files import open_pages
from document_capture.images import Array, Image, Refused
from document_capture.pdfa import PdfAbout, PdfPage, TextLine, make_pdf

T = TypeVar("T")
A4_AT_200 = 1654, 2339
PAPERS = "articles", "premises", "letter"
MADE = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
LINES = tuple(
    TextLine(
        "第一條　公司名稱：粵港示範科技（廣東）有限公司",
        (
            (0.1, row / 40),
            (0.9, row / 40),
            (0.9, row / 40 + 0.015),
            (0.1, row / 40 + 0.015),
        ),
    )
    for row in range(2, 36)
)


def pages() -> list[Image]:
    """Return photographed pages of A4 at 200 dpi: ink, grain, light from one side."""
    specimens = Specimens(Path("var/fonts"))
    drawn = [cv2.resize(specimens.paper(name), A4_AT_200) for name in PAPERS]
    return [photographed(page.astype(np.float32), at) for at, page in enumerate(drawn)]


def archives() -> list[Promise]:
    """Measure what a page of an archival PDF takes."""
    cleaned = [clean(page) for page in pages()]
    colour, colour_cpu = _cpu(lambda: [to_small_jpeg(page) for page in cleaned])
    fax, fax_cpu = _cpu(lambda: [to_bilevel(page) for page in cleaned])
    about = PdfAbout(title="bench", made=MADE)
    in_colour = [PdfPage(one, 200, LINES) for one in colour]
    pdf, cpu = _cpu(lambda: make_pdf(in_colour, about))
    black, _ = _cpu(lambda: make_pdf([PdfPage(one, 200, LINES) for one in fax], about))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        findings = len(pikepdf.pdfa.check(document, "2b").findings)
    count = len(cleaned)
    peer, theirs = "img2pdf, without text and archive", _img2pdf(colour)
    made = at_most("CPU per page put into a PDF/A", "ms", 10, cpu / count, peer)
    return [
        at_most("largest colour page at 200 dpi", "KB", 250, _largest(colour), "none"),
        at_most("largest black and white page", "KB", 40, _largest(fax), "none"),
        at_most("colour PDF per page", "KB", 250, len(pdf) / 1000 / count, "none"),
        at_most("black PDF per page", "KB", 40, len(black) / 1000 / count, "none"),
        at_most("CPU to encode a colour page", "ms", 150, colour_cpu / count, "none"),
        at_most("CPU to encode a black page", "ms", 150, fax_cpu / count, "none"),
        beside(made, theirs),
        at_most("PDF/A-2b findings", "", 0, findings, "none"),
        _ocrmypdf(),
    ]


def strangers() -> list[Promise]:
    """Measure what opening files costs, and the worst that a strange one does."""
    from tests.document_capture import strange_files as strange  # noqa: PLC0415
    from tests.document_capture.strange_pdfs import scans  # noqa: PLC0415
    from tests.document_capture.strange_pictures import (  # noqa: PLC0415
        a_noisy_photograph,
    )

    every = list(strange.REFUSED.values())
    chosen = every[:12] if quick() else every
    worst = max(_opening(make())[1] for make, _ in chosen)
    _, photograph = _opening(a_noisy_photograph(4000, 3000))
    _, scan = _opening(scans(5))
    rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    note = f"tells this process's {here:.0f} MB when that is more; see test_files"
    return [
        at_most("worst strange file, CPU", "ms", 3000, worst, "none"),
        at_most("photograph of 12 million pixels, CPU", "ms", 600, photograph, "none"),
        at_most("page of a PDF of scans, CPU", "ms", 200, scan / 5, "none"),
        at_most("resident memory of a child", "MB", 300, rss, note),
    ]


def _opening(data: bytes) -> tuple[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        code = str(len(open_pages(data)))
    except Refused as error:
        code = error.code
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return code, 1000 * spent


def _cpu(work: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    done = work()
    return done, 1000 * (time.process_time() - began)


def _largest(parts: list[bytes]) -> float:
    return max(map(len, parts)) / 1000


def _img2pdf(jpegs: list[bytes]) -> float | None:
    if importlib.util.find_spec("img2pdf") is None:
        return None
    peer = importlib.import_module("img2pdf")
    return _cpu(lambda: peer.convert(jpegs))[1] / len(jpegs)


def _ocrmypdf() -> Promise:
    what = "ocrmypdf"
    if importlib.util.find_spec(what) is None:
        return missing("PDF/A of a page by another", "ms", 0, what)
    peer = importlib.import_module(what)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.png", Path(folder) / "a.pdf"
        Picture.fromarray(_grey(pages()[0])).save(source, dpi=(200, 200))
        _, cpu = _cpu(lambda: peer.ocr(source, target, tesseract_timeout=0))
    return at_most("PDF/A of a page by another", "ms", 10_000, cpu, what)


def _grey(page: Image) -> Array:
    grey: Array = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    return grey


def main() -> int:
    """Measure everything."""
    cv2.setNumThreads(1)
    return tell("files", [*strangers(), *archives()])


if __name__ == "__main__":
    sys.exit(main())
