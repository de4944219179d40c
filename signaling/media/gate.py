"""The one UDP port of a worker, and who is let in.

What happens to a packet: ``_on_readable`` takes it off the socket and looks at
its first byte (RFC 7983). STUN goes to ``_on_stun``, which is how an address
becomes known. DTLS from unknown addresses is dropped; media from them is believed
only if the key of a leg made it (``_latch``). What is left goes to its leg
(``leg.py``), which decrypts it.
"""

import asyncio
import socket
import time
from collections.abc import Sequence

from casework.allowance import Allowance
from signaling.media.lag import socket_drops
from signaling.media.leg import Credentials, Peer
from signaling.media.port import RTP_VIEW, Address, open_socket
from signaling.media.stun import answer_check, peek_ufrag, read_check

BATCH = 64
"""Packets read before other work gets a turn."""
EACH_HOST = 200.0
"""Checks per second of one host: a hundred terminals behind one NAT need 80."""
LARGEST_READ = 1600
"""Bytes; a larger datagram is cut, and its authentication fails."""


class Gate:
    """The sockets of one worker and the legs that may be reached through them."""

    def __init__(self, hosts: Sequence[str], port: int) -> None:
        """Listen on ``port`` of each of ``hosts``; 0 chooses one for all of them."""
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._by_ssrc: dict[int, Peer] = {}
        self._hosts = Allowance(burst=2 * EACH_HOST, per_second=EACH_HOST)
        self._sockets: dict[int, socket.socket] = {}
        for host in hosts:
            opened = open_socket(host, port)
            port = opened.getsockname()[1]
            self._sockets[len(opened.getsockname())] = opened
        self.addresses: tuple[Address, ...] = tuple((host, port) for host in hosts)
        """Where peers reach us."""
        self.packets = 0
        """Everything that came in since the worker began."""
        self.unsent = 0
        """What a full socket did not take."""

    def start(self) -> None:
        """Begin to receive on the running loop."""
        for one in self._sockets.values():
            loop = asyncio.get_running_loop()
            loop.add_reader(one.fileno(), self._on_readable, one)

    def stop(self) -> None:
        """Receive nothing more."""
        for one in self._sockets.values():
            asyncio.get_running_loop().remove_reader(one.fileno())
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        for one in self._sockets.values():
            one.close()

    def drops(self) -> int:
        """Return how many datagrams were lost because a socket was full."""
        return sum(socket_drops(one) for one in self._sockets.values())

    # Legs

    @property
    def pending(self) -> int:
        """How many legs have not finished their handshake."""
        return sum(not leg.ready for leg in self._by_ufrag.values())

    def admit(self, leg: Peer) -> Credentials:
        """Let ``leg`` in under fresh credentials."""
        before = list(leg.credentials)
        pair = leg.new_credentials()
        self._forget_replaced(before, leg.credentials)
        self._by_ufrag[pair.ufrag] = leg
        return pair

    def expect(self, leg: Peer) -> None:
        """Find ``leg`` by its sources too, should its address change."""
        self._by_ssrc.update(dict.fromkeys(leg.uplink.by_ssrc, leg))

    def forget(self, leg: Peer) -> None:
        """Let nothing of ``leg`` in any more."""
        self._forget_replaced(leg.credentials, [])
        for address in leg.addresses:
            if self._by_address.get(address) is leg:
                del self._by_address[address]
        for ssrc in leg.uplink.by_ssrc:
            if self._by_ssrc.get(ssrc) is leg:
                del self._by_ssrc[ssrc]

    def _forget_replaced(
        self, before: list[Credentials], now: list[Credentials]
    ) -> None:
        for pair in before:
            if pair not in now:
                self._by_ufrag.pop(pair.ufrag, None)

    # Packets

    def send(self, data: bytes | memoryview, to: Address) -> None:
        """Send one datagram; a full socket drops it, as a network would."""
        try:
            self._sockets[len(to)].sendto(data, to)
        except OSError:
            self.unsent += 1

    def _on_readable(self, one: socket.socket) -> None:
        receive, known = one.recvfrom_into, self._by_address
        for _ in range(BATCH):
            try:
                size, address = receive(RTP_VIEW, LARGEST_READ)
            except BlockingIOError:
                return
            except OSError:
                continue
            self.packets += 1
            first = RTP_VIEW[0]
            leg = known.get(address)
            if leg is None:
                self._on_stranger(size, address, first)
            elif 127 < first < 192:
                leg.on_media(size)
            elif first < 4:
                self._on_stun(bytes(RTP_VIEW[:size]), address)
            elif 19 < first < 64:
                leg.on_dtls(bytes(RTP_VIEW[:size]))

    def _on_stranger(self, size: int, address: Address, first: int) -> None:
        """Take a datagram from where nobody proved to be (RFC 8445 section 7.3)."""
        if 127 < first < 192 and size > 12:
            self._latch(size, address)
        elif first < 4:
            self._on_stun(bytes(RTP_VIEW[:size]), address)

    def _latch(self, size: int, address: Address) -> None:
        """Media from a new address: a NAT gave its leg another one, if the key fits."""
        leg = self._by_ssrc.get(int.from_bytes(RTP_VIEW[8:12], "big"))
        if leg is None or not self._may_ask(address):
            return
        if leg.on_media(size):
            leg.address = address
            self._known(leg, address, leg.known_at(address))

    def _known(self, leg: Peer, address: Address, forget: list[Address]) -> None:
        for old in forget:
            if self._by_address.get(old) is leg:
                del self._by_address[old]
        self._by_address[address] = leg

    def _may_ask(self, address: Address) -> bool:
        """Whether something that costs time to verify is looked at."""
        return self._hosts.take(address[0], 1, time.monotonic()) == 1

    def _on_stun(self, data: bytes, address: Address) -> None:
        ufrag = peek_ufrag(data)
        leg = self._by_ufrag.get(ufrag) if ufrag else None
        # Who does not know a name that only the peer was told costs nothing, and
        # cannot use up what the host whose address it forges may ask.
        if leg is None or not self._may_ask(address):
            return
        check = read_check(data)
        if check is None:
            return
        response = answer_check(check, address, leg.password_of(check.ufrag))
        if response is None:
            return
        self.send(response, address)
        before = list(leg.credentials)
        forget = leg.checked(address, check.ufrag, nominated=check.nominated)
        self._forget_replaced(before, leg.credentials)
        self._known(leg, address, forget)
