"""What can be said about the SM2 signature beside a PDF, one check a line."""

import datetime as dt

import msgspec

from casework.checks import Check
from casework.errors import Unreadable
from casework.signing.sm2 import NoSm2, sm2_verify, sm3
from casework.signing.sm2_chain import name_of, public_of, way_up
from casework.signing.sm2_form import Detached, read_file
from casework.signing.sm2_revocation import is_revoked

SUFFIX = ".sm2"
"""What is put after the name of a PDF to name its signature."""


class Sm2Known(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody knows who looks at an SM2 signature: certificates, lists (DER)."""

    now: dt.datetime
    roots: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()


def covers(name: str, pdf: bytes, file: bytes) -> Check:
    """Return whether ``file`` says that it is a signature of these very bytes.

    Who signed, and that it was signed, is not looked at: this needs no extra.
    """
    try:
        said = read_file(file)
    except Unreadable:
        return Check("check-sm2-covers", name, False, note="note-sm2-unreadable")
    digest = sm3(pdf)
    return Check("check-sm2-covers", name, said.digest == digest, digest.hex())


def sm2_lines(name: str, pdf: bytes, file: bytes, known: Sm2Known) -> list[Check]:
    """Return the checks of a detached signature of ``pdf``.

    There is a line on revocation if ``known`` has lists.
    """
    first = covers(name, pdf, file)
    if first.note:
        return [first]
    said = read_file(file)
    return [first, _intact(name, said), *_trust(name, said, known)]


def _intact(name: str, said: Detached) -> Check:
    who = name_of(said.certificate)
    try:
        public = public_of(said.certificate)
        holds = sm2_verify(public, said.attributes, said.signature)
    except Unreadable:
        return Check("check-sm2-intact", name, False, who, note="note-sm2-unreadable")
    except NoSm2:
        return Check(
            "check-sm2-intact", name, False, who, known=False, note="note-no-sm2"
        )
    return Check("check-sm2-intact", name, holds, who)


def _trust(name: str, said: Detached, known: Sm2Known) -> list[Check]:
    if not known.roots:
        return [_unknown("check-sm2-chain", name, "note-sm2-no-root")]
    at = known.now if said.at is None else said.at
    try:
        way = way_up(said.certificate, said.others, known.roots, at)
        holds = at <= known.now and bool(way)
        told = [_chain(name, at, holds, "" if known.lists else "note-sm2-limits")]
        if holds and known.lists:
            told.append(_revocation(name, is_revoked(way, known.lists, at)))
    except NoSm2:
        return [_unknown("check-sm2-chain", name, "note-no-sm2")]
    return told


def _chain(name: str, at: dt.datetime, holds: bool, limits: str) -> Check:
    detail, note = f"{at:%Y-%m-%d %H:%M:%S} UTC", limits or "note-own-word"
    return Check("check-sm2-chain", name, holds, detail, note=note if holds else "")


def _revocation(name: str, revoked: bool | None) -> Check:
    if revoked is None:
        return _unknown("check-sm2-revocation", name, "note-no-list")
    note = "note-revoked" if revoked else ""
    return Check("check-sm2-revocation", name, not revoked, note=note)


def _unknown(check: str, name: str, note: str) -> Check:
    return Check(check, name, False, known=False, note=note)
