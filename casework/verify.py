"""Verifies a PDF on any machine, without a network or our server.

Dossiers and licences have files of their own: ``verify_dossier``, ``verify_licence``.
"""

from collections.abc import Iterator

import msgspec

from casework.signing.pades import verify_pdf

EXPECTED_FIELD = {
    "application.pdf": "Applicant",
    "receipt.pdf": "Receipt",
    "licence.pdf": "Seal",
}


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. ``name`` is a key of ``texts.json``."""

    name: str
    about: str
    holds: bool
    detail: str = ""


def verify_signed_pdf(pdf: bytes, root: bytes) -> list[Check]:
    """Return one check per signature of a PDF."""
    return list(signatures_of("PDF", pdf, root, None))


def signatures_of(
    name: str, pdf: bytes, root: bytes, field: str | None
) -> Iterator[Check]:
    """Check every signature of the PDF ``name``; one of them is in ``field``."""
    try:
        verdicts = verify_pdf(pdf, root)
    except Exception as error:  # pyHanko's own parse errors: a finding
        yield Check("check-signature", name, False, type(error).__name__)
        return
    if not verdicts or (field and all(one.field != field for one in verdicts)):
        yield Check("check-signature", name, False, "no signature")
    for one in verdicts:
        yield Check("check-intact", f"{name} {one.field}", one.intact)
        yield Check("check-chain", f"{name} {one.field}", one.trusted, one.signer)
        yield Check("check-changes", f"{name} {one.field}", one.changes_allowed)
