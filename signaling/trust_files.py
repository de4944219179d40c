"""The signed trust lists that the settings name, read afresh for every paper."""

import datetime as dt
import logging
from pathlib import Path

from casework.signing.trust import Anchor
from casework.signing.trust_lists import LARGEST, BadTrustList, read_list
from protocol.settings import BadSetting

log = logging.getLogger(__name__)

KEY_BYTES = 32


def trust_files(text: str) -> list[tuple[bytes, Path]]:
    """Return publisher's key (raw Ed25519) and file of each list in ``text``.

    ``text`` is ``KEY:FILE`` with commas, as for ``counter verify --trust``.

    Raises:
        BadSetting: no key in hexadecimal, or no such file.
    """
    found = []
    for one in text.split(","):
        if not one.strip():
            continue
        key, _, name = one.strip().partition(":")
        try:
            public = bytes.fromhex(key)
        except ValueError:
            public = b""
        if len(public) != KEY_BYTES or not Path(name).is_file():
            raise BadSetting(
                "COUNTER_TRUST_LISTS: KEY:FILE, with commas; the key is the "
                f"publisher's, 64 hexadecimal digits, and {name or 'FILE'} must exist"
            )
        found.append((public, Path(name)))
    return found


def listed_anchors(files: list[tuple[bytes, Path]], now: dt.datetime) -> list[Anchor]:
    """Return every root on the lists; a list that is not believed is told, and left."""
    anchors: list[Anchor] = []
    for public, path in files:
        try:
            with path.open("rb") as file:
                anchors += read_list(file.read(LARGEST + 1), public, now)
        except (OSError, BadTrustList) as error:
            log.warning("trust list %s is not believed: %s", path.name, error)
    return anchors
