"""The tree against the examples that everybody uses (RFC 6962, RFC 9162)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import merkle

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


class Tree:
    """A log in memory: what ``stores`` keep in a table."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.nodes: dict[merkle.Node, bytes] = {}
        for index, leaf in enumerate(hashes):
            self.nodes |= merkle.completed_nodes(index, leaf, self.nodes)

    def root(self, size: int) -> bytes:
        return merkle.hash_of((0, size), self.nodes)

    def all(self, ranges: list[merkle.Range]) -> list[bytes]:
        return [merkle.hash_of(one, self.nodes) for one in ranges]


def defined_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    left, right = defined_root(hashes[:half]), defined_root(hashes[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def some(size: int) -> list[bytes]:
    return [hashlib.sha256(n.to_bytes(4)).digest() for n in range(size)]


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_reference_vectors(size: int) -> None:
    assert Tree(HASHES).root(size).hex() == ROOTS[size]


def test_the_example_of_the_rfc_is_proved_as_it_says() -> None:
    # RFC 9162 section 2.1.5: a tree of seven leaves and the names of its nodes.
    leaves = dict(zip("abcdefj", [(n, n + 1) for n in range(7)], strict=True))
    g, h, i, k, m = (0, 2), (2, 4), (4, 6), (0, 4), (4, 7)

    assert merkle.inclusion_ranges(0, 7) == [leaves["b"], h, m]
    assert merkle.inclusion_ranges(3, 7) == [leaves["c"], g, m]
    assert merkle.inclusion_ranges(4, 7) == [leaves["f"], leaves["j"], k]
    assert merkle.inclusion_ranges(6, 7) == [i, k]
    assert merkle.consistency_ranges(3, 7) == [leaves["c"], leaves["d"], g, m]
    assert merkle.consistency_ranges(4, 7) == [m]
    assert merkle.consistency_ranges(6, 7) == [i, leaves["j"], k]


@given(st.integers(1, 300))
def test_every_size_has_the_root_of_the_definition(size: int) -> None:
    hashes = some(size)

    assert Tree(hashes).root(size) == defined_root(hashes)


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_and_no_other_leaf_is(
    size: int, data: st.DataObject
) -> None:
    tree = Tree(some(size + 9))
    index = data.draw(st.integers(0, size - 1))
    proof = tree.all(merkle.inclusion_ranges(index, size))

    proved = merkle.root_from_proof(tree.nodes[0, index], index, size, proof)
    other = merkle.root_from_proof(b"x" * 32, index, size, proof)

    assert proved == tree.root(size)
    assert other != proved


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_log_that_grew_is_told_from_one_that_was_rewritten(a: int, b: int) -> None:
    first, second = sorted((a, b))
    tree, other = Tree(some(second)), Tree(some(second)[::-1])
    ranges = merkle.consistency_ranges(first, second) if first else []
    proof = tree.all(ranges)
    old, new = (first, tree.root(first)), (second, tree.root(second))

    assert merkle.grew(old, new, proof)
    for wrong in ([*proof, b"y" * 32], proof[:-1], [*proof[:-1], b"y" * 32]):
        assert merkle.grew(old, new, wrong) == (wrong == proof)
    if second > 1 and first:
        assert not merkle.grew(old, (second, other.root(second)), other.all(ranges))


@given(st.integers(0, 40), st.integers(0, 40), st.lists(st.binary(max_size=33)))
def test_garbage_proves_nothing(first: int, second: int, proof: list[bytes]) -> None:
    assert not merkle.grew((first, b"a" * 32), (second, b"b" * 32), proof)


def test_a_proof_of_another_length_is_refused() -> None:
    tree = Tree(HASHES)
    proof = tree.all(merkle.inclusion_ranges(3, 8))

    for wrong in (proof[:-1], [*proof, b"y" * 32]):
        with pytest.raises(ValueError, match="proof too"):
            merkle.root_from_proof(HASHES[3], 3, len(HASHES), wrong)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            merkle.inclusion_ranges(index, 8)
    for first in (0, 9):
        with pytest.raises(IndexError):
            merkle.consistency_ranges(first, 8)
