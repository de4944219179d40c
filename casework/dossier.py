"""The dossier: one file that proves a case without asking us.

A zip with ``manifest.json``, the PDFs and the pages. The manifest holds every
log entry of the case with its inclusion proof, a signed checkpoint that the
proofs lead to, the digests of all files, and the public keys.
"""

import asyncio
import hashlib
import io
import json
import zipfile
from typing import Any

from casework import merkle
from casework.case import Case
from casework.evidence import Checkpoint
from casework.paperwork import Paperwork
from casework.ports import CaseStore, LoggedEntry
from casework.signing.authority import Authority
from protocol.states import CaseState

FORMAT = "smart-counter-dossier/1"
MANIFEST = "manifest.json"
STROKES = "strokes.escrow"
"""How the name was written, locked for the holder of the escrow key."""
CODE_IS_USED = {CaseState.PRINTED, CaseState.DELIVERED, CaseState.CLOSED}
EPOCH = (2020, 1, 1, 0, 0, 0)
"""The time that every member of the zip carries, so that equal cases are equal."""


async def make_dossier(
    case: Case, store: CaseStore, papers: Paperwork, authority: Authority
) -> bytes:
    """Return the dossier of ``case`` as it stands now."""
    files = await _files(case, papers)
    entries = await store.entries()
    return await asyncio.to_thread(_build, case, entries, files, authority)


def _build(
    case: Case,
    entries: list[LoggedEntry],
    files: dict[str, bytes],
    authority: Authority,
) -> bytes:
    hashes = [merkle.leaf_hash(entry.leaf) for entry in entries]
    signer = authority.log_signer()
    checkpoint = Checkpoint(len(hashes), merkle.root(hashes))
    manifest = {
        "format": FORMAT,
        "case": case.id,
        "number": case.number,
        "checkpoint": checkpoint.signed(signer),
        "keys": {
            "log": signer.public_key().public_bytes_raw().hex(),
            "root": authority.root.certificate.hex(),
        },
        "files": {
            name: hashlib.sha256(data).hexdigest() for name, data in files.items()
        },
        "entries": [
            {
                "index": entry.index,
                "leaf": entry.leaf.decode(),
                "proof": [
                    node.hex() for node in merkle.inclusion_proof(hashes, entry.index)
                ],
            }
            for entry in entries
            if entry.case == case.id
        ],
    }
    return _zip(manifest, files)


async def _files(case: Case, papers: Paperwork) -> dict[str, bytes]:
    # The receipt holds the release code: it is the applicant's until it is used.
    open_code = case.state not in CODE_IS_USED
    files = {
        f"{document.name}.pdf": await papers.read(case.id, document)
        for document in case.documents
        if not (open_code and document.name == "receipt")
    }
    if case.strokes:
        files[STROKES] = await papers.read_bytes(case.id, case.strokes)
    for material in case.materials:
        for page in material.pages:
            name = f"materials/{material.id}/{page.id}"
            if page.page:
                files[f"{name}.jpg"] = await papers.read_bytes(case.id, page.page)
            if page.original:
                data = await papers.read_bytes(case.id, page.original)
                files[f"{name}-original.jpg"] = data
    return files


def _zip(manifest: dict[str, Any], files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in {MANIFEST: text.encode(), **files}.items():
            box.writestr(zipfile.ZipInfo(name, EPOCH), data)
    return out.getvalue()
