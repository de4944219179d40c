"""Checkpoints of the evidence log: signed, timestamped where there is a clock, kept.

``Checkpoints.make`` signs the tree's root at any size. A dossier ends with one; the
server makes one by itself whenever the log has grown.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.dossier_form import Keys
from casework.evidence import Checkpoint
from casework.log_ports import CheckpointStore, EvidenceLog, Kept
from casework.signing.time_reply import NoTime

log = logging.getLogger(__name__)

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
        time_roots: bytes = b"",
    ) -> None:
        self.log = log
        self.kept = kept
        self.stamps = stamp is not None
        self._stamp = stamp
        self._signer = signer
        public = signer.public_key().public_bytes_raw()
        self.keys = Keys(
            log=public.hex(), root=root_certificate.hex(), time=time_roots.hex()
        )

    async def make(self, size: int, now: float) -> Kept:
        """Return the checkpoint of the first ``size`` entries, made only once.

        Raises:
            NoTime: the time stamp authority does not answer; nothing was kept.
        """
        old = await self.kept.of_size(size)
        note = old.note if old else await self._note(size)
        if old and (old.token or self._stamp is None):
            return old
        token = b""
        if self._stamp is not None:
            digest = hashlib.sha256(note.encode()).digest()
            token = await asyncio.to_thread(self._stamp, digest)
        kept = await self._kept(Kept(size=size, at=now, note=note, token=token))
        # One that was kept while nobody gave the time stays as it is.
        return msgspec.structs.replace(kept, token=kept.token or token)

    async def newest(self, now: float) -> Kept | None:
        """Return a checkpoint of the whole log; ``None`` while it is empty.

        When nobody gives the time it has none: the witness must not wait for that.
        """
        size = await self.log.size()
        if not size:
            return None
        try:
            return await self.make(size, now)
        except NoTime:
            log.warning("checkpoint without a time stamp")
        return await self._kept(Kept(size=size, at=now, note=await self._note(size)))

    async def _note(self, size: int) -> str:
        [root] = await self.log.hashes([(0, size)])
        return Checkpoint(size, root).signed(self._signer)

    async def _kept(self, checkpoint: Kept) -> Kept:
        await self.kept.keep(checkpoint)
        made = await self.kept.of_size(checkpoint.size)
        assert made is not None, "just kept, by us or by another server"
        return made
