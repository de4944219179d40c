"""Archival PDFs of scans: PDF/A-2b (ISO 19005-2) with the text that was read.

The same pages and the same words about them give the same bytes, so that a hash
of the file is a hash of what is in it.
"""

import datetime as dt
import functools
import io
import math
from collections.abc import Sequence
from typing import Final

import msgspec
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image as Picture
from PIL import ImageCms

from document_capture import glyphless
from document_capture.glyphless import Numbering, number, sayable

POINTS: Final = 72.0
"""Points in an inch."""
LEAST_LENGTH: Final = 1e-4
"""A line of text shorter than this share of a page is a mistake of its reader."""
ICC_DATE: Final = slice(24, 36)
"""Where a profile says when it was made (ICC.1:2022, 7.2.8)."""
TIFF: Final = (b"II*\0", b"MM\0*")
STRIP_AT, STRIP_LENGTH, INK_IS = 273, 279, 262
"""Tags of TIFF 6.0: StripOffsets, StripByteCounts, PhotometricInterpretation."""
Corner = tuple[float, float]


class TextLine(msgspec.Struct, frozen=True):
    """A line that was read, and where it stands."""

    text: str
    corners: tuple[Corner, Corner, Corner, Corner]
    """x and y in shares of the page's width and height, 0 to 1 from its top left;
    clockwise from the first letter's top left, however the line lies."""


def text_line(text: str, corners: Sequence[Sequence[float]]) -> TextLine:
    """Return a line that was read, with its four corners as they were found."""
    one, two, three, four = ((x, y) for x, y in corners)
    return TextLine(text, (one, two, three, four))


class PdfPage(msgspec.Struct, frozen=True):
    """A picture that becomes one page of its own size."""

    picture: bytes
    """A JPEG, grey or sRGB, or what ``bilevel.to_bilevel`` gave; kept as it is."""
    dpi: float
    """Pixels in an inch of the paper."""
    lines: tuple[TextLine, ...] = ()


class PdfAbout(msgspec.Struct, frozen=True):
    """What a PDF says about itself."""

    title: str
    made: dt.datetime
    """With its time zone; what a clock says is the caller's."""
    language: str = "zh-Hant"
    """Of most of the text, by BCP 47; empty: not known."""
    creator: str = "Smart Counter"


def make_pdf(pages: Sequence[PdfPage], about: PdfAbout) -> bytes:
    """Return ``pages`` as PDF/A-2b, with their text invisible above the pictures.

    Raises:
        ValueError: there is no page, or a picture is neither an 8-bit grey or
            colour JPEG nor a TIFF of one group 4 strip.
    """
    if not pages:
        raise ValueError("a PDF has at least one page")
    texts = [[sayable(line.text) for line in page.lines] for page in pages]
    numbering = number(text for page in texts for text in page)
    with pikepdf.new() as pdf:
        font = _font(pdf, numbering) if any(map(any, texts)) else None
        for page in pages:
            _add(pdf, page, numbering, font)
        _describe(pdf, about)
        out = io.BytesIO()
        pdf.save(
            out,
            min_version="1.7",
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return out.getvalue()


def _add(
    pdf: pikepdf.Pdf, page: PdfPage, numbering: Numbering, font: Dictionary | None
) -> None:
    picture = _picture(pdf, page.picture)
    width = int(picture.Width) * POINTS / page.dpi
    height = int(picture.Height) * POINTS / page.dpi
    content = [f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /I Do Q"]
    resources = Dictionary(XObject=Dictionary(I=picture))
    if font is not None:
        resources.Font = Dictionary(F=font)
        lines = [_set_line(line, width, height, numbering) for line in page.lines]
        content += ["BT 3 Tr", *filter(None, lines), "ET"]
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(width, 3), round(height, 3)]),
        Resources=resources,
        Contents=pdf.make_stream("\n".join(content).encode("ascii")),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(made)))


def _set_line(line: TextLine, width: float, height: float, numbering: Numbering) -> str:
    """Return the operators that set ``line`` into its box (ISO 32000-1, 9.4)."""
    text = sayable(line.text)
    (x0, y0), (x1, y1), _, (x3, y3) = line.corners
    along = (x1 - x0) * width, (y0 - y1) * height
    length, size = math.hypot(*along), math.hypot((x3 - x0) * width, (y3 - y0) * height)
    if not text or min(length, size) < LEAST_LENGTH * max(width, height):
        return ""
    cosine, sine = along[0] / length, along[1] / length
    rise = -glyphless.DESCENT / glyphless.EM * size
    x = x3 * width - sine * rise
    y = (1 - y3) * height + cosine * rise
    stretch = 100 * length / (numbering.width(text) * size)
    codes = numbering.codes()
    shown = "".join(f"{codes[char]:04X}" for char in text)
    turn = f"{cosine:.5f} {sine:.5f} {-sine:.5f} {cosine:.5f} {x:.3f} {y:.3f}"
    return f"/F {size:.3f} Tf {stretch:.3f} Tz {turn} Tm <{shown}> Tj"


def _picture(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Stream:
    with Picture.open(io.BytesIO(data), formats=["JPEG", "TIFF"]) as opened:
        stream = pdf.make_stream(b"")
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height = opened.size
        if data.startswith(TIFF):
            _fill_bilevel(stream, opened, data)
            return stream
        if opened.mode not in {"L", "RGB"}:
            raise ValueError(f"a JPEG in {opened.mode} is not for the archive")
        stream.BitsPerComponent = 8
        grey = opened.mode == "L"
        stream.ColorSpace = Name.DeviceGray if grey else Name.DeviceRGB
    stream.write(data, filter=Name.DCTDecode)
    return stream


def _fill_bilevel(stream: pikepdf.Stream, opened: Picture.Image, data: bytes) -> None:
    tags = dict(opened.tag_v2)  # type: ignore[attr-defined]  # it is a TIFF
    if opened.info.get("compression") != "group4" or len(tags[STRIP_AT]) != 1:
        raise ValueError("a TIFF must be one strip of group 4")
    begin = tags[STRIP_AT][0]
    stream.BitsPerComponent, stream.ColorSpace = 1, Name.DeviceGray
    how = Dictionary(
        K=-1,
        Columns=opened.width,
        Rows=opened.height,
        BlackIs1=bool(tags[INK_IS] == 1),
    )
    strip = data[begin : begin + tags[STRIP_LENGTH][0]]
    stream.write(strip, filter=Name.CCITTFaxDecode, decode_parms=how)


def _font(pdf: pikepdf.Pdf, numbering: Numbering) -> Dictionary:
    """Return a Type0 font whose codes are the numbers (ISO 32000-1, 9.7)."""
    program = pdf.make_stream(glyphless.font())
    program.Length1 = len(glyphless.font())
    name = Name("/" + glyphless.NAME)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,  # symbolic: no alphabet of its own
        FontBBox=Array([0, glyphless.DESCENT, glyphless.EM, glyphless.ASCENT]),
        ItalicAngle=0,
        Ascent=glyphless.ASCENT,
        Descent=glyphless.DESCENT,
        CapHeight=glyphless.ASCENT,
        StemV=80,
        FontFile2=program,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
        CIDToGIDMap=pdf.make_stream(numbering.glyphs()),
        DW=glyphless.NARROW,
        W=Array(numbering.widths()),
    )
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_stream(numbering.to_unicode()),
    )
    return pdf.make_indirect(font)


def _describe(pdf: pikepdf.Pdf, about: PdfAbout) -> None:
    """Say what colours mean (6.2.3), and what the file is (6.6)."""
    profile = pdf.make_stream(_srgb())
    profile.N = 3
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name("/GTS_PDFA1"),
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        Info=String("sRGB IEC61966-2.1"),
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = Array([intent])
    if about.language:
        pdf.Root.Lang = String(about.language)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    moment = about.made.replace(microsecond=0).isoformat()
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["pdfaid:part"] = "2"
        metadata["pdfaid:conformance"] = "B"
        metadata["dc:title"] = about.title
        if about.language:
            metadata["dc:language"] = [about.language]
        metadata["xmp:CreatorTool"] = about.creator
        metadata["xmp:CreateDate"] = moment
        metadata["xmp:ModifyDate"] = moment


@functools.cache
def _srgb() -> bytes:
    """Return the profile of IEC 61966-2-1, made at no particular time."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = bytearray(made)
    whole[ICC_DATE] = b"\x07\xe4\0\1\0\1\0\0\0\0\0\0"  # 1 January 2020
    return bytes(whole)
