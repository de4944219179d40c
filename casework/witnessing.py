"""Hands the log's checkpoints to its witness, and knows how far it has got."""

import logging

from casework import merkle
from casework.checkpoints import Checkpoints
from casework.errors import CaseworkError, LogForked
from casework.evidence import Checkpoint, read_checkpoint, read_leaf
from casework.guard import Guard
from casework.log_ports import Witness

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Checkpoints handed over in one round; the next round goes on."""


class Witnessing:
    """Makes a checkpoint whenever the log has grown, and has it witnessed."""

    def __init__(
        self, checkpoints: Checkpoints, witness: Witness, guard: Guard
    ) -> None:
        self._checkpoints = checkpoints
        self._witness = witness
        self._guard = guard

    async def round(self, now: float) -> bool:
        """Hand over what the witness lacks; return whether it has everything.

        Whatever fails is logged and tried again in the next round; the guard is
        told since when.
        """
        try:
            await self._checkpoints.newest(now)
            await self._hand_over(now)
        except LogForked:
            log.critical("the evidence log is not what its witness has seen")
        except (OSError, CaseworkError) as error:
            log.warning("checkpoint not witnessed: %s", type(error).__name__)
        since = await self._since()
        self._guard.told(since)
        return since is None

    async def _hand_over(self, now: float) -> None:
        newest = await self._witness.latest()
        seen = self._read(newest) if newest else Checkpoint(0, merkle.EMPTY)
        kept = self._checkpoints.kept
        for one in await kept.after(seen.size, AT_ONCE):
            ranges = merkle.consistency_ranges(seen.size, one.size) if seen.size else []
            proof = await self._checkpoints.log.hashes(ranges)
            await self._witness.keep(one.note, proof)
            seen = self._read(one.note)
        if seen.size:
            await self._require_ours(seen)
            await kept.witnessed(seen.size, now)

    def _read(self, note: str) -> Checkpoint:
        return read_checkpoint(note, bytes.fromhex(self._checkpoints.keys.log))

    async def _require_ours(self, seen: Checkpoint) -> None:
        """What the witness has last must be in our log: else ours was put back."""
        log_size = await self._checkpoints.log.size()
        if seen.size > log_size:
            raise LogForked("the witness has seen more")
        [root] = await self._checkpoints.log.hashes([(0, seen.size)])
        if root != seen.root:
            raise LogForked("another root")

    async def _since(self) -> float | None:
        """Return when the oldest entry was made that has no witness."""
        there = await self._checkpoints.kept.last_witnessed()
        if await self._checkpoints.log.size() <= there:
            return None
        try:
            return read_leaf(await self._checkpoints.log.leaf(there)).at
        except CaseworkError:
            return 0.0  # of before leaves were salted
