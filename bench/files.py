"""Strangers' files and archival PDFs: CPU, memory, sizes, and others' work."""

import asyncio
import datetime as dt
import importlib.util
import io
import resource
import subprocess
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

from bench.report import Promise, at_most, beside, quick
from counter_client.specimens import Specimens, photographed
from document_capture.bilevel import to_bilevel
from document_capture.clean import clean
from document_capture.command import to_small_jpeg
from document_capture.files import MOST_AT_ONCE, open_pages
from document_capture.images import Array, Image, Refused
from document_capture.pdfa import PdfAbout, PdfPage, TextLine, make_pdf

T = TypeVar("T")
QUICK_FILES = ("PNG of 900 million pixels", "PDF of groups in groups")
OCRMYPDF = "ocrmypdf, without reading"
SLOWEST = "PDF that takes minutes"
TICK, WATCHED = 0.005, 2.0
"""Seconds between two looks at the clock, and for which one looks at least."""
LATE = 50.0
"""Milliseconds: above, a call is heard to stumble."""
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
        beside(at_most("the same", "ms", 10, cpu / count, OCRMYPDF), _ocrmypdf()),
        at_most("PDF/A-2b findings", "", 0, findings, "none"),
    ]


def strangers() -> list[Promise]:
    """Measure what opening files costs, and the worst that a strange one does."""
    from tests.document_capture import strange_files as strange  # noqa: PLC0415
    from tests.document_capture.strange_pdfs import scans  # noqa: PLC0415
    from tests.document_capture.strange_pictures import (  # noqa: PLC0415
        a_noisy_photograph,
    )

    names = QUICK_FILES if quick() else tuple(strange.REFUSED)
    chosen = [strange.REFUSED[name][0]() for name in names]
    late, slowest = _beside_others(strange.REFUSED[SLOWEST][0]())
    worst = max(_opening(data)[1] for data in chosen)
    photograph, paper = a_noisy_photograph(4000, 3000), scans(5)
    _, shot = _opening(photograph)
    _, scan = _opening(paper)
    memory = _memory([*chosen, photograph, paper])
    return [
        at_most("worst strange file, CPU", "ms", 3000, max(worst, slowest), "none"),
        at_most("photograph of 12 million pixels, CPU", "ms", 600, shot, "none"),
        at_most("page of a PDF of scans, CPU", "ms", 200, scan / 5, "none"),
        at_most("resident memory of a child, most", "MB", 300, memory, "none"),
        late,
    ]


def _memory(files: list[bytes]) -> float:
    """Return megabytes resident of the largest child, in a small process."""
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            (Path(folder) / str(number)).write_bytes(data)
        command = [sys.executable, "-m", "tests.document_capture.peak", folder]
        told = subprocess.run(command, capture_output=True, check=True, text=True)
    return int(told.stdout) * 1024 / 1e6


def _beside_others(data: bytes) -> tuple[Promise, float]:
    """Measure how late other work of the program is while strange files are opened.

    Also return the milliseconds of CPU that one of them takes.
    """
    idle = asyncio.run(_lateness([]))
    before = _children()
    busy = asyncio.run(_lateness([data] * MOST_AT_ONCE))
    name = f"other work beside {MOST_AT_ONCE} slow files, late by (p99)"
    promise = at_most(name, "ms", LATE, busy, "beside none")
    return beside(promise, idle), (_children() - before) / MOST_AT_ONCE


async def _lateness(files: list[bytes]) -> float:
    """Return by how many ms a loop is late, 99th percentile, while files are open."""
    loop, late = asyncio.get_running_loop(), list[float]()
    work = [asyncio.to_thread(_opening, data) for data in files]
    opening = asyncio.gather(*work, asyncio.sleep(WATCHED))
    while not opening.done():
        wanted = loop.time() + TICK
        await asyncio.sleep(TICK)
        late.append(loop.time() - wanted)
    await opening
    return 1000 * float(np.quantile(late, 0.99))


def _opening(data: bytes) -> tuple[str, float]:
    before = _children()
    try:
        code = str(len(open_pages(data)))
    except Refused as error:
        code = error.code
    return code, _children() - before


def _children() -> float:
    """Return the milliseconds of CPU of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


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


def _ocrmypdf() -> float | None:
    if importlib.util.find_spec("ocrmypdf") is None:
        return None
    peer = importlib.import_module("ocrmypdf")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.png", Path(folder) / "a.pdf"
        Picture.fromarray(_grey(pages()[0])).save(source, dpi=(200, 200))
        _, cpu = _cpu(lambda: peer.ocr(source, target, tesseract_timeout=0))
    return cpu


def _grey(page: Image) -> Array:
    grey: Array = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    return grey


def promises() -> list[Promise]:
    """Measure everything about files."""
    return [*strangers(), *archives()]
