"""Refuses what must be proved while it cannot be.

X-Road has the same rule for its message log: after a set time without timestamps
no more messages are accepted. What happened anyway (a sheet that came out, a
recording that was stored, a visitor who left) is always logged.
"""

from typing import Final

from casework.errors import EvidenceUnavailable
from casework.ports import Entry

PATIENCE = 4 * 3600.0
"""Seconds for which the log may be without a witness: X-Road's default."""
MUST_BE_EVIDENCED: Final = frozenset(
    {
        "case-opened",
        "identity-confirmed",
        "application-made",
        "application-signed",
        "signer-signed",
        "case-decided",
        "licence-released",
        "licence-amended",
        "licence-renewed",
        "licence-duplicated",
        "licence-restored",
        "dossier-made",
    }
)
"""The acts that an office or an applicant can put off until there is a witness.

To suspend or revoke a licence protects people: that never waits.
"""


class Guard:
    """Knows since when the log lacks its witness."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._since: float | None = None

    def told(self, since: float | None) -> None:
        """The oldest entry without a witness is of ``since``; ``None``: none is."""
        self._since = since

    def require(self, entry: Entry) -> None:
        """Raise ``EvidenceUnavailable`` if ``entry`` must not be made now."""
        if self._since is None or entry.kind not in MUST_BE_EVIDENCED:
            return
        if entry.at - self._since > self._patience:
            raise EvidenceUnavailable(entry.kind)
