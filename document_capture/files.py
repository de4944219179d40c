"""Opens files of strangers: in a child process with limits on memory and time.

Only JPEG, PNG and PDF, only by their first bytes, only up to a size in bytes,
pixels and pages. What comes out is pixels, encoded anew: nothing that was
hidden in the file reaches a clerk.
"""

import io
import resource
import subprocess
import sys

import cv2
import numpy as np

from document_capture.images import (
    Array,
    Image,
    Locked,
    Refused,
    TooLarge,
    Unopenable,
)

LARGEST_FILE = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_PAGES = 20
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space of the child; libraries alone map 400 MB of it."""
SECONDS = 10
DPI = 200
LONGEST_SIDE = 3508
"""Pixels: A4 at 300 dpi. Larger pictures are made smaller, in the child too."""
JPEG, PNG, PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_CODES = {kind.code: kind for kind in (Unopenable, TooLarge, Locked)}


def open_pages(data: bytes) -> list[Image]:
    """Return the pages of a JPEG, PNG or PDF.

    Raises:
        TooLarge: more bytes, pixels or pages than a paper has.
        Locked: a PDF that needs a password.
        Unopenable: anything else.
    """
    if len(data) > LARGEST_FILE:
        raise TooLarge
    if not data.startswith((JPEG, PNG, PDF)):
        raise Unopenable
    child = [sys.executable, "-m", "document_capture.files"]
    try:
        done = subprocess.run(  # noqa: S603  # our own module, no words of strangers
            child, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooLarge from None
    if done.returncode != 0 or not done.stdout.startswith(b"pages\n"):
        raise _CODES.get(done.stderr.decode("ascii", "replace").strip(), Unopenable)
    return _split(done.stdout.removeprefix(b"pages\n"))


def _split(stream: bytes) -> list[Image]:
    pages: list[Image] = []
    place = 0
    while place < len(stream):
        size = int.from_bytes(stream[place : place + 4], "big")
        raw = np.frombuffer(stream[place + 4 : place + 4 + size], np.uint8)
        # Written by our own child a moment ago, so OpenCV may decode it.
        page = cv2.imdecode(raw, cv2.IMREAD_COLOR)
        assert page is not None, "our child encodes what it sends"
        pages.append(page)
        place += 4 + size
    return pages


def _read_here(data: bytes) -> list[Array]:
    return _read_pdf(data) if data.startswith(PDF) else [_read_picture(data)]


def _read_picture(data: bytes) -> Array:
    import PIL.Image  # noqa: PLC0415  # only the child needs it
    import PIL.ImageOps  # noqa: PLC0415

    PIL.Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with PIL.Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TooLarge
        if min(picture.size) < 16:
            raise Unopenable
        upright = PIL.ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I"):  # 16 bits: Pillow would clip, not scale
            upright = PIL.Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            paper = PIL.Image.new("RGBA", upright.size, "white")
            upright = PIL.Image.alpha_composite(paper, upright)
        return np.asarray(upright.convert("RGB"))[..., ::-1]


def _read_pdf(data: bytes) -> list[Array]:
    import pypdfium2 as pdfium  # noqa: PLC0415  # only the child needs it

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise (Locked if "assword" in str(error) else Unopenable) from error
    if len(document) > MOST_PAGES:
        raise TooLarge
    pages = []
    for page in document:
        width, height = page.get_size()
        scale = DPI / 72
        if width * height * scale * scale > MOST_PIXELS:
            raise TooLarge
        # No form environment is made, so scripts and actions have no engine.
        pages.append(page.render(scale=scale).to_numpy()[..., :3])
    if not pages:
        raise Unopenable
    return pages


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    out = sys.stdout.buffer
    try:
        pages = _read_here(sys.stdin.buffer.read(LARGEST_FILE + 1))
    except Refused as error:
        sys.stderr.write(error.code)
        return 1
    except MemoryError:
        sys.stderr.write(TooLarge.code)
        return 1
    except Exception as error:  # whatever a parser says: not readable
        bomb = "Bomb" in type(error).__name__
        sys.stderr.write(TooLarge.code if bomb else Unopenable.code)
        return 1
    out.write(b"pages\n")
    for page in pages:
        shrink = min(1.0, LONGEST_SIDE / max(page.shape[:2]))
        fitted = cv2.resize(
            page, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA
        )
        done, data = cv2.imencode(".jpg", fitted, [cv2.IMWRITE_JPEG_QUALITY, 92])
        assert done, "an 8-bit image can always be encoded"
        out.write(len(data).to_bytes(4, "big") + data.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(_main())
