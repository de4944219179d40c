"""All media workers of this machine: where a call is placed, and who is told.

A call stays on one worker for its life, because media never travels between
workers. When that worker dies, the next leg that is offered places the call
anew, and the others follow it there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.control import DropLeg, SetVoice
from signaling.media_link import SILENT, MediaLink, MediaUnavailable, News
from signaling.turn import Relays

log = logging.getLogger(__name__)

PACKETS_OF_A_CALL = 500.0
"""Packets per second that a call with two cameras and a document camera comes to."""
LATE_MS = 50.0
"""A loop that runs so late already costs sound: new calls go elsewhere."""


class MediaPool:
    """Asks the worker that holds a call, and places the calls that none holds."""

    def __init__(
        self, controls: Sequence[Path], relays: Relays, silent: float = SILENT
    ) -> None:
        """``controls``: the unix socket of each worker.

        ``relays`` lead legs to the workers where nothing else does.
        ``silent``: seconds without a word after which one counts as dead.
        """
        self.relays = relays
        self.links = [MediaLink(control, silent) for control in controls]

    @property
    def connected(self) -> bool:
        """Whether at least one worker answers."""
        return any(link.connected for link in self.links)

    async def add_leg(self, call: CallId, leg: Leg, sdp: str, key: bytes) -> str:
        """Connect a leg where its call is, or where there is most room.

        Raises:
            MediaRefused: the offer cannot be used.
            MediaUnavailable: no worker answers.
        """
        return await self._place(call).add_leg(call, leg, sdp, key)

    def set_voice(self, call: CallId, leg: Leg, to: list[Leg]) -> None:
        """Let a leg be heard by those legs only."""
        if holder := self._holder(call):
            holder.tell(SetVoice(call=call, leg=leg, to=to))

    def drop_leg(self, call: CallId, leg: Leg) -> None:
        """Close one leg of a call."""
        if holder := self._holder(call):
            holder.tell(DropLeg(call=call, leg=leg))

    def end_call(self, call: CallId) -> None:
        """Close a call's legs. If its worker died, another completes its journals."""
        link = self._holder(call) or self._roomiest()
        if link is not None:
            link.end_call(call)

    async def run(
        self,
        heard: Callable[[News], Awaitable[None]],
        lost: Callable[[frozenset[CallId]], Awaitable[None]],
    ) -> None:
        """Keep every connection up until cancelled; see ``MediaLink.run``."""
        async with asyncio.TaskGroup() as links:
            for link in self.links:
                links.create_task(link.run(heard, lost))

    def _holder(self, call: CallId) -> MediaLink | None:
        return next((link for link in self.links if call in link.calls), None)

    def _roomiest(self) -> MediaLink | None:
        there = [link for link in self.links if link.connected]
        return min(there, key=_burden, default=None)

    def _place(self, call: CallId) -> MediaLink:
        if holder := self._holder(call):
            return holder
        link = self._roomiest()
        if link is None:
            raise MediaUnavailable("no worker")
        log.info("call placed", extra={"worker": self.links.index(link)})
        return link


def _burden(link: MediaLink) -> tuple[bool, float]:
    """Return what to compare workers by; less is better."""
    # A call that was placed a moment ago sends nothing yet: it counts in full.
    expected = PACKETS_OF_A_CALL * len(link.calls)
    if link.load is None:
        return False, expected
    return link.load.lag_ms > LATE_MS, max(link.load.packets_per_second, expected)
