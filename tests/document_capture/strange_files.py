"""Every strange file that was thought of, and what is to become of it."""

from collections.abc import Callable
from typing import Final

import numpy as np

from document_capture import images
from document_capture.images import Refused
from tests.document_capture import strange_pdfs as pdfs
from tests.document_capture import strange_pictures as pictures
from tests.document_capture.heic_maker import a_heic

Maker = Callable[[], bytes]


def a_colourful_heic(**options: object) -> bytes:
    """Return a HEIC, 400 by 300: red above, below black and green."""
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[:150] = 200, 30, 30
    picture[150:, 200:] = 20, 200, 20
    return a_heic(picture, **options)  # type: ignore[arg-type]  # passed through


REFUSED: Final[dict[str, tuple[Maker, type[Refused]]]] = {
    "nothing": (lambda: b"", images.EmptyFile),
    "text": (lambda: b"hello", images.NotTaken),
    "web page": (lambda: b"<!DOCTYPE html><script>1</script>", images.NotTaken),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", images.NotTaken),
    "archive": (lambda: b"PK\3\4" + bytes(60), images.NotTaken),
    "office": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", images.NotTaken),
    "program": (lambda: b"\x7fELF" + bytes(60), images.NotTaken),
    "GIF": (lambda: pictures.a_picture("GIF", "P"), images.NotTaken),
    "21 MB": (lambda: bytes(21 << 20), images.TooLarge),
    "PNG of 900 million pixels": (pictures.a_bomb, images.TooLarge),
    "PNG with a bomb as comment": (pictures.a_text_bomb, images.TooLarge),
    "PNG, cut off": (lambda: pictures.a_picture()[:200], images.Unopenable),
    "JPEG, cut off": (
        lambda: pictures.a_noisy_photograph(400, 300)[:9000],
        images.Unopenable,
    ),
    "PNG with 400 MB of comments": (pictures.a_talkative_png, images.TooLarge),
    "progressive JPEG of 39 million pixels": (
        pictures.a_crowded_jpeg,
        images.TooLarge,
    ),
    "animated PNG": (pictures.a_film, images.Animated),
    "one pixel wide": (lambda: pictures.a_picture(size=(1, 900)), images.TooSmall),
    "one pixel high": (
        lambda: pictures.a_picture("JPEG", size=(900, 1)),
        images.TooSmall,
    ),
    "a thread": (lambda: pictures.a_picture(size=(20, 9000)), images.TooSmall),
    "HEIC that claims 400 million pixels": (
        lambda: a_colourful_heic(declared=(20_000, 20_000)),
        images.TooLarge,
    ),
    "HEIC of another size than it claims": (
        lambda: a_colourful_heic(declared=(401, 300)),
        images.Unopenable,
    ),
    "HEIC film": (lambda: a_colourful_heic(brand=b"hevc"), images.Animated),
    "HEIC, cut off": (lambda: a_colourful_heic()[:500], images.Unopenable),
    "PDF in name only": (lambda: b"%PDF-1.7 nothing more", images.Unopenable),
    "PDF, locked": (lambda: pdfs.a_pdf(user="secret"), images.Locked),
    "PDF of 100 pages": (lambda: pdfs.a_pdf(100), images.TooManyPages),
    "PDF of 5 m by 5 m": (lambda: pdfs.a_pdf(size=(14_400, 14_400)), images.TooLarge),
    "PDF, 1 mm wide": (lambda: pdfs.a_pdf(size=(3, 842)), images.TooSmall),
    "PDF with 400 MB of blanks": (pdfs.a_stream_bomb, images.TooLarge),
    "PDF with 900 million pixels": (pdfs.a_picture_bomb, images.TooLarge),
    "PDF of groups in groups": (lambda: pdfs.a_tower(30), images.TooLarge),
    "PDF of brackets in brackets": (
        lambda: pdfs.deep_brackets(3_000_000),
        images.TooLarge,
    ),
    "PDF of a damaged JPEG": (
        lambda: pdfs.a_scan("/DCTDecode", b"\0garbage" * 50),
        images.Unopenable,
    ),
    "PDF of a damaged JPEG 2000": (
        lambda: pdfs.a_scan("/JPXDecode", b"\0garbage" * 50),
        images.Unopenable,
    ),
    "PDF of a damaged JBIG2": (
        lambda: pdfs.a_scan("/JBIG2Decode", b"\0garbage" * 50, bits=1),
        images.Unopenable,
    ),
    "PDF that contains itself": (pdfs.a_loop, images.Unopenable),
    "PDF that takes minutes": (pdfs.a_slow_page, images.TooSlow),
}

TAKEN: Final[dict[str, tuple[Maker, int]]] = {
    "PDF of an empty back": (pdfs.a_blank_scan, 1),
    "PNG of 40 million pixels": (lambda: pictures.a_png_bomb(7000, 5700), 1),
    "JPEG of 39 million pixels": (lambda: pictures.a_noisy_photograph(8000, 4900), 1),
    "JPEG, progressive": (
        lambda: pictures.a_noisy_photograph(4000, 3000, progressive=True),
        1,
    ),
    "JPEG with a web page behind": (
        lambda: pictures.a_picture("JPEG") + b"<script>alert(1)</script>",
        1,
    ),
    "JPEG of two pictures": (pictures.a_double_photograph, 1),
    "JPEG with a broken profile": (
        lambda: pictures.a_picture("JPEG", icc_profile=b"no profile at all"),
        1,
    ),
    "JPEG with another's profile": (
        lambda: pictures.a_picture("JPEG", "L", icc_profile=pictures.a_profile()),
        1,
    ),
    "JPEG in CMYK": (lambda: pictures.a_picture("JPEG", "CMYK"), 1),
    "HEIC": (a_colourful_heic, 1),
    "PDF with a script": (lambda: pdfs.a_pdf(script=True), 1),
    "PDF, locked with nothing": (lambda: pdfs.a_pdf(user=""), 1),
    "PDF without its table": (lambda: pdfs.without_table(pdfs.a_pdf(2)), 2),
    "PDF that is an archive too": (lambda: pdfs.with_archive(pdfs.a_pdf(2)), 2),
    "PDF of 20 scans": (lambda: pdfs.scans(20), 20),
    "plan on A0": (lambda: pdfs.a_pdf(size=(2384, 3370)), 1),
    "PDF with a mark before it": (lambda: b"\xef\xbb\xbf\r\n" + pdfs.a_pdf(), 1),
}
