"""What every witness promises; each implementation's test inherits it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework import merkle
from casework.errors import LogForked, Unreadable
from casework.evidence import Checkpoint
from casework.log_ports import Witness

KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(9)]


def tree(leaves: list[bytes]) -> dict[merkle.Node, bytes]:
    nodes: dict[merkle.Node, bytes] = {}
    for index, leaf in enumerate(leaves):
        nodes |= merkle.completed_nodes(index, leaf, nodes)
    return nodes


NODES = tree(LEAVES)


def note(size: int, leaves: list[bytes] = LEAVES) -> str:
    return Checkpoint(size, merkle.hash_of((0, size), tree(leaves))).signed(KEY)


def proof(first: int, second: int) -> list[bytes]:
    ranges = merkle.consistency_ranges(first, second)
    return [merkle.hash_of(one, NODES) for one in ranges]


class WitnessRules:
    """Tests of a ``Witness`` of the log of ``KEY``."""

    async def test_has_nothing_at_first(self, witness: Witness) -> None:
        assert await witness.latest() is None

    async def test_keeps_what_continues(self, witness: Witness) -> None:
        await witness.keep(note(3), [])
        await witness.keep(note(7), proof(3, 7))

        assert await witness.latest() == note(7)

    async def test_the_same_again_is_the_same(self, witness: Witness) -> None:
        for _ in range(2):
            await witness.keep(note(3), [])

        assert await witness.latest() == note(3)

    async def test_refuses_another_past(self, witness: Witness) -> None:
        await witness.keep(note(3), [])
        other = note(7, LEAVES[::-1])

        for shown in ([], proof(3, 7)):
            with pytest.raises(LogForked):
                await witness.keep(other, shown)
        assert await witness.latest() == note(3)

    async def test_refuses_a_log_that_was_cut(self, witness: Witness) -> None:
        await witness.keep(note(7), [])

        with pytest.raises(LogForked):
            await witness.keep(note(3), [])

    async def test_refuses_what_the_log_did_not_sign(self, witness: Witness) -> None:
        forged = Checkpoint(3, b"r" * 32).signed(Ed25519PrivateKey.generate())

        with pytest.raises(Unreadable):
            await witness.keep(forged, [])
