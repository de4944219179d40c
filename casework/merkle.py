"""The Merkle tree of the evidence log (RFC 9162 section 2.1, SHA-256)."""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the tree head over leaf ``hashes``."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    # A lone node at the end of a level rises unchanged; that is the same tree as
    # the recursive definition, which splits at the largest power of two.
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        rest = [level[-1]] if len(level) % 2 else []
        level = [node_hash(left, right) for left, right in pairs] + rest
    return level[0]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the nodes that lead from leaf ``index`` to the root (section 2.1.3.1).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    proof: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        pairs = zip(level[::2], level[1::2], strict=False)
        rest = [level[-1]] if len(level) % 2 else []
        level = [node_hash(left, right) for left, right in pairs] + rest
        index //= 2
    return proof


def root_from_proof(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes]
) -> bytes:
    """Return the root that ``proof`` leads to (section 2.1.3.2).

    Raises:
        ValueError: the proof is too short or too long for this leaf and size.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    node, last, rest = leaf, size - 1, list(proof)
    while last > 0:
        if index % 2 or index < last:
            if not rest:
                raise ValueError("proof too short")
            sibling = rest.pop(0)
            left, right = (sibling, node) if index % 2 else (node, sibling)
            node = node_hash(left, right)
        index, last = index // 2, last // 2
    if rest:
        raise ValueError("proof too long")
    return node
