"""What the settings name to judge SM2 signatures of others, read afresh each time."""

import datetime as dt
from pathlib import Path

from casework.errors import Unreadable
from casework.signing.certificate_files import certificates_in, revocations_in
from casework.signing.sm2_lines import Sm2Known
from protocol.settings import BadSetting
from signaling.settings import Settings


def sm2_trust(settings: Settings, now: dt.datetime) -> Sm2Known:
    """Return the roots and the revocation lists of SM2 authorities, at ``now``.

    Raises:
        BadSetting: a file is not there, or not what it should be; in words.
    """
    roots = _bytes(settings.sm2_roots, "COUNTER_SM2_ROOTS")
    places = [one.strip() for one in settings.sm2_crls.split(",") if one.strip()]
    lists = [(one, _bytes(one, "COUNTER_SM2_CRLS")) for one in places]
    try:
        anchors = certificates_in(roots) if settings.sm2_roots else ()
    except Unreadable as error:
        raise BadSetting(
            "COUNTER_SM2_ROOTS: no certificates (PEM or DER) in " + settings.sm2_roots
        ) from error
    found = tuple(_list(place, data) for place, data in lists)
    return Sm2Known(now=now, roots=anchors, lists=found)


def _list(place: str, data: bytes) -> bytes:
    try:
        return revocations_in(data)
    except Unreadable as error:
        raise BadSetting(
            f"COUNTER_SM2_CRLS: no revocation list (PEM or DER) in {place}"
        ) from error


def _bytes(path: str, setting: str) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as error:
        raise BadSetting(f"{setting}: {path} cannot be read") from error
