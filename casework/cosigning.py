"""Asks witnesses on other machines to cosign checkpoints.

A witness that is away is a warning, never a stop: the dossier then says which ones
cosigned it. One that has seen another log is an alarm.
"""

import asyncio
import logging
from collections.abc import Sequence

from casework import merkle
from casework.checkpoints import Checkpoints
from casework.cosignature import WitnessKey, read_cosignature
from casework.errors import CaseworkError, LogForked, WitnessIsAt
from casework.log_ports import CosignatureStore, Cosigner, Kept

log = logging.getLogger(__name__)


class Cosigning:
    """Knows how far each witness has got, and what it signed."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        kept: CosignatureStore,
        cosigners: Sequence[Cosigner],
    ) -> None:
        self._checkpoints = checkpoints
        self._kept = kept
        self._cosigners = {one.key: one for one in cosigners}

    async def round(self, now: float) -> dict[WitnessKey, str]:
        """Have the newest checkpoint cosigned; return what was answered, by whom."""
        if not self._cosigners:
            return {}
        newest = await self._checkpoints.newest(now)
        return await self.ask(newest, self._cosigners) if newest else {}

    async def lines(self, size: int) -> list[str]:
        """Return the cosignatures that there are of the checkpoint of ``size``."""
        found = [await self._kept.line(size, key) for key in self._cosigners]
        return [line for line in found if line is not None]

    async def ask(
        self, checkpoint: Kept, keys: Sequence[WitnessKey] | dict[WitnessKey, Cosigner]
    ) -> dict[WitnessKey, str]:
        """Return the cosignatures of ``checkpoint`` that ``keys`` gave just now."""
        listed = list(keys)
        lines = await asyncio.gather(*(self._line(checkpoint, key) for key in listed))
        answered = zip(listed, lines, strict=True)
        return {key: line for key, line in answered if line is not None}

    async def _line(self, checkpoint: Kept, key: WitnessKey) -> str | None:
        try:
            if line := await self._kept.line(checkpoint.size, key):
                return line
            line = await self._asked(checkpoint, self._cosigners[key])
            read_cosignature(line, checkpoint.note, key)
            await self._kept.keep(checkpoint.size, key, line)
        except LogForked:
            log.critical("a witness has seen another log", extra={"witness": key.name})
        except (OSError, CaseworkError) as error:
            reason = type(error).__name__
            log.warning("not cosigned: %s", reason, extra={"witness": key.name})
        else:
            return line
        return None

    async def _asked(self, checkpoint: Kept, cosigner: Cosigner) -> str:
        before = await self._kept.last(cosigner.key)
        try:
            return await self._sent(checkpoint, cosigner, min(before, checkpoint.size))
        except WitnessIsAt as known:
            # It knows best; what it cosigned must be the beginning of what we have.
            if known.size > checkpoint.size:
                if known.size > await self._checkpoints.log.size():
                    raise LogForked("the witness has seen more") from None
                raise
            return await self._sent(checkpoint, cosigner, known.size)

    async def _sent(self, checkpoint: Kept, cosigner: Cosigner, old: int) -> str:
        between = 0 < old < checkpoint.size
        ranges = merkle.consistency_ranges(old, checkpoint.size) if between else []
        proof = await self._checkpoints.log.hashes(ranges)
        return await cosigner.cosign(old, proof, checkpoint.note)
