"""The file in a signed PDF that tells how it came to be signed, and its proof."""

import hashlib

import msgspec
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from casework.evidence import canonical
from protocol.ids import APPLICANT
from protocol.parts import PageSeen

FORMAT = "smart-counter-signing/1"
COUNTER, OWN_DEVICE = "counter", "own-device"
LARGEST = 64 * 1024
"""Bytes of the file; ours has one thousand."""


class Ceremony(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody came to sign: no name, no stroke, only what can be checked.

    ``shown_sha256`` and ``shown_bytes`` name exactly the file that was on the
    screen: it is the beginning of the file that holds this.
    """

    case: str
    shown_sha256: str
    shown_bytes: int
    pages: tuple[PageSeen, ...]
    declared: str
    language: str
    strokes_sha256: str
    strokes_pressure: bool
    identity: str
    """Digest of the pages of the signer's own identity document."""
    signer: str = APPLICANT
    place: int = 0
    """Where in the order of signing, from 0."""
    of: int = 1
    """How many sign altogether."""
    device: str = COUNTER
    """Whose screen it was: the counter's, or the signer's own phone."""
    heard: str = ""
    """Who of the staff heard the declaration, if it was made aloud."""
    seal: str = ""
    """SHA-256 of the picture of the company's seal that is put on once all have signed;
    empty: none is wanted."""
    format: str = FORMAT

    def file(self) -> bytes:
        """Return the ceremony as canonical JSON."""
        return canonical(msgspec.to_builtins(self))


class Shown(msgspec.Struct, frozen=True):
    """Whether the file begins with exactly what was on whose screen."""

    sha256: str
    size: int
    holds: bool
    signer: str = APPLICANT
    place: int = 0
    """Of the signer, from 0."""
    of: int = 1
    seal: str = ""
    """SHA-256 of the company's seal that is to follow, or empty."""


def read_shown(
    reader: PdfFileReader, signature: EmbeddedPdfSignature, pdf: bytes
) -> Shown | None:
    """Return what a signature says was shown; ``None`` if it says nothing.

    Whoever signs first attaches a file, and only what that revision itself added
    counts: a later one cannot speak for it. After a certification nothing can be
    attached any more, so the others say it in the signature's own dictionary.
    """
    held = _in_signature(signature) or _added(reader, signature.signed_revision)
    if held is None:
        return None
    try:
        told = msgspec.json.decode(held, type=Ceremony)
    except msgspec.DecodeError:
        return None
    if told.format != FORMAT:
        return None
    begins = pdf[: told.shown_bytes]
    holds = hashlib.sha256(begins).hexdigest() == told.shown_sha256
    size, place = told.shown_bytes, (told.signer, told.place, told.of)
    return Shown(told.shown_sha256, size, holds, *place, told.seal)


def _in_signature(signature: EmbeddedPdfSignature) -> bytes | None:
    said = str(signature.sig_object.get("/Reason", ""))
    return said.encode() if FORMAT in said and len(said) <= LARGEST else None


def _added(reader: PdfFileReader, revision: int) -> bytes | None:
    held = _attachment(reader, revision)
    return None if _attachment(reader, revision - 1) == held else held


def _attachment(reader: PdfFileReader, revision: int) -> bytes | None:
    if revision < 0:
        return None
    try:
        root = reader.get_historical_root(revision)
        names = root["/Names"]["/EmbeddedFiles"]["/Names"]
        for at in range(1, len(names), 2):
            held = names[at]["/EF"]["/F"].data
            if len(held) <= LARGEST and FORMAT.encode() in held:
                return bytes(held)
    except (KeyError, IndexError, TypeError, AttributeError, PdfError):
        return None
    return None
