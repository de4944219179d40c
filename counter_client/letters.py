"""A page on its way to the server: three pictures and where they belong."""

import hashlib
import secrets

import msgspec

from protocol.ids import CaseId, MaterialId, PageId, UploadId
from protocol.parts import PREVIEW

PIECE_BYTES = 16
"""Of an upload's random name."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A page: three JPEGs, the last two empty until they are made, and their place."""

    material: MaterialId
    id: PageId
    preview: bytes
    page: bytes = b""
    original: bytes = b""
    shown: UploadId = UploadId("")
    """The upload by which the preview is sent already."""
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""
    round: int = 0
    """How often the paper had been refused when this page was begun."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a page; ``id`` is its upload's name, also after a restart."""

    id: UploadId
    what: str
    size: int
    sha256: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A page on its way. ``number`` counts in the order of the shots."""

    name: str
    number: int
    case: CaseId
    material: MaterialId
    page: PageId
    replaces: PageId
    overridden: str
    why: str
    pieces: tuple[Piece, ...]
    round: int = 0


class Parcel(msgspec.Struct, frozen=True):
    """A picture to be sent; ``data`` only of those that are on no disk."""

    letter: Letter
    piece: Piece
    data: bytes = b""
    until: float = 0.0


def a_piece(what: str, data: bytes, upload: str = "") -> Piece:
    """Return how ``data`` is sent; under a new name, unless there is one."""
    return Piece(
        id=UploadId(upload or secrets.token_hex(PIECE_BYTES)),
        what=what,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def a_letter(
    name: str, number: int, case: CaseId, page: Outgoing, pieces: tuple[Piece, ...]
) -> Letter:
    """Return ``pieces`` of ``page`` on their way to ``case``."""
    return Letter(
        name=name,
        number=number,
        case=case,
        material=page.material,
        page=page.id,
        replaces=page.replaces,
        overridden=page.overridden,
        why=page.why,
        pieces=pieces,
        round=page.round,
    )


def a_preview(case: CaseId, page: Outgoing, number: int) -> Parcel:
    """Return the preview of ``page``, to be sent before the rest of it is made."""
    piece = a_piece(PREVIEW, page.preview)
    letter = a_letter("", number, case, page, (piece,))
    return Parcel(letter, piece, page.preview)


def announcement(letter: Letter, piece: Piece) -> dict[str, object]:
    """Return what the server is told of a picture before its first chunk."""
    page = {
        "material": letter.material,
        "page": letter.page,
        "replaces": letter.replaces,
        "overridden": letter.overridden,
        "why": letter.why,
        "round": letter.round,
    }
    return {
        "case": letter.case,
        "page": page,
        "what": piece.what,
        "size": piece.size,
        "sha256": piece.sha256,
    }
