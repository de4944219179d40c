"""When recordings are swept: at the start of a recorder, then every hour."""

import asyncio
import logging

from casework.ports import Clock
from casework.retention import Retention

log = logging.getLogger(__name__)

EVERY = 3600.0


async def sweep_hourly(retention: Retention, clock: Clock) -> None:
    """Sweep until cancelled; a sweep that fails is tried again an hour later."""
    while True:
        try:
            gone = await retention.sweep(clock.now())
            log.info("recordings swept", extra={"deleted": len(gone)})
        except Exception:
            log.exception("recordings not swept")
        await asyncio.sleep(EVERY)
