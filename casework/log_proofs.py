"""Proofs about the whole log, for auditors: nothing in them but digests and sizes."""

from collections.abc import Sequence
from typing import Final

import msgspec

from casework import merkle
from casework.checks import Check
from casework.errors import NotFound, Unreadable
from casework.evidence import Checkpoint, read_checkpoint
from casework.log_ports import EvidenceLog

MOST_HASHES: Final = 64
"""A log with more entries than 2 to this power does not exist."""


class Inclusion(msgspec.Struct, frozen=True):
    """Entry ``index`` is in the tree of ``size`` (RFC 9162 section 2.1.3), in hex."""

    index: int
    size: int
    leaf_hash: str
    proof: list[str]


class Consistency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tree of ``first`` is the beginning of ``second`` (section 2.1.4), in hex."""

    first: int
    second: int
    proof: list[str]


async def inclusion(log: EvidenceLog, index: int, size: int) -> Inclusion:
    """Return the proof for one entry; raises ``NotFound`` beyond the log's end."""
    if not 0 <= index < size or size > await log.size():
        raise NotFound("entry")
    ranges = [(index, index + 1), *merkle.inclusion_ranges(index, size)]
    leaf, *proof = [node.hex() for node in await log.hashes(ranges)]
    return Inclusion(index, size, leaf, proof)


async def consistency(log: EvidenceLog, first: int, second: int) -> Consistency:
    """Return the proof for two sizes; raises ``NotFound`` beyond the log's end."""
    if not 0 < first <= second or second > await log.size():
        raise NotFound("size")
    proof = await log.hashes(merkle.consistency_ranges(first, second))
    return Consistency(first, second, [node.hex() for node in proof])


def read_consistency(data: bytes) -> Consistency:
    """Return what ``consistency`` made, as JSON; raises ``Unreadable``."""
    try:
        found = msgspec.json.decode(data, type=Consistency)
        hashes = [bytes.fromhex(one) for one in found.proof]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable("proof") from error
    if len(hashes) > MOST_HASHES:
        raise Unreadable("proof")
    return found


def signed_note(text: str) -> str:
    """Return a note with the log's signature only, without those of witnesses."""
    body, _, lines = text.partition("\n\n")
    return f"{body}\n\n{lines.partition(chr(10))[0]}\n"


def audited(notes: Sequence[str], public: bytes, proof: Consistency) -> list[Check]:
    """Return whether the second of two checkpoints continues the first.

    ``public`` is the log's raw Ed25519 key. Two checkpoints of one size with
    different roots, both signed, are proof that the office keeps two logs.
    """
    checks, read = [], []
    for note in notes:
        try:
            read.append(read_checkpoint(note, public))
        except Unreadable as error:
            checks.append(Check("check-checkpoint", "log", False, str(error)))
        else:
            about = f"{read[-1].size} entries"
            checks.append(Check("check-checkpoint", about, True))
    if len(read) == len(notes):
        checks.append(_continues(read[0], read[1], proof))
    return checks


def _continues(old: Checkpoint, new: Checkpoint, proof: Consistency) -> Check:
    hashes = [bytes.fromhex(one) for one in proof.proof]
    holds = merkle.grew((old.size, old.root), (new.size, new.root), hashes)
    two = old.size == new.size and old.root != new.root
    detail = "two logs, and the office signed both" if two else ""
    return Check("check-consistent", f"{old.size} → {new.size}", holds, detail)
