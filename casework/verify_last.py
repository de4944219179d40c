"""What the last entry of a dossier promises: keys, timestamp, witnesses."""

import base64
import datetime as dt
from collections.abc import Iterator

from casework.checks import Check
from casework.cosignature import read_cosignature, read_witness_key
from casework.dossier_form import KEYS, NEEDED, STAMPED, WITNESSES, Manifest
from casework.errors import Unreadable
from casework.signing.time_token import stamped_time
from casework.signing.trust import Trust, read_certificates


def last_entry(manifest: Manifest) -> Iterator[Check]:
    """The last entry names keys and witnesses, and whether there is a timestamp."""
    facts = manifest.entries[-1].shown() if manifest.entries else {}
    for name in sorted(NEEDED - set(facts)):
        yield Check("check-fact", name, False)
    same = facts.get(KEYS) == manifest.keys.fingerprint()
    yield Check("check-logged-keys", "keys", same)
    stamped = facts.get(STAMPED) == "yes"
    yield Check("check-timestamp", *_timestamp(manifest, expected=stamped))
    yield from _cosigned(manifest, facts.get(WITNESSES, "").split())


def _cosigned(manifest: Manifest, named: list[str]) -> Iterator[Check]:
    """The checkpoint is cosigned by the witnesses that the last entry names."""
    lines = manifest.cosignatures
    if len(named) != len(lines):
        yield Check("check-cosigned", f"{len(lines)} of {len(named)}", False)
    for text, line in zip(named, lines, strict=False):
        try:
            key = read_witness_key(text)
            at = read_cosignature(line, manifest.checkpoint, key)
        except Unreadable:
            yield Check("check-cosigned", text, False)
        else:
            yield Check("check-cosigned", text, True, _moment(at))


def _moment(at: float) -> str:
    try:
        moment = dt.datetime.fromtimestamp(at, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return str(at)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _timestamp(manifest: Manifest, *, expected: bool) -> tuple[str, bool, str]:
    if not expected:
        holds = not manifest.timestamp
        return "checkpoint", holds, "none was made" if holds else "unexpected"
    roots, note = b"".join(trust_of(manifest).for_time), manifest.checkpoint.encode()
    try:
        token = base64.b64decode(manifest.timestamp, validate=True)
        at = stamped_time(token, note, roots)
    except (ValueError, Unreadable):
        return "checkpoint", False, "missing, or not for this checkpoint"
    same = base64.b64encode(token).decode() == manifest.timestamp
    return f"{at:%Y-%m-%d %H:%M:%S} UTC", same, ""


def trust_of(manifest: Manifest) -> Trust:
    """Return the roots that the office names; none if they are no certificates."""
    keys = manifest.keys
    try:
        roots = read_certificates(hex_bytes(keys.root))
        clocks = read_certificates(hex_bytes(keys.time))
    except Unreadable:
        return Trust(roots=())
    return Trust(roots=roots, time_roots=clocks)


def hex_bytes(text: str) -> bytes:
    """Return the bytes, or none at all if ``text`` is not hexadecimal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
