"""``counter capture``: the whole pipeline on files, without a server or a case."""

import argparse
import datetime as dt
import sys
from pathlib import Path

import msgspec

from document_capture import page_model
from document_capture.command import capture_files
from document_capture.images import Image
from document_capture.ocr import Ocr, OcrMissing
from document_capture.orientation import upright
from document_capture.page_model import PageModel, PageModelUnusable
from document_capture.pdfa import TextLine, text_line
from document_capture.reading import Reading, read_page
from protocol.texts import text
from signaling.exit_codes import Exit


def capture(arguments: argparse.Namespace) -> int:
    """Make a PDF of photographs and files; print what was read, and what refused."""
    try:
        files = [(name, Path(name).read_bytes()) for name in arguments.files]
    except OSError as error:
        print(f"counter: {error}", file=sys.stderr)
        return Exit.FAILED
    if arguments.page_model:
        try:
            page_model.use(PageModel(Path(arguments.page_model)))
        except PageModelUnusable as error:
            print(f"counter: {text(error.code, arguments.language)}", file=sys.stderr)
            return Exit.FAILED
    readings: list[Reading] = []
    ocr = Ocr()

    def read(page: Image) -> tuple[Image, list[TextLine]]:
        right, _ = upright(page, ocr)
        readings.append(read_page(right, (), ocr))
        lines = readings[-1].lines
        return right, [text_line(one.text, one.corners) for one in lines]

    try:
        made = dt.datetime.now(dt.UTC)
        done = capture_files(files, bitonal=arguments.black, made=made, read=read)
    except OcrMissing:
        print(f"counter: {text('ocr-missing', arguments.language)}", file=sys.stderr)
        return Exit.FAILED
    if done.pdf:
        Path(arguments.out).write_bytes(done.pdf)
    for refused in done.refused:
        why = text(refused.code, arguments.language)
        print(f"{refused.file}: {why} ({refused.code})", file=sys.stderr)
    pages = [
        {"file": page.file, "page": page.page, "read": reading}
        for page, reading in zip(done.pages, readings, strict=True)
    ]
    told = {"pdf": arguments.out if done.pdf else "", "pages": pages}
    print(msgspec.json.format(msgspec.json.encode(told), indent=1).decode())
    return Exit.FAILED if done.refused else Exit.OK
