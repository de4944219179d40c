"""Who is connected here, and how a message finds them on whichever server."""

import asyncio
import logging

import msgspec

from protocol.ids import StaffId, TerminalId
from protocol.parts import Message
from signaling.bus import Bus, Letter
from signaling.link import Link

log = logging.getLogger(__name__)

DESKS = "desks"
"""The address of every desk at once."""


def at_terminal(terminal: TerminalId) -> str:
    """Return the address of a terminal."""
    return f"terminal {terminal}"


def at_desk(staff: StaffId) -> str:
    """Return the address of somebody's desk."""
    return f"desk {staff}"


def at_approvers(office: str) -> str:
    """Return the address of everybody who decides for ``office``."""
    return f"approvers {office}"


def at_supervisors(office: str) -> str:
    """Return the address of everybody who watches over the calls of ``office``."""
    return f"supervisors {office}"


class Switchboard:
    """Delivers letters from the bus to the links of this server."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._links: dict[str, set[Link]] = {}

    async def send(self, to: str, message: Message) -> None:
        """Send ``message`` to whoever is connected as ``to``, anywhere."""
        body = msgspec.json.encode(message).decode()
        await self._bus.publish(Letter(to=to, body=body))

    def connect(self, link: Link, *addresses: str) -> None:
        """Deliver letters for ``addresses`` to ``link`` from now on."""
        for address in addresses:
            self._links.setdefault(address, set()).add(link)

    def disconnect(self, link: Link) -> None:
        """Stop delivering to ``link``."""
        for links in self._links.values():
            links.discard(link)

    def connected(self, address: str) -> bool:
        """Return whether anybody is connected here as ``address``."""
        return bool(self._links.get(address))

    async def run(self) -> None:
        """Deliver until cancelled."""
        async for letter in self._bus.listen():
            for link in self._links.get(letter.to, ()):
                link.send_text(letter.body)


async def keep_running(board: Switchboard) -> None:
    """Run the switchboard; whatever goes wrong, begin again."""
    while True:
        try:
            await board.run()
        except Exception:
            log.exception("switchboard failed")
            await asyncio.sleep(0.5)
