"""The impression of a company's seal, as a machine cut it out of a page."""

import msgspec


class Impression(msgspec.Struct, frozen=True, kw_only=True):
    """A picture (PNG, RGBA, transparent ground) and how large it lies on the page."""

    key: str
    """Where the picture lies in the object store."""
    sha256: str
    width: float
    """mm of the picture, as the page was stored: not turned."""
    height: float
    place: tuple[float, float, float, float]
    """Left, top, width and height as shares of the page."""
