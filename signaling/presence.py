"""Which experts sit at their desks now, on whichever server they are signed in."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from protocol.ids import StaffId
from protocol.messages import ExpertsChanged
from protocol.states import Role
from protocol.views import StaffView
from signaling.bus import Bus
from signaling.policy import DEMO_STAFF, Act, Actor, may
from signaling.switchboard import DESKS, Switchboard, at_desk

log = logging.getLogger(__name__)

EXPERTS = "experts"
STAYS = 25.0
"""Seconds after which somebody whose server died counts as gone."""
SAID_EVERY = 10.0


class Presence:
    """Knows who can be asked into a call, and tells the desks."""

    def __init__(self, bus: Bus, board: Switchboard) -> None:
        self._bus = bus
        self._board = board

    @contextlib.asynccontextmanager
    async def of(self, actor: Actor) -> AsyncIterator[None]:
        """Count ``actor`` as present inside, if they can be asked into calls."""
        if not may(actor, Act.ADVISE):
            yield
            return
        await self._bus.here(EXPERTS, actor.id, STAYS)
        await self._tell()
        staying = asyncio.create_task(self._stay(actor.id))
        try:
            yield
        finally:
            staying.cancel()
            if not self._board.connected(at_desk(actor.id)):
                await self._bus.gone(EXPERTS, actor.id)
                await self._tell()

    async def experts(self) -> list[StaffView]:
        """Return the experts who are signed in and connected."""
        there = [DEMO_STAFF.get(name) for name in await self._bus.who(EXPERTS)]
        return [one.view() for one in there if one and one.role is Role.EXPERT]

    async def is_here(self, expert: StaffId) -> bool:
        """Return whether this expert could be asked now."""
        return any(one.id == expert for one in await self.experts())

    async def _stay(self, name: StaffId) -> None:
        while True:
            await asyncio.sleep(SAID_EVERY)
            try:
                await self._bus.here(EXPERTS, name, STAYS)
            except Exception:
                log.exception("presence not said; trying again")

    async def _tell(self) -> None:
        message = ExpertsChanged(experts=await self.experts())
        await self._board.send(DESKS, message)
