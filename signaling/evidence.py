"""The server's side of the evidence log: checkpoints, their witness, dossiers."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Coroutine

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.case_retention import CaseRetention
from casework.cases import Cases
from casework.checkpoints import Checkpoints
from casework.cosigning import Cosigning
from casework.dossier import Dossiers
from casework.guard import Guard
from casework.ports import Clock
from casework.retention import Shelf
from casework.session_files import Sessions
from casework.signing.authority import Authority
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_case_shelf import SqlCaseShelf
from casework.stores.sql_cosignatures import SqlCosignatureStore
from casework.stores.sql_log import SqlCheckpointStore
from casework.stores.witness import ObjectWitness
from casework.witnessing import Witnessing
from signaling.cosigner import read_cosigners
from signaling.settings import Settings

log = logging.getLogger(__name__)

RETRY_AT_MOST = 60.0
"""Seconds until a witness that did not answer is asked again."""
SWEEP_EVERY = 3600.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Dossiers, and the checkpoints that prove them."""

    dossiers: Dossiers
    checkpoints: Checkpoints
    witnessing: Witnessing
    cosigning: Cosigning
    retention: CaseRetention
    clock: Clock
    every: float

    async def run(self) -> None:
        """Have the log witnessed every ``every`` seconds, until cancelled.

        Every hour, cases whose time is up are deleted.
        """
        swept = -SWEEP_EVERY
        while True:
            done = await _to_its_end(self._round())
            if time.monotonic() - swept >= SWEEP_EVERY:
                await _to_its_end(self._sweep())
                swept = time.monotonic()
            await asyncio.sleep(self.every if done else min(self.every, RETRY_AT_MOST))

    async def _round(self) -> bool:
        try:
            done = await self.witnessing.round(self.clock.now())
            await self.cosigning.round(self.clock.now())
            return done
        except Exception:
            # Whatever it is: the server goes on, and the guard's time runs.
            log.exception("no checkpoint")
            return False

    async def _sweep(self) -> bool:
        try:
            gone = await self.retention.sweep(self.clock.now())
        except Exception:
            log.exception("cases not swept")
            return False
        log.info("cases swept", extra={"deleted": len(gone)})
        return True


async def _to_its_end(work: Coroutine[None, None, bool]) -> bool:
    """Await ``work`` whole: cut off, it would leave a connection behind."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


def open_evidence(
    settings: Settings,
    engine: AsyncEngine,
    store: SqlCaseStore,
    cases: Cases,
    shelf: Shelf,
    authority: Authority,
) -> Evidence:
    """Return what proves the cases in ``store``."""
    clock, signer = cases.clock, authority.log_signer()
    store.guard = Guard(settings.evidence_hours * 3600)
    if not settings.witness_url:
        log.warning("checkpoints are witnessed in a folder of this machine only")
    public = signer.public_key().public_bytes_raw()
    witness = ObjectWitness(settings.witness, public)
    kept = SqlCheckpointStore(engine)
    notary = cases.papers.notary
    roots, clocks = map(b"".join, (notary.trust.roots, notary.trust.time_roots))
    stamp = notary.timestamp
    checkpoints = Checkpoints(store.log, kept, signer, roots, stamp, clocks)
    kept_lines = SqlCosignatureStore(engine)
    cosigning = Cosigning(checkpoints, kept_lines, read_cosigners(settings.witnesses))
    dossiers = Dossiers(cases, Sessions(shelf), checkpoints, cosigning)
    kept_cases = SqlCaseShelf(engine, store)
    return Evidence(
        dossiers=dossiers,
        checkpoints=checkpoints,
        cosigning=cosigning,
        witnessing=Witnessing(checkpoints, witness, store.guard),
        retention=CaseRetention(kept_cases, shelf, cases.items, dossiers),
        clock=clock,
        every=settings.checkpoint_seconds,
    )
