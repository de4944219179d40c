"""Verifies a dossier on any machine, without a network or our server.

Each check names what it looked at, so whoever changed something reads what it was.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from casework import merkle
from casework.accounts import ACCOUNTS, Told, disagreement
from casework.archive import unpack
from casework.checks import Check
from casework.dossier_form import (
    FILE,
    MADE,
    MANIFEST,
    WITNESSES,
    Manifest,
    Proved,
    read_manifest,
)
from casework.errors import CaseworkError, Unreadable
from casework.evidence import (
    Checkpoint,
    Leaf,
    is_opened_by,
    read_checkpoint,
    read_leaf,
)
from casework.film_check import flaw_of, is_film
from casework.logged_files import CODES, STROKES, was_logged
from casework.signing.escrow import unlock
from casework.signing.trust import Trust
from casework.verify import EXPECTED_FIELD, signatures_of
from casework.verify_beside import beside
from casework.verify_last import hex_bytes, last_entry, trust_of
from casework.verify_seal import seal_as_logged
from protocol.ids import CaseId
from protocol.parts import Point

CheckSignatures = Callable[[str, bytes, Trust, str | None], Iterable[Check]]


SIGNED = frozenset({"signer-signed", "application-signed"})
"""Before such an entry the application is a draft, and nothing is signed yet."""
DRAFTED = "application-made"


class _Record(msgspec.Struct, frozen=True):
    case: CaseId


def verify_dossier(
    data: bytes, signatures: CheckSignatures = signatures_of
) -> list[Check]:
    """Return every check, in order; the dossier is good if all of them hold.

    ``signatures`` looks at the signatures of one PDF.

    Raises:
        Unreadable: not a dossier at all, or larger than a dossier can be.
    """
    members, exact = unpack(data)
    manifest = _manifest_of(members)
    files = {name: one for name, one in members.items() if name != MANIFEST}
    checks = [Check("check-archive", "zip", exact)]
    leaves = list(map(_leaf, manifest.entries))
    checks += _log(manifest)
    checks += _facts(manifest, leaves)
    checks += _case(manifest, leaves)
    checks += last_entry(manifest)
    checks += _files(manifest, files)
    checks += _accounts(manifest, leaves, files)
    checks += _films(files)
    trust = trust_of(manifest)
    signed = _is_signed(leaves)
    for name, field in EXPECTED_FIELD.items():
        if name in files and signed:
            checks += list(signatures(name, files[name], trust, field))
    if signed and "application.pdf" in files:
        kinds = [leaf.kind if leaf else "" for leaf in leaves]
        shown = [one.shown() for one in manifest.entries]
        checks += seal_as_logged(zip(kinds, shown, strict=True), checks)
    checks += beside(files)
    return checks


def _is_signed(leaves: Iterable[Leaf | None]) -> bool:
    """Return whether somebody has signed the application that was made last."""
    kinds = [leaf.kind for leaf in leaves if leaf is not None]
    last = [kind for kind in kinds if kind in SIGNED or kind == DRAFTED]
    return bool(last) and last[-1] in SIGNED


def withheld(data: bytes) -> list[str]:
    """Return what was taken out of a dossier on purpose."""
    return _manifest_of(unpack(data)[0]).withheld


def read_strokes(data: bytes, key: bytes, signer: str = "") -> list[list[Point]]:
    """Return the strokes in a dossier, for the holder of the escrow ``key``.

    Where several signed, ``signer`` says whose.

    Raises:
        Unreadable: no dossier, no strokes in it, or not locked for this key.
    """
    members, _ = unpack(data)
    name = f"strokes-{signer}.escrow" if signer else STROKES
    try:
        record = msgspec.json.decode(members.get("record.json", b""), type=_Record)
        plain = unlock(key, record.case, members.get(name, b""))
        return msgspec.json.decode(plain, type=list[list[Point]])
    except msgspec.DecodeError as error:
        raise Unreadable("strokes") from error


def published_codes(data: bytes) -> bytes:
    """Return the keys in a dossier that verify its licence's code, as published."""
    return unpack(data)[0].get(CODES, b"")


def checkpoint_of(data: bytes) -> tuple[int, str]:
    """Return size and note of a dossier's checkpoint.

    Raises:
        Unreadable: no dossier, or a checkpoint that its own key did not sign.
    """
    manifest = _manifest_of(unpack(data)[0])
    read = read_checkpoint(manifest.checkpoint, hex_bytes(manifest.keys.log))
    return read.size, manifest.checkpoint


def key_fingerprint(data: bytes) -> str:
    """Return the SHA-256 of the dossier's keys, to compare with the published one."""
    return _manifest_of(unpack(data)[0]).keys.fingerprint()


def witnesses(data: bytes) -> list[str]:
    """Return the keys of the witnesses that a dossier says cosigned it."""
    manifest = _manifest_of(unpack(data)[0])
    last = manifest.entries[-1].shown() if manifest.entries else {}
    return last.get(WITNESSES, "").split()


def _manifest_of(members: Mapping[str, bytes]) -> Manifest:
    if MANIFEST not in members:
        raise Unreadable("not a dossier")
    return read_manifest(members[MANIFEST])


def _log(manifest: Manifest) -> Iterator[Check]:
    """The checkpoint is signed, and every leaf leads to its root."""
    try:
        checkpoint = read_checkpoint(manifest.checkpoint, hex_bytes(manifest.keys.log))
    except CaseworkError as error:
        yield Check("check-checkpoint", "log", False, str(error))
        return
    yield Check("check-checkpoint", f"{checkpoint.size} entries", True)
    for entry in manifest.entries:
        holds = _root_of(entry, checkpoint.size) == checkpoint.root
        yield Check("check-log-entry", _named(entry), holds)
    yield _ends_here(manifest, checkpoint)


def _ends_here(manifest: Manifest, checkpoint: Checkpoint) -> Check:
    """A dossier ends with the entry of its making: none after it was left out."""
    last = manifest.entries[-1] if manifest.entries else None
    leaf = _leaf(last) if last else None
    holds = (
        last is not None
        and leaf is not None
        and leaf.kind == MADE
        and last.index == checkpoint.size - 1
    )
    return Check("check-last-entry", str(checkpoint.size - 1), holds)


def _root_of(entry: Proved, size: int) -> bytes:
    leaf = merkle.leaf_hash(entry.leaf.encode())
    proof = [hex_bytes(node) for node in entry.proof]
    if [node.hex() for node in proof] != entry.proof:
        return b""
    try:
        return merkle.root_from_proof(leaf, entry.index, size, proof)
    except ValueError:
        return b""


def _facts(manifest: Manifest, leaves: list[Leaf | None]) -> Iterator[Check]:
    """Every fact shown is in its leaf; every other one is said to be withheld."""
    missing = []
    for entry, leaf in zip(manifest.entries, leaves, strict=True):
        if leaf is None:
            yield Check("check-leaf", _named(entry), False)
            continue
        for name, opened in entry.opened.items():
            if not is_opened_by(leaf.facts.get(name, ""), name, opened):
                yield Check("check-fact", f"{_named(entry)}: {name}", False)
        hidden = sorted(set(leaf.facts) - set(entry.opened))
        missing += [f"{entry.index} {name}" for name in hidden]
        yield Check("check-leaf", _named(entry), True)
    odd = sorted(set(missing) ^ set(manifest.withheld))
    doubled = len(set(manifest.withheld)) != len(manifest.withheld)
    holds = not odd and not doubled
    yield Check("check-withheld", "manifest.json", holds, ", ".join(odd))


def _case(manifest: Manifest, leaves: list[Leaf | None]) -> Iterator[Check]:
    """All entries are of one case, in order, and none between them was left out."""
    cases = sorted({leaf.case or "" for leaf in leaves if leaf is not None})
    yield Check("check-same-case", ", ".join(cases), len(cases) == 1)
    before = -1
    for entry, leaf in zip(manifest.entries, leaves, strict=True):
        after = leaf.after if leaf else before
        if after != before:
            yield Check("check-no-gap", f"{after} → {entry.index}", False)
        before = entry.index
    yield Check("check-no-gap", str(len(leaves)), bool(leaves))


def _files(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Check]:
    """Every member is the one that was named, and was in the log before."""
    facts = manifest.entries[-1].shown() if manifest.entries else {}
    named = {
        name.removeprefix(FILE): digest
        for name, digest in facts.items()
        if name.startswith(FILE)
    }
    for name in sorted(set(named) ^ set(files)):
        detail = "missing" if name in named else "not of this dossier"
        yield Check("check-file-list", name, False, detail)
    yield Check("check-file-list", MANIFEST, set(named) == set(files))
    earlier = [(_kind(one), one.shown()) for one in manifest.entries[:-1]]
    for name, data in sorted(files.items()):
        digest = hashlib.sha256(data).hexdigest()
        yield Check("check-file-digest", name, digest == named.get(name))
        logged = was_logged(name, digest, earlier)
        if logged is not None:
            yield Check("check-logged-digest", name, logged)


def _accounts(
    manifest: Manifest, leaves: list[Leaf | None], files: Mapping[str, bytes]
) -> Iterator[Check]:
    """What an account tells is what the log says, all of it and nothing else."""
    told = [
        Told(entry.index, leaf.kind, leaf.at, entry.shown())
        for entry, leaf in zip(manifest.entries, leaves, strict=True)
        if leaf is not None
    ]
    for name in sorted(ACCOUNTS.keys() & files.keys()):
        wrong = disagreement(name, files[name], told)
        yield Check("check-account", name, wrong is None, wrong or "")


def _films(files: Mapping[str, bytes]) -> Iterator[Check]:
    for name in filter(is_film, sorted(files)):
        flaw = flaw_of(name, files)
        yield Check("check-film", name, flaw is None, flaw or "")


def _leaf(entry: Proved) -> Leaf | None:
    try:
        return read_leaf(entry.leaf.encode())
    except (Unreadable, UnicodeError):
        return None


def _kind(entry: Proved) -> str:
    leaf = _leaf(entry)
    return leaf.kind if leaf else "?"


def _named(entry: Proved) -> str:
    return f"{entry.index} {_kind(entry)}"
