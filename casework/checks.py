"""One line of a verification: what was looked at, and what was found."""

import msgspec


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. ``name`` is a key of ``texts.json``.

    ``known`` is false if it could neither be confirmed nor refuted: what would be
    needed is missing. Then ``holds`` is false too.
    """

    name: str
    about: str
    holds: bool
    detail: str = ""
    known: bool = True
    note: str = ""
    """A key of ``texts.json`` that says more, in the reader's language."""
