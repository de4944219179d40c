"""Verifies the signatures of a PDF on any machine, without a network or our server.

Dossiers and licences have files of their own: ``verify_dossier``, ``verify_licence``.
"""

from collections.abc import Iterator

from casework.checks import Check
from casework.signing.lines import all_signed, company_sealed, lines_of
from casework.signing.trust import Known, Trust
from casework.signing.verdicts import Verdict, verify_pdf

EXPECTED_FIELD = {
    "application.pdf": "Applicant",
    "receipt.pdf": "Receipt",
    "licence.pdf": "Seal",
}


def checks_of(
    name: str, verdicts: list[Verdict] | str, field: str | None
) -> Iterator[Check]:
    """Return what ``verdicts`` say; without a signature in ``field`` that is told."""
    if isinstance(verdicts, str):
        yield Check("check-signature", name, False, verdicts)
        return
    if not verdicts or (field and all(one.field != field for one in verdicts)):
        yield Check("check-signature", name, False, "no signature")
    for one in verdicts:
        yield from lines_of(name, one)
    yield from all_signed(name, verdicts)
    yield from company_sealed(name, verdicts)


def signatures_of(
    name: str,
    pdf: bytes,
    trust: Trust,
    field: str | None,
    lists: tuple[bytes, ...] = (),
) -> Iterator[Check]:
    """Check every signature of the PDF ``name`` by agreement on ``trust``.

    ``lists`` are revocation lists (DER) younger than those in the file.
    """
    yield from checks_of(name, read_verdicts(pdf, trust.known(lists)), field)


def read_verdicts(pdf: bytes, known: Known) -> list[Verdict] | str:
    """Return the verdicts, or in a word why the file cannot be read at all."""
    try:
        return verify_pdf(pdf, known)
    except Exception as error:  # pyHanko's own parse errors: a finding
        return type(error).__name__
