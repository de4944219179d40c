"""Checkpoints of the evidence log: signed, timestamped where there is a clock, kept.

``Checkpoints.make`` signs the tree's root at any size. A dossier ends with one; the
server makes one by itself whenever the log has grown.
"""

import asyncio
import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.dossier_form import Keys
from casework.evidence import Checkpoint
from casework.log_ports import CheckpointStore, EvidenceLog, Kept

Stamp = Callable[[bytes], bytes]
"""Returns a timestamp token (RFC 3161, DER) for a SHA-256; may take seconds."""


class Checkpoints:
    """Signs what the log is."""

    def __init__(
        self,
        log: EvidenceLog,
        kept: CheckpointStore,
        signer: Ed25519PrivateKey,
        root_certificate: bytes,
        stamp: Stamp | None = None,
    ) -> None:
        self.log = log
        self.kept = kept
        self.stamps = stamp is not None
        self._stamp = stamp
        self._signer = signer
        public = signer.public_key().public_bytes_raw()
        self.keys = Keys(log=public.hex(), root=root_certificate.hex())

    async def make(self, size: int, now: float) -> Kept:
        """Return the checkpoint of the first ``size`` entries, made only once."""
        if old := await self.kept.of_size(size):
            return old
        [root] = await self.log.hashes([(0, size)])
        note = Checkpoint(size, root).signed(self._signer)
        token = b""
        if self._stamp is not None:
            digest = hashlib.sha256(note.encode()).digest()
            token = await asyncio.to_thread(self._stamp, digest)
        await self.kept.keep(Kept(size=size, at=now, note=note, token=token))
        made = await self.kept.of_size(size)
        assert made is not None, "just kept, by us or by another server"
        return made

    async def newest(self, now: float) -> Kept | None:
        """Return a checkpoint of the whole log; ``None`` while it is empty."""
        size = await self.log.size()
        return await self.make(size, now) if size else None
