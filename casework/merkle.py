"""The Merkle tree of the evidence log (RFC 9162 section 2.1, SHA-256).

A tree of any size is made of complete subtrees, whose hashes never change. A log
keeps those (``Node``), so a root or a proof needs O(log n) of them and no leaf.
A range ``(begin, end)`` is the part of the tree over these leaves, counted from 0,
``end`` exclusive; every range here begins where a subtree of its size would.
"""

import hashlib
from collections.abc import Mapping, Sequence

Range = tuple[int, int]
Node = tuple[int, int]
"""Level (0: a leaf) and place on that level, of a complete subtree."""

EMPTY = hashlib.sha256(b"").digest()
"""The root of a log without entries (RFC 9162 section 2.1.1)."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def left_neighbours(index: int) -> list[Node]:
    """Return the nodes that leaf ``index`` completes subtrees with, from below.

    On half of the leaves none, on average one: so an append is cheap.
    """
    found = []
    level = 0
    while index >> level & 1:
        found.append((level, (index >> level) - 1))
        level += 1
    return found


def completed_nodes(
    index: int, leaf: bytes, neighbours: Mapping[Node, bytes]
) -> dict[Node, bytes]:
    """Return the nodes that are complete once ``leaf`` (a hash) is at ``index``."""
    made: dict[Node, bytes] = {(0, index): leaf}
    for level, place in left_neighbours(index):
        leaf = node_hash(neighbours[level, place], leaf)
        made[level + 1, place // 2] = leaf
    return made


def nodes_of(span: Range) -> list[Node]:
    """Return the complete subtrees that ``span`` is made of, from the left."""
    begin, end = span
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def hash_of(span: Range, nodes: Mapping[Node, bytes]) -> bytes:
    """Return the hash over ``span`` from the nodes it is made of."""
    parts = [nodes[node] for node in nodes_of(span)]
    if not parts:
        return EMPTY
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return what leads from leaf ``index`` to the root (section 2.1.3.1), in order.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    found: list[Range] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = _middle(begin, end)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Return what shows that a tree of ``first`` grew to ``second`` (2.1.4.1).

    Raises:
        IndexError: the first tree is empty or larger than the second.
    """
    if not 0 < first <= second:
        raise IndexError(first)
    found: list[Range] = []
    begin, end = 0, second
    while end != first:
        middle = _middle(begin, end)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    # The first tree itself is known to who asks; a part of it is not.
    return found[::-1] if begin == 0 else [(begin, end), *found[::-1]]


def _middle(begin: int, end: int) -> int:
    """Where the largest power of two below the size splits a range."""
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


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


def grew(
    first: tuple[int, bytes], second: tuple[int, bytes], proof: Sequence[bytes]
) -> bool:
    """Return whether tree ``first`` (size, root) is the beginning of ``second``.

    Section 2.1.4.2. Anything is the continuation of an empty tree.
    """
    (size, old), (new_size, new) = first, second
    if size == 0:
        return old == EMPTY and not proof
    if size >= new_size:
        return first == second and not proof
    last, new_last = size - 1, new_size - 1
    while last % 2:
        last, new_last = last // 2, new_last // 2
    # A first tree that is a complete subtree is not in its own proof.
    path = list(proof) if last else [old, *proof]
    return _climb(last, new_last, path) == (old, new)


def _climb(last: int, new_last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the roots of both trees that ``path`` leads to, from their last nodes."""
    if not path:
        return None
    found = new_found = path[0]
    for node in path[1:]:
        if new_last == 0:
            return None
        if last % 2 or last == new_last:
            found, new_found = node_hash(node, found), node_hash(node, new_found)
            while last and not last % 2:
                last, new_last = last // 2, new_last // 2
        else:
            new_found = node_hash(new_found, node)
        last, new_last = last // 2, new_last // 2
    return None if new_last else (found, new_found)
