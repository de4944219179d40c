"""How busy a worker is: what it tells its servers every second.

A worker has one thread. While that is late nothing is forwarded, so lateness is
the first thing to look at when people complain of the sound.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable

import msgspec

from protocol.ids import CallId
from signaling.media.control import WorkerLoad

TELL_EVERY = 1.0
PROBE_EVERY = 0.02
"""Seconds between measurements: 50 in a second, so one bad one is seen."""
SO_MEMINFO = 55
"""Linux: nine counters of a socket; the last one is what a full one dropped."""
_MEMINFO = struct.Struct("=9I")


class Counted(msgspec.Struct, frozen=True):
    """What a worker can count: calls and legs now; the rest since it began."""

    calls: list[CallId]
    legs: int
    packets: int
    drops: int


class LoopLag:
    """How late the loop ran what was due. Time is passed in."""

    def __init__(self) -> None:
        self._late: list[float] = []

    def measured(self, due: float, now: float) -> None:
        """Note that what was due at ``due`` ran at ``now``, in seconds."""
        self._late.append(max(0.0, now - due))

    def p99_ms(self) -> float:
        """Return the lateness that 99 of 100 stayed below, and begin anew."""
        late, self._late = sorted(self._late), []
        if not late:
            return 0.0
        return round(late[min(len(late) - 1, len(late) * 99 // 100)] * 1000, 3)


def socket_drops(opened: socket.socket) -> int:
    """Return how many datagrams the full socket lost; 0 where nobody counts."""
    try:
        raw = opened.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size)
        return int(_MEMINFO.unpack(raw)[-1])
    except (OSError, struct.error):
        return 0


async def report_load(
    count: Callable[[], Counted], tell: Callable[[WorkerLoad], None]
) -> None:
    """Tell the load every second until cancelled."""
    lag, began, before = LoopLag(), time.monotonic(), count()
    while True:
        due = time.monotonic() + PROBE_EVERY
        await asyncio.sleep(PROBE_EVERY)
        now = time.monotonic()
        lag.measured(due, now)
        if now - began < TELL_EVERY:
            continue
        counted = count()
        # A leg that went takes its packets with it: not a negative rate.
        packets = max(0, counted.packets - before.packets) / (now - began)
        tell(
            WorkerLoad(
                calls=counted.calls,
                legs=counted.legs,
                packets_per_second=round(packets, 1),
                lag_ms=lag.p99_ms(),
                drops=counted.drops,
            )
        )
        began, before = now, counted
