"""Files of strangers: opened in a limited child, or refused with a reason."""

import io
import resource
import zlib

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from document_capture.capture import imported
from document_capture.files import open_pages
from document_capture.images import Locked, Refused, TooLarge, Unopenable


def a_picture(
    kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (300, 400)
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, None if mode == "I;16" else 128).save(out, kind)
    return out.getvalue()


def a_bomb() -> bytes:
    """A PNG of 30,000 by 30,000 pixels in some hundred kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    side = 30_000
    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side * 3 + 1)) for _ in range(side // 30))
    rows += packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def a_pdf(pages: int = 1, *, script: bool = False, password: str = "") -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        if script:
            pdf.Root.OpenAction = pikepdf.Dictionary(
                S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('hello')")
            )
        lock = pikepdf.Encryption(user=password, owner="o") if password else False
        pdf.save(out, encryption=lock)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_one_page(kind: str) -> None:
    [page] = open_pages(a_picture(kind))

    assert page.shape == (400, 300, 3)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16", "LA"])
def test_every_kind_of_png_becomes_colour(mode: str) -> None:
    [page] = open_pages(a_picture(mode=mode))

    assert page.shape == (400, 300, 3)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((64, 64), 30_000, np.uint16)).save(out, "PNG")

    [page] = open_pages(out.getvalue())

    assert abs(int(page.mean()) - 30_000 // 256) < 4


def test_a_photograph_lying_on_its_side_is_turned_upright() -> None:
    out = io.BytesIO()
    picture = Image.new("RGB", (400, 300), "white")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(out, "JPEG", exif=exif)

    [page] = open_pages(out.getvalue())

    assert page.shape == (400, 300, 3)


def test_all_pages_of_a_pdf_become_one_long_picture() -> None:
    pages = open_pages(a_pdf(3, script=True))

    long = imported(pages)

    assert len(pages) == 3
    with Image.open(io.BytesIO(long.page)) as picture:
        assert picture.width == 1240
        assert picture.height > 3 * 1700


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b"", Unopenable, id="empty"),
        pytest.param(b"hello", Unopenable, id="text"),
        pytest.param(b"%PDF-1.7 nothing more", Unopenable, id="broken PDF"),
        pytest.param(a_picture()[:200], Unopenable, id="cut off"),
        pytest.param(a_picture("GIF", "P"), Unopenable, id="another format"),
        pytest.param(a_picture(size=(2, 2)), Unopenable, id="two pixels"),
        pytest.param(a_bomb(), TooLarge, id="900 million pixels"),
        pytest.param(a_pdf(21), TooLarge, id="too many pages"),
        pytest.param(a_pdf(password="x"), Locked, id="password"),
        pytest.param(bytes(21 * 1024 * 1024), TooLarge, id="21 MB"),
    ],
)
def test_what_is_not_a_paper_is_refused_with_its_reason(
    data: bytes, kind: type[Refused]
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(kind):
        open_pages(data)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024, "kilobytes of this process"


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1."]),
    st.binary(max_size=400),
)
def test_garbage_behind_a_good_beginning_is_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(Refused):
        open_pages(start + rest)
