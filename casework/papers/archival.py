"""Makes PDF/A-3b (ISO 19005-3) of a paper, with the data that it was drawn from."""

import datetime as dt
import functools
import io
from typing import Final

import msgspec
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import ImageCms

ICC_DATE: Final = slice(24, 36)
"""Where a profile says when it was made (ICC.1:2022, 7.2.8)."""
NO_TIME: Final = b"\x07\xe4\0\1\0\1\0\0\0\0\0\0"
"""1 January 2020: a profile made at no particular time."""


class ArchivalAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What an archival paper says about itself, and what is embedded in it."""

    title: str
    author: str
    made: dt.datetime
    """With its time zone."""
    language: str
    """Of most of the text, by BCP 47."""
    identifier: str
    source_name: str
    source: bytes
    """JSON that the paper was drawn from."""


def to_archival(pdf: bytes, about: ArchivalAbout) -> bytes:
    """Return ``pdf``, whose fonts are all embedded, as PDF/A-3b with its source.

    The same paper and the same words about it give the same bytes.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            if Name.Trans in page:  # reportlab's; an archive turns no pages
                del page[Name.Trans]
        _say_what_colours_mean(document)
        _embed(document, about)
        _describe(document, about)
        out = io.BytesIO()
        document.save(
            out,
            min_version="1.7",
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


def embedded_source(pdf: bytes, name: str, largest: int) -> bytes | None:
    """Return the embedded file of that name, if it is there and not too large.

    Raises:
        pikepdf.PdfError: not a PDF at all.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = document.attachments.get(name)
        if found is None:
            return None
        data = found.get_file().read_bytes()
    return data if len(data) <= largest else None


def _say_what_colours_mean(document: pikepdf.Pdf) -> None:
    profile = document.make_stream(_srgb())
    profile.N = 3
    document.Root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name("/GTS_PDFA1"),
                OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
                Info=String("sRGB IEC61966-2.1"),
                DestOutputProfile=profile,
            )
        ]
    )


def _embed(document: pikepdf.Pdf, about: ArchivalAbout) -> None:
    moment = about.made.strftime("D:%Y%m%d%H%M%SZ")
    file = pikepdf.AttachedFileSpec(
        document,
        about.source,
        filename=about.source_name,
        description=about.title,
        mime_type="application/json",
        creation_date=moment,
        mod_date=moment,
    )
    file.obj.AFRelationship = Name.Source
    document.attachments[about.source_name] = file
    document.Root.AF = Array([document.attachments[about.source_name].obj])


def _describe(document: pikepdf.Pdf, about: ArchivalAbout) -> None:
    del document.docinfo
    document.Root.Lang = String(about.language)
    document.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    moment = about.made.replace(microsecond=0).isoformat()
    with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["pdfaid:part"] = "3"
        metadata["pdfaid:conformance"] = "B"
        metadata["dc:title"] = about.title
        metadata["dc:creator"] = [about.author]
        metadata["dc:identifier"] = about.identifier
        metadata["dc:language"] = [about.language]
        metadata["xmp:CreatorTool"] = "Smart Counter"
        metadata["xmp:CreateDate"] = moment
        metadata["xmp:ModifyDate"] = moment


@functools.cache
def _srgb() -> bytes:
    """Return the profile of IEC 61966-2-1."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = bytearray(made)
    whole[ICC_DATE] = NO_TIME
    return bytes(whole)
