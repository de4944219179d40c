"""What a witness does: it cosigns a log that only grows, and refuses any other.

Requests and answers are those of C2SP ``tlog-witness``. One book may watch the logs
of several offices; each is known by its public key.
"""

import asyncio
import base64
import re
from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework import merkle
from casework.cosignature import WitnessKey, cosign
from casework.errors import LogForked, Unreadable
from casework.evidence import ORIGIN, Checkpoint, read_checkpoint
from casework.log_ports import Witness
from casework.ports import Clock

LARGEST: Final = 16_384
"""Bytes of a request: 63 hashes and a checkpoint are a quarter of this."""
MOST_HASHES: Final = 63
_SIZE: Final = re.compile(r"old (0|[1-9][0-9]{0,14})")
SIZE_TYPE: Final = "text/x.tlog.size"


class Answer(msgspec.Struct, frozen=True):
    """An HTTP status and what is said with it."""

    status: int
    body: str = ""
    media_type: str = "text/plain"


class Submitted(msgspec.Struct, frozen=True):
    """What a log asks to have cosigned. ``old`` is the size it grew from."""

    old: int
    proof: list[bytes]
    note: str


def read_submission(body: bytes) -> Submitted:
    """Return what ``body`` asks for; raises ``Unreadable``."""
    try:
        head, _, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except ValueError as error:
        raise Unreadable("submission") from error
    size = _SIZE.fullmatch(first)
    odd = any(len(one) != len(merkle.EMPTY) for one in proof)
    if len(body) > LARGEST or not size or odd or len(proof) > MOST_HASHES:
        raise Unreadable("submission")
    return Submitted(int(size[1]), proof, note)


class WitnessBook:
    """Remembers the newest checkpoint of each log that it watches."""

    def __init__(
        self,
        logs: Mapping[bytes, Witness],
        name: str,
        signer: Ed25519PrivateKey,
        clock: Clock,
    ) -> None:
        """Watch ``logs``: where each one's checkpoints are kept, by its public key."""
        self._logs = logs
        self._signer = signer
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.key = WitnessKey(name, signer.public_key().public_bytes_raw())

    async def add(self, body: bytes) -> Answer:
        """Cosign what ``body`` submits, or say why not; once cosigned it is kept."""
        try:
            wanted = read_submission(body)
        except Unreadable:
            return Answer(400)
        if wanted.note.partition("\n")[0] != ORIGIN:
            return Answer(404)
        for public, kept in self._logs.items():
            try:
                new = read_checkpoint(wanted.note, public)
            except Unreadable:
                continue
            async with self._one_at_a_time:
                return await self._judged(wanted, new, kept, public)
        return Answer(403)

    async def _judged(
        self, wanted: Submitted, new: Checkpoint, kept: Witness, public: bytes
    ) -> Answer:
        if wanted.old > new.size:
            return Answer(400)
        note = await kept.latest()
        old = read_checkpoint(note, public) if note else Checkpoint(0, merkle.EMPTY)
        other = new.size == old.size and new.root != old.root
        if wanted.old != old.size or other:
            return Answer(409, f"{old.size}\n", SIZE_TYPE)
        try:
            await kept.keep(wanted.note, wanted.proof)
        except LogForked:
            return Answer(422)
        at = int(self._clock.now())
        return Answer(200, cosign(wanted.note, self.key.name, self._signer, at) + "\n")
