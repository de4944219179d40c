"""What the signature that puts a company's seal on an application says, and its proof.

Compare GB/T 38540: a seal is a picture bound to a certificate and a signature. Here
the signature covers the picture because it is drawn in the same revision, and its
own dictionary names the picture's digest once more: that of the file that the clerk
accepted, and that of the pixels in the PDF, which anybody can compare.
"""

import hashlib
import zlib

import msgspec
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from casework.evidence import canonical

SEAL_FIELD = "company-seal"
"""The signature field in which a company's seal stands."""
FORMAT = "smart-counter-company-seal/1"
LARGEST = 4096
"""Bytes of what is said; ours are 400."""
MOST_SIDE = 600
"""Pixels of a seal's picture, across or down."""


STRANGE = (KeyError, ValueError, TypeError, AttributeError, IndexError)
"""What reading a field says whose picture is not built as ours are."""


class SealAct(msgspec.Struct, frozen=True, kw_only=True):
    """Which picture was put on the application of which case, and how large."""

    case: str
    picture_sha256: str
    """Of the PNG that was cut out and accepted."""
    pixels_sha256: str
    """Of what is drawn: see ``pixels_digest``."""
    width: float
    """mm on the page; height likewise."""
    height: float
    format: str = FORMAT

    def file(self) -> bytes:
        """Return it as canonical JSON."""
        return canonical(msgspec.to_builtins(self))


class SealSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a company's seal in a PDF.

    ``holds``: its picture is the one that the signature names, and the certificate
    names a company.
    """

    picture_sha256: str
    width: float
    height: float
    company: str
    number: str
    holds: bool


def pixels_digest(width: int, height: int, colours: bytes, alpha: bytes) -> str:
    """Return the SHA-256 of a picture: its size, RGB row by row, opacity."""
    return hashlib.sha256(f"{width} {height}\n".encode() + colours + alpha).hexdigest()


def read_seal(
    reader: PdfFileReader, signature: EmbeddedPdfSignature
) -> SealSaid | None:
    """Return what a signature in ``SEAL_FIELD`` says; ``None`` for any other field."""
    if signature.field_name != SEAL_FIELD:
        return None
    told = _told(signature)
    names = signature.signer_cert.subject.native
    company = str(names.get("organization_name", ""))
    drawn = _drawn(reader, signature) if told else ""
    return SealSaid(
        picture_sha256=told.picture_sha256 if told else "",
        width=told.width if told else 0.0,
        height=told.height if told else 0.0,
        company=company,
        number=str(names.get("organization_identifier", "")),
        holds=told is not None and bool(company) and drawn == told.pixels_sha256,
    )


def _told(signature: EmbeddedPdfSignature) -> SealAct | None:
    said = str(signature.sig_object.get("/Reason", ""))
    if len(said) > LARGEST:
        return None
    try:
        told = msgspec.json.decode(said.encode(), type=SealAct)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return told if told.format == FORMAT else None


def _drawn(reader: PdfFileReader, signature: EmbeddedPdfSignature) -> str:
    """Return the digest of the one picture in the field; empty if there is none."""
    try:
        resolver = reader.get_historical_resolver(signature.signed_revision)
        place = signature.sig_field.container_ref
        field = resolver(place) if isinstance(place, Reference) else {}
        pictures = field["/AP"]["/N"]["/Resources"]["/XObject"]
        [name] = pictures
        picture = pictures[name]
        mask = picture["/SMask"]
        size = int(picture["/Width"]), int(picture["/Height"])
        sides = (*size, int(mask["/Width"]), int(mask["/Height"]))
        if sides[:2] != sides[2:] or not 0 < max(sides) <= MOST_SIDE:
            return ""
        return pixels_digest(*size, picture.data, mask.data)
    except (*STRANGE, PdfError, zlib.error):
        return ""
