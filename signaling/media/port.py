"""The worker's UDP port as legs see it, and the two buffers that packets live in.

One process has one thread and works on one packet at a time, so one buffer to
receive into and one to send from are enough; nothing is allocated per packet.
"""

from typing import Protocol

from pylibsrtp import ffi  # type: ignore[attr-defined]  # the raw library

Address = tuple[str, int]
"""IP address and port."""

LARGEST_PACKET = 2048

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
