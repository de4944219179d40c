"""The worker's UDP port as legs see it, and the two buffers that packets live in.

One process has one thread and works on one packet at a time, so one buffer to
receive into and one to send from are enough; nothing is allocated per packet.
"""

import logging
import socket
from typing import Protocol

from pylibsrtp import ffi  # type: ignore[attr-defined]  # the raw library

log = logging.getLogger(__name__)

Address = tuple[str, int]
"""IP address and port."""

LARGEST_PACKET = 2048

SOCKET_BUFFER = 4 * 1024 * 1024
"""Bytes; the system's 200 KB hold only 90 packets while this process waits for CPU."""

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
    """Return a bound UDP socket with large buffers."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        opened.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
    got = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    if got < SOCKET_BUFFER:
        log.info(
            "socket buffer is small; raise net.core.rmem_max", extra={"bytes": got}
        )
    opened.bind((host, port))
    return opened


def own_address() -> str:
    """Return the address that other machines reach this one by, else loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # TEST-NET-2: no packet is sent
            address: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return address
