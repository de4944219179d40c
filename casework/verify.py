"""Verifies a dossier or a PDF on any machine, without a network or our server."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from casework import merkle
from casework.checks import Check
from casework.dossier import FORMAT, MANIFEST, STROKES
from casework.errors import CaseworkError, Unreadable
from casework.evidence import read_checkpoint
from casework.papers.licence import read_code_token
from casework.signing.escrow import unlock
from casework.signing.lines import lines_of
from casework.signing.verdicts import Known, Verdict, agreed, verify_pdf
from protocol.parts import Point

LARGEST_DOSSIER = 512 * 1024 * 1024
LARGEST_MEMBER = 128 * 1024 * 1024
MOST_MEMBERS = 2000
"""A dossier has tens of files; a zip with more is somebody's trap."""

BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    OSError,
    ValueError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises for a zip that is broken or of another kind."""

EXPECTED_FIELD = {
    "application.pdf": "Applicant",
    "receipt.pdf": "Receipt",
    "licence.pdf": "Seal",
}


class _Entry(msgspec.Struct, frozen=True):
    index: int
    leaf: str
    proof: list[str]


class _Manifest(msgspec.Struct, frozen=True):
    format: str
    case: str
    number: str
    checkpoint: str
    keys: dict[str, str]
    files: dict[str, str]
    entries: list[_Entry]


def verify_dossier(data: bytes) -> list[Check]:
    """Return every check, in order; the dossier is good if all of them hold.

    Raises:
        Unreadable: not a dossier at all, or larger than a dossier can be.
    """
    manifest, files = _read(data)
    checks = [_same_files(manifest, files)]
    checks += [_same_digest(manifest, name, files) for name in sorted(manifest.files)]
    checks += _log(manifest)
    checks += _facts(manifest)
    known = agreed(_hex(manifest.keys.get("root", "")))
    for name, field in EXPECTED_FIELD.items():
        if name in files:
            verdicts = read_verdicts(files[name], known)
            checks += list(checks_of(name, verdicts, field))
    return checks


def verify_code(code: str, key: str) -> list[Check]:
    """Check what a licence's QR code says against the office's ``key`` (hex)."""
    try:
        number, _ = read_code_token(code.strip(), _hex(key))
    except Unreadable as error:
        return [Check("check-code", "QR", False, str(error))]
    return [Check("check-code", number, True)]


def published_key(data: bytes) -> str:
    """Return the key in a dossier that verifies its licence's code, in hexadecimal."""
    return _read(data)[0].keys.get("log", "")


def read_strokes(data: bytes, key: bytes) -> list[list[Point]]:
    """Return the strokes in a dossier, for the holder of the escrow ``key``.

    Raises:
        Unreadable: no dossier, no strokes in it, or not locked for this key.
    """
    manifest, files = _read(data)
    plain = unlock(key, manifest.case, files.get(STROKES, b""))
    try:
        return msgspec.json.decode(plain, type=list[list[Point]])
    except msgspec.DecodeError as error:
        raise Unreadable("strokes") from error


def key_fingerprint(data: bytes) -> str:
    """Return the SHA-256 of the dossier's keys, to compare with the published one."""
    manifest, _ = _read(data)
    joined = json.dumps(manifest.keys, sort_keys=True).encode()
    return hashlib.sha256(joined).hexdigest()


def _read(data: bytes) -> tuple[_Manifest, dict[str, bytes]]:
    if len(data) > LARGEST_DOSSIER:
        raise Unreadable("too large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            _require_modest(box.infolist())
            files = {info.filename: _member(box, info) for info in box.infolist()}
        manifest = msgspec.json.decode(files.pop(MANIFEST), type=_Manifest)
    except BROKEN_ZIP as error:
        raise Unreadable("not a dossier") from error
    if manifest.format != FORMAT:
        raise Unreadable("another format")
    return manifest, files


def _require_modest(infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MOST_MEMBERS or total > LARGEST_DOSSIER:
        raise Unreadable("too large")
    if len({info.filename for info in infos}) != len(infos):
        raise Unreadable("a name twice")


def _member(box: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with box.open(info) as member:
        data = member.read(LARGEST_MEMBER + 1)
    if len(data) > LARGEST_MEMBER:
        raise Unreadable("too large")
    return data


def _same_files(manifest: _Manifest, files: dict[str, bytes]) -> Check:
    odd = sorted(set(files) ^ set(manifest.files))
    return Check("check-file-list", "manifest.json", not odd, ", ".join(odd))


def _same_digest(manifest: _Manifest, name: str, files: dict[str, bytes]) -> Check:
    digest = hashlib.sha256(files.get(name, b"")).hexdigest()
    return Check("check-file-digest", name, digest == manifest.files[name])


def _log(manifest: _Manifest) -> list[Check]:
    try:
        public = _hex(manifest.keys.get("log", ""))
        checkpoint = read_checkpoint(manifest.checkpoint, public)
    except CaseworkError as error:
        return [Check("check-checkpoint", "log", False, str(error))]
    checks = [Check("check-checkpoint", f"{checkpoint.size} entries", True)]
    for entry in manifest.entries:
        proof = [_hex(node) for node in entry.proof]
        leaf = merkle.leaf_hash(entry.leaf.encode())
        try:
            head = merkle.root_from_proof(leaf, entry.index, checkpoint.size, proof)
        except ValueError:
            head = b""
        holds = head == checkpoint.root
        checks.append(Check("check-log-entry", f"{entry.index} {_kind(entry)}", holds))
    return checks


def _facts(manifest: _Manifest) -> list[Check]:
    """Each file's digest must be what the log said of that very file, last."""
    leaves = [_leaf(entry) for entry in sorted(manifest.entries, key=_index)]
    whole = bool(leaves) and all(leaf.get("case") == manifest.case for leaf in leaves)
    said: dict[str, str] = {}
    for leaf in leaves:
        said |= _said_of_files(leaf)
    checks = [Check("check-same-case", manifest.case, whole)]
    for name, digest in sorted(manifest.files.items()):
        checks.append(Check("check-logged-digest", name, said.get(name) == digest))
    return checks


def _said_of_files(leaf: dict[str, Any]) -> dict[str, str]:
    """Return which digests an entry gives to which files of the dossier."""
    facts = leaf.get("facts")
    facts = facts if isinstance(facts, dict) else {}
    match leaf.get("kind"):
        case "page-stored":
            return {f"{_page(facts)}.jpg": str(facts.get("sha256"))}
        case "original-stored":
            return {f"{_page(facts)}-original.jpg": str(facts.get("sha256"))}
        case "material-bound":
            name = f"material-{facts.get('material')}.pdf"
            return {name: str(facts.get("sha256"))}
        case "application-made" | "application-countersigned":
            return {"application.pdf": str(facts.get("sha256"))}
        case "application-signed":
            signed, receipt = str(facts.get("signed")), str(facts.get("receipt"))
            locked = str(facts.get("escrow"))
            return {
                "application.pdf": signed,
                "receipt.pdf": receipt,
                STROKES: locked,
            }
        case "document-stamped":
            return {f"{facts.get('name')}.pdf": str(facts.get("sha256"))}
        case "case-decided" if "licence" in facts:
            return {"licence.pdf": str(facts.get("licence"))}
        case _:
            return {}


def _page(facts: dict[str, Any]) -> str:
    return f"materials/{facts.get('material')}/{facts.get('page')}"


def _index(entry: _Entry) -> int:
    return entry.index


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


def read_verdicts(pdf: bytes, known: Known) -> list[Verdict] | str:
    """Return the verdicts, or in a word why the file cannot be read at all."""
    try:
        return verify_pdf(pdf, known)
    except Exception as error:  # pyHanko's own parse errors: a finding
        return type(error).__name__


def _leaf(entry: _Entry) -> dict[str, Any]:
    try:
        found = json.loads(entry.leaf)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _kind(entry: _Entry) -> str:
    return str(_leaf(entry).get("kind", "?"))


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
