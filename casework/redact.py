"""Takes things out of a dossier so that the rest still proves itself.

Anybody who has a dossier can do it: no key is needed, and what is left can be
checked like before. The dossier then says what was withheld; what was, cannot be
guessed, because the log has salted digests and the salts go with the facts.
"""

import hashlib
from collections.abc import Collection
from fnmatch import fnmatchcase

import msgspec

from casework.accounts import ACCOUNTS, repeats
from casework.archive import pack, unpack
from casework.dossier_form import FILE, MANIFEST, NEEDED, Proved, read_manifest
from casework.errors import NotFound, Unreadable
from casework.evidence import read_leaf
from casework.film_check import manifest_of


def redact(dossier: bytes, files: Collection[str], facts: Collection[str]) -> bytes:
    """Return ``dossier`` without what matches.

    Args:
        dossier: a whole dossier, or one that was redacted before.
        files: patterns of members, ``materials/identity/*``; also everything that
            the log says of their digests, and accounts that repeat it.
        facts: names of facts, ``by``, withheld from every entry.

    Raises:
        Unreadable: not a dossier, or changed by somebody.
        NotFound: nothing matches one of the patterns, or it cannot be withheld.
    """
    members, exact = unpack(dossier)
    if not exact or MANIFEST not in members:
        raise Unreadable("not a dossier")
    manifest = read_manifest(members[MANIFEST])
    gone = _matching(set(members) - {MANIFEST}, files)
    known = {name for entry in manifest.entries for name in entry.opened}
    hidden = _matching(known - NEEDED, facts)
    # A film without its manifest proves nothing.
    gone |= {name for name in members if manifest_of(name) in gone}
    digests = {hashlib.sha256(members[name]).hexdigest() for name in gone}
    gone |= {
        name
        for name in ACCOUNTS.keys() & members.keys()
        for entry in manifest.entries
        if repeats(name, _kind(entry), entry.shown(), _lost(entry, hidden, digests))
    }
    hidden |= {FILE + name for name in gone}
    withheld = list(manifest.withheld)
    entries = [_without(one, hidden, digests, withheld) for one in manifest.entries]
    new = msgspec.structs.replace(manifest, entries=entries, withheld=withheld)
    kept = {name: data for name, data in members.items() if name not in gone}
    return pack({**kept, MANIFEST: new.to_bytes()})


def _matching(names: Collection[str], patterns: Collection[str]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        some = {name for name in names if fnmatchcase(name, pattern)}
        if not some:
            raise NotFound(pattern)
        found |= some
    return found


def _lost(entry: Proved, names: set[str], digests: set[str]) -> set[str]:
    return {
        name
        for name, one in entry.opened.items()
        if name in names or one.value in digests
    }


def _kind(entry: Proved) -> str:
    return read_leaf(entry.leaf.encode()).kind


def _without(
    entry: Proved, names: set[str], digests: set[str], withheld: list[str]
) -> Proved:
    gone = _lost(entry, names, digests)
    withheld += [f"{entry.index} {name}" for name in sorted(gone)]
    opened = {name: one for name, one in entry.opened.items() if name not in gone}
    return msgspec.structs.replace(entry, opened=opened)
