"""A page on its way to the server: three pictures and where they belong."""

import msgspec

from protocol.ids import CaseId, MaterialId, PageId, UploadId


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was made: three JPEGs and where they belong."""

    material: MaterialId
    id: PageId
    preview: bytes
    page: bytes
    original: bytes
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""


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
