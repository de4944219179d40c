"""``counter capture``: the whole pipeline on files, without a server or a case."""

import argparse
import contextlib
import datetime as dt
import os
import secrets
import shutil
import sys
from pathlib import Path

import msgspec

from document_capture import page_model
from document_capture.command import CaptureResult, Read, RefusedFile, capture_files
from document_capture.files import LARGEST_FILE
from document_capture.images import Image
from document_capture.ocr import Ocr, OcrMissing
from document_capture.orientation import upright
from document_capture.page_model import PageModel, PageModelUnusable
from document_capture.reading import Reading, read_page
from protocol.texts import text
from signaling.exit_codes import Exit

MISSING, UNWRITABLE, INPUT = "file-missing", "out-unwritable", "out-is-input"


def capture(arguments: argparse.Namespace) -> int:
    """Make a PDF of photographs and files; print what was read, and what refused."""
    language, out = arguments.language, Path(arguments.out)
    fault = _fault_of(out, arguments.files)
    if fault:
        return _failed(fault, language, out)
    if arguments.page_model:
        try:
            page_model.use(PageModel(Path(arguments.page_model)))
        except PageModelUnusable as error:
            return _failed(error.code, language)
    files, missing = _contents(arguments.files)
    try:
        made = dt.datetime.now(dt.UTC)
        done = capture_files(files, bitonal=arguments.black, made=made, read=_reader())
    except OcrMissing:
        return _failed("ocr-missing", language)
    written = _write(out, done.pdf)
    _tell(done, arguments.out if written else "", missing, language)
    if done.pdf and not written:
        return _failed(UNWRITABLE, language, out)
    return Exit.FAILED if missing or done.refused else Exit.OK


def _failed(code: str, language: str, about: Path | None = None) -> Exit:
    whose = f"{_shown(str(about))}: " if about else ""
    print(f"counter: {whose}{text(code, language)}", file=sys.stderr)
    return Exit.FAILED


def _fault_of(out: Path, files: list[str]) -> str:
    """Return why nothing may be written to ``out``, before any work is done for it."""
    whole = _whole(out)
    if whole in {_whole(Path(name)) for name in files}:
        return INPUT
    try:
        place = out if _is_device(out) else whole.parent
        writable = os.access(place, os.W_OK) and not out.is_dir()
    except OSError:
        return UNWRITABLE
    return "" if writable else UNWRITABLE


def _whole(path: Path) -> Path:
    # Path.resolve raises where links lead in a circle.
    return Path(os.path.realpath(path))


def _is_device(out: Path) -> bool:
    return out.exists() and not out.is_file() and not out.is_dir()


def _contents(names: list[str]) -> tuple[list[tuple[str, bytes]], list[RefusedFile]]:
    files, missing = [], []
    for name in names:
        try:
            with Path(name).open("rb") as file:
                files.append((_shown(name), file.read(LARGEST_FILE + 1)))
        except OSError:
            missing.append(RefusedFile(_shown(name), MISSING))
    return files, missing


def _shown(name: str) -> str:
    """Return a name as it can be printed: it may be no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _reader() -> Read:
    ocr = Ocr()

    def read(page: Image) -> tuple[Image, Reading]:
        right, _ = upright(page, ocr)
        return right, read_page(right, (), ocr)

    return read


def _write(out: Path, pdf: bytes) -> bool:
    """Write all of it or nothing, and return whether: what was there is not lost."""
    if not pdf:
        return False
    whole = _whole(out)
    part = whole.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if _is_device(out):
            out.write_bytes(pdf)
            return True
        with part.open("xb") as file:
            if whole.exists():
                shutil.copymode(whole, part)
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        return False
    return True


def _tell(
    done: CaptureResult, out: str, missing: list[RefusedFile], language: str
) -> None:
    for refused in [*missing, *done.refused]:
        why = text(refused.code, language)
        print(f"{refused.file}: {why} ({refused.code})", file=sys.stderr)
    told = {"pdf": _shown(out), "pages": done.pages}
    print(msgspec.json.format(msgspec.json.encode(told), indent=1).decode())
