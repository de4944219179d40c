"""What can be said about the SM2 signature beside a PDF, one check a line."""

import datetime as dt

from casework.checks import Check
from casework.errors import Unreadable
from casework.signing.sm2 import NoSm2, sm2_verify, sm3
from casework.signing.sm2_chain import is_trusted, name_of, public_of
from casework.signing.sm2_form import Detached, read_file

SUFFIX = ".sm2"
"""What is put after the name of a PDF to name its signature."""


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


def sm2_lines(
    name: str, pdf: bytes, file: bytes, roots: tuple[bytes, ...], now: dt.datetime
) -> list[Check]:
    """Return the checks of a detached signature of ``pdf`` under ``roots`` (DER)."""
    first = covers(name, pdf, file)
    if first.note:
        return [first]
    said = read_file(file)
    return [first, _intact(name, said), _chain(name, said, roots, now)]


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


def _chain(
    name: str, said: Detached, roots: tuple[bytes, ...], now: dt.datetime
) -> Check:
    if not roots:
        note = "note-sm2-no-root"
        return Check("check-sm2-chain", name, False, known=False, note=note)
    at = now if said.at is None else said.at
    try:
        holds = at <= now and is_trusted(said.certificate, said.others, roots, at)
    except NoSm2:
        note = "note-no-sm2"
        return Check("check-sm2-chain", name, False, known=False, note=note)
    detail = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    note = "note-sm2-limits" if holds else ""
    return Check("check-sm2-chain", name, holds, detail, note=note)
