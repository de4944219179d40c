"""When the log first said which bytes a file of a dossier has.

Members that the office writes only for the dossier (``record.json`` and the like)
are in the log with it. Pages, PDFs and manifests of recordings were there before.
"""

from collections.abc import Iterable, Mapping

Said = tuple[str, Mapping[str, str]]
"""Kind and facts of an entry."""

CODES = "codes.json"
"""The published keys with which the licence's code is checked."""
NEW = frozenset(
    {
        "record.json",
        "form.json",
        "papers.json",
        "item.json",
        "certificate.txt",
        CODES,
    }
)
"""Members that exist only in the dossier."""
TIMELINE = "/timeline.json"
ISSUES_LICENCE = frozenset(
    {"case-decided", "licence-amended", "licence-renewed", "licence-duplicated"}
)
"""The entries after which the case has another licence."""


def was_logged(name: str, digest: str, entries: Iterable[Said]) -> bool | None:
    """Return whether the log's last word on a file was ``digest``, before the dossier.

    ``None`` for a member that exists only in the dossier.
    """
    if name in NEW or name.endswith(TIMELINE):
        return None
    last: str | None = None
    anywhere = False
    for kind, facts in entries:
        last = _digest_of(name, kind, facts) or last
        anywhere |= digest in facts.values()
    return anywhere if last is None else last == digest


def _digest_of(name: str, kind: str, facts: Mapping[str, str]) -> str | None:
    """Return which digest an entry gives to the file ``name``, if it speaks of it."""
    page = f"materials/{facts.get('material')}/{facts.get('page')}"
    match kind:
        case "page-stored":
            said = {f"{page}.jpg": facts.get("sha256")}
        case "original-stored":
            said = {f"{page}-original.jpg": facts.get("sha256")}
        case "material-bound":
            said = {f"material-{facts.get('material')}.pdf": facts.get("sha256")}
        case "application-made":
            said = {"application.pdf": facts.get("sha256")}
        case "application-signed":
            said = {
                "application.pdf": facts.get("signed"),
                "receipt.pdf": facts.get("receipt"),
            }
        case str() if kind in ISSUES_LICENCE:
            said = {"licence.pdf": facts.get("licence")}
        case "recording-stored":
            manifest = f"recordings/{facts.get('call')}/manifest.json"
            said = {manifest: facts.get("manifest")}
        case _:
            said = {}
    return said.get(name)
