"""What a verdict says, one check a line."""

from collections.abc import Sequence

from casework.checks import Check
from casework.signing.verdicts import Verdict

NAMED = {
    "mainland": "note-list-mainland",
    "hong-kong": "note-list-hong-kong",
    "macau": "note-list-macau",
}
"""Jurisdictions that people read in words of their own language."""


def lines_of(about: str, verdict: Verdict) -> list[Check]:
    """Return the checks of one signature, in the order in which they are read."""
    place = f"{about} {verdict.field}".strip()
    return [
        *_signer(place, verdict),
        *_seal(place, verdict),
        _prefix(place, verdict),
        Check("check-intact", place, verdict.intact, verdict.signer),
        _chain(place, verdict),
        _revocation(place, verdict),
        _time(place, verdict),
        Check("check-changes", place, verdict.changes_allowed),
        _trust_list(place, verdict),
    ]


def all_signed(about: str, verdicts: Sequence[Verdict]) -> list[Check]:
    """Return whether everybody signed whom the first signer's evidence announces.

    Nothing for a file that one person signs.
    """
    found = [one.shown for one in verdicts if one.shown is not None]
    of = max((one.of for one in found), default=1)
    if of == 1:
        return []
    there = {one.place for one in found}
    named = ", ".join(one.signer for one in sorted(found, key=lambda one: one.place))
    detail = f"{len(there)}/{of}: {named}"
    return [Check("check-all-signed", about, there == set(range(of)), detail)]


def company_sealed(about: str, verdicts: Sequence[Verdict]) -> list[Check]:
    """Return whether it bears the company's seal that who signed were told of.

    Nothing for a file without such a seal, of which nobody was told.
    """
    wanted = {one.shown.seal for one in verdicts if one.shown is not None} - {""}
    seals = [one for one in verdicts if one.seal is not None]
    if not wanted and not seals:
        return []
    there = [one.seal.picture_sha256 for one in seals if one.seal and one.intact]
    named = ", ".join(one.seal.company for one in seals if one.seal)
    right, sure = there == sorted(wanted), all(one.chain for one in seals)
    known = sure or not right
    return [Check("check-seal-wanted", about, right and sure, named, known=known)]


def _seal(place: str, verdict: Verdict) -> list[Check]:
    seal = verdict.seal
    if seal is None:
        return []
    number = f" ({seal.number})" if seal.number else ""
    size, serial = f"{seal.width:.1f} × {seal.height:.1f} mm", verdict.serial
    detail = f"{seal.company}{number}, {size}, {serial}"
    right = verdict.intact and seal.holds
    # Whose seal it is, only a certificate says whose issuer is known.
    holds, known = right and verdict.chain, verdict.chain or not right
    return [Check("check-company-seal", place, holds, detail, known=known)]


def _signer(place: str, verdict: Verdict) -> list[Check]:
    shown = verdict.shown
    if shown is None or shown.of == 1:
        return []
    detail = f"{shown.place + 1}/{shown.of}: {shown.signer}"
    return [Check("check-signer", place, verdict.intact, detail)]


def _prefix(place: str, verdict: Verdict) -> Check:
    shown = verdict.shown
    if shown is None:
        return Check("check-revision", place, verdict.whole)
    detail = f"{shown.size} bytes, SHA-256 {shown.sha256}"
    return Check("check-prefix", place, verdict.whole and shown.holds, detail)


def _chain(place: str, verdict: Verdict) -> Check:
    return Check(
        "check-chain", place, verdict.chain, verdict.signer, known=verdict.chain
    )


def _revocation(place: str, verdict: Verdict) -> Check:
    known = verdict.revoked is not None
    note = "" if known else "note-no-list"
    if verdict.revoked:
        note = "note-revoked"
    holds = verdict.revoked is False
    return Check("check-revocation", place, holds, known=known, note=note)


def _time(place: str, verdict: Verdict) -> Check:
    at = f"{verdict.at:%Y-%m-%d %H:%M:%S} UTC" if verdict.at else ""
    note = "" if verdict.proven else "note-own-word"
    proven = verdict.proven
    return Check("check-time", place, proven, at, known=proven, note=note)


def _trust_list(place: str, verdict: Verdict) -> Check:
    anchor = verdict.anchor
    if anchor is None:
        return Check("check-trust-list", place, False, known=False, note="note-no-root")
    if not anchor.list_name:
        return Check("check-trust-list", place, True, note="note-agreement")
    named = f"{anchor.list_name}: {anchor.name}"
    note = NAMED.get(anchor.list_name, "")
    if not verdict.listed:
        note = "note-not-recognised"
    return Check("check-trust-list", place, verdict.listed, named, note=note)
