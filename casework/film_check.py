"""Whether a film in a dossier is the one that the manifest of its recording names.

The log has the manifest's digest, the manifest that of every segment, and the
segments one after the other are the film.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import msgspec

FILM: Final = re.compile(r"recordings/([^/]+)/([^/]+)\.webm")


class _Segment(msgspec.Struct, frozen=True):
    sha256: str
    size: int
    offset: int


class _Manifest(msgspec.Struct, frozen=True):
    segments: Mapping[str, list[_Segment]]


def film_member(call: str, film: str) -> str:
    """Return the name of the member that holds a film."""
    return f"recordings/{call}/{film}.webm"


def manifest_member(call: str) -> str:
    """Return the name of the member that says what a call's films are made of."""
    return f"recordings/{call}/manifest.json"


def is_film(name: str) -> bool:
    """Return whether a member of this name is a film."""
    return FILM.fullmatch(name) is not None


def manifest_of(name: str) -> str:
    """Return the name of the manifest that a film's member depends on."""
    found = FILM.fullmatch(name)
    return manifest_member(found[1]) if found else ""


def flaw_of(name: str, files: Mapping[str, bytes]) -> str | None:
    """Return what is wrong with the film ``name``; ``None`` if nothing is."""
    found = FILM.fullmatch(name)
    assert found is not None, "asked of films only"
    try:
        manifest = msgspec.json.decode(
            files.get(manifest_member(found[1]), b""), type=_Manifest
        )
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "its manifest is missing"
    data, place = files[name], 0
    for number, one in enumerate(manifest.segments.get(found[2], [])):
        part = data[place : place + max(one.size, 0)]
        if one.offset != place or hashlib.sha256(part).hexdigest() != one.sha256:
            return f"segment {number}"
        place += len(part)
    return None if place == len(data) and place else "another length"
