"""What the office revoked itself: read at the start, and once a minute after that."""

import asyncio
import logging
from contextlib import AsyncExitStack

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.signing.authority import Authority, open_authority
from casework.signing.notary import Notary
from casework.stores.sql_revoked import SqlRevokedStore
from signaling.engines import background
from signaling.settings import Settings

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks: how long a leaked certificate is still believed."""


async def open_keys(
    settings: Settings, engine: AsyncEngine, master: bytes
) -> Authority:
    """Return the embedded keys; one whose certificate was revoked is made anew."""
    held = await SqlRevokedStore(engine).all()
    gone = frozenset(one.serial for one in held)
    return open_authority(settings.data / "keys", master, settings.office, gone)


async def follow_revoked(
    notary: Notary, engine: AsyncEngine, closing: AsyncExitStack
) -> None:
    """Have ``notary`` know what was revoked, from now on."""
    store = SqlRevokedStore(engine)
    notary.revoked = await store.all()

    async def follow() -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                notary.revoked = await store.all()
            except Exception:
                log.exception("revocations not read")

    background(closing, follow())
