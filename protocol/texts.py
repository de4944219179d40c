"""The one list of texts that people read, in four languages: ``texts.json``.

Pages import the same file, so a code that the server sends and the sentence
that the applicant reads cannot drift apart.
"""

import functools
import json
from importlib import resources

from protocol.states import Language


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """Return every text: key -> language -> sentence."""
    raw = resources.files("protocol").joinpath("texts.json").read_text("utf-8")
    found: dict[str, dict[str, str]] = json.loads(raw)
    return found


def text(key: str, language: Language | str) -> str:
    """Return one text; a ``KeyError`` is a mistake of ours, found by a test."""
    return texts()[key][language]
