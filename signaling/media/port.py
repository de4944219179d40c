"""The worker's UDP port as legs see it, and the two buffers that packets live in.

One process has one thread and works on one packet at a time, so one buffer to
receive into and one to send from are enough; nothing is allocated per packet.
"""

import errno
import logging
import socket
import sys
from typing import Protocol

from pylibsrtp import ffi  # type: ignore[attr-defined]  # the raw library

log = logging.getLogger(__name__)

Address = tuple[str, int] | tuple[str, int, int, int]
"""IP address and port as the socket gives them; IPv6 has two numbers more."""

LARGEST_PACKET = 2048

SOCKET_BUFFER = 4 * 1024 * 1024
"""Bytes; the system's 200 KB hold only 90 packets while this process waits for CPU."""

LINUX = sys.platform == "linux"
BUFFERS = (
    (socket.SO_RCVBUF, 33 if LINUX else socket.SO_RCVBUF),
    (socket.SO_SNDBUF, 32 if LINUX else socket.SO_SNDBUF),
)
"""Each with its SO_..FORCE of Linux: past the system's limit, for those who may."""

RTP_BUFFER = ffi.new(f"char[{LARGEST_PACKET}]")
"""The packet that is being received; decrypted in place."""
RTP_VIEW = memoryview(ffi.buffer(RTP_BUFFER)).cast("B")
COPY_BUFFER = ffi.new(f"char[{LARGEST_PACKET}]")
"""The packet that is being sent; encrypted in place."""
COPY_VIEW = memoryview(ffi.buffer(COPY_BUFFER)).cast("B")
LENGTH = ffi.new("int *")


class Port(Protocol):
    """The worker's one UDP port, as a leg sees it."""

    def send(self, data: bytes | memoryview, to: Address) -> None:
        """Send one datagram; a full socket drops it."""
        ...


def open_socket(host: str, port: int) -> socket.socket:
    """Return a UDP socket with large buffers, bound to an IPv4 or IPv6 address.

    An address that this machine does not have (it stands behind a one-to-one NAT)
    is only told to peers; the socket then listens on every address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    for option, forced in BUFFERS:
        try:
            opened.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BUFFER)
        except OSError:
            opened.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
    got = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    if got < SOCKET_BUFFER:
        log.warning(
            "socket buffer is small; raise net.core.rmem_max", extra={"bytes": got}
        )
    try:
        opened.bind((host, port))
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            opened.close()
            raise
        opened.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))  # noqa: S104  # see above
    return opened


def own_address() -> str:
    """Return the address that other machines reach this one by, else loopback."""
    return _towards(socket.AF_INET, "198.51.100.1") or "127.0.0.1"


def own_addresses() -> list[str]:
    """Return the IPv4 address of this machine and its IPv6 address, if it has one."""
    sixth = _towards(socket.AF_INET6, "2001:db8::1")
    return [own_address(), *([sixth] if sixth else [])]


def _towards(family: int, documentation: str) -> str:
    """Return our address on the way to one of TEST-NET-2 or 2001:db8::/32."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((documentation, 9))  # no packet is sent
            address: str = probe.getsockname()[0]
    except OSError:
        return ""
    return "" if address.startswith("fe80") else address
