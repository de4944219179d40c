"""Whether an application bears the company's seal that the log says was put on it."""

from collections.abc import Iterable, Mapping

from casework.checks import Check

Said = tuple[str, Mapping[str, str]]
"""Kind and facts of an entry."""
MADE, SIGNED = "application-made", "application-signed"
SERIAL = "seal-certificate"
"""The fact with the serial number of the seal's certificate."""


def seal_as_logged(entries: Iterable[Said], checks: Iterable[Check]) -> list[Check]:
    """Return whether the seal's line among ``checks`` has the certificate of the log.

    The application announces its seal itself. The log is a second witness, of which
    nobody who changes the file can be rid. Nothing where it knows of no seal, or the
    fact was withheld.
    """
    serial = ""
    for kind, facts in entries:
        if kind in {MADE, SIGNED}:
            serial = facts.get(SERIAL, "")
    if not serial:
        return []
    lines = [one for one in checks if one.name == "check-company-seal"]
    there = [one for one in lines if one.holds and one.detail.endswith(f" {serial}")]
    return [Check("check-seal-logged", "application.pdf", len(there) == 1, serial)]
