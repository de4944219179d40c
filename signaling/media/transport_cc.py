"""Transport-wide congestion control: numbers on packets, and reports of arrivals.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01. The browser does its
own estimate from the reports that we send; ours (``estimate.py``) reads the
reports that it sends.
"""

import struct
from collections.abc import Iterator, Mapping

URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
FORMAT = 15
"""RTPFB format of a report (section 3.1)."""
TICK_US = 250
REFERENCE_US = 64_000
MOST_PACKETS = 8192
"""Packets that one report may speak of; a real one has below 200."""
LONGEST_RUN = 0x1FFF
HEAD = struct.Struct("!BBHII")
_BODY = struct.Struct("!HHI")


class BadReport(Exception):
    """A report whose parts do not add up."""


def write_report(
    sender: int, media: int, count: int, arrivals: Mapping[int, int]
) -> bytes:
    """Return the RTCP packet that reports ``arrivals``.

    Args:
        sender: our SSRC.
        media: an SSRC of the peer's.
        count: number of this report, modulo 256.
        arrivals: unwrapped transport number -> microseconds; not empty.
    """
    first, last = min(arrivals), max(arrivals)
    reference = arrivals[first] // REFERENCE_US
    clock = reference * REFERENCE_US
    symbols = bytearray()
    deltas = bytearray()
    for number in range(first, last + 1):
        arrived = arrivals.get(number)
        if arrived is None:
            symbols.append(0)
            continue
        delta = (arrived - clock) // TICK_US
        clock += delta * TICK_US
        if 0 <= delta <= 255:
            symbols.append(1)
            deltas.append(delta)
        else:
            symbols.append(2)
            deltas += struct.pack("!h", max(-32768, min(32767, delta)))
    reference_and_count = (reference & 0xFFFFFF) << 8 | count & 0xFF
    body = _BODY.pack(first & 0xFFFF, len(symbols), reference_and_count)
    return _packet(sender, media, body + _chunks(bytes(symbols)) + bytes(deltas))


def _packet(sender: int, media: int, body: bytes) -> bytes:
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    first = 0x80 | (0x20 if padding else 0) | FORMAT
    return HEAD.pack(first, 205, 2 + len(body) // 4, sender, media) + body


def _chunks(symbols: bytes) -> bytes:
    """Return status chunks: runs where that is shorter, else seven at a time."""
    out = bytearray()
    place = 0
    while place < len(symbols):
        run = _run(symbols, place)
        if run >= 14:
            out += struct.pack("!H", symbols[place] << 13 | run)
            place += run
            continue
        bits = 0b11
        for symbol in symbols[place : place + 7].ljust(7, b"\0"):
            bits = bits << 2 | symbol
        out += struct.pack("!H", bits)
        place += 7
    return bytes(out)


def _run(symbols: bytes, place: int) -> int:
    end = place
    while end < len(symbols) and symbols[end] == symbols[place]:
        end += 1
    return min(end - place, LONGEST_RUN)


def read_report(packet: bytes) -> list[tuple[int, int | None]]:
    """Return (transport number, microseconds of arrival or ``None``) in order.

    The clock is the peer's; its origin is unknown and it wraps after 12 days.

    Raises:
        BadReport: too short, too long, or more packets than ``MOST_PACKETS``.
    """
    if len(packet) < HEAD.size + _BODY.size:
        raise BadReport("short")
    first, count, reference = _BODY.unpack_from(packet, HEAD.size)
    if count > MOST_PACKETS:
        raise BadReport("too many packets")
    place = HEAD.size + _BODY.size
    symbols: list[int] = []
    try:
        while len(symbols) < count:
            (chunk,) = struct.unpack_from("!H", packet, place)
            place += 2
            symbols += _symbols(chunk)
        times = _times(packet, place, symbols[:count], (reference >> 8) * REFERENCE_US)
        return [((first + i) & 0xFFFF, at) for i, at in enumerate(times)]
    except (struct.error, IndexError) as error:
        raise BadReport("cut off") from error


def _symbols(chunk: int) -> list[int]:
    if not chunk & 0x8000:
        return [chunk >> 13 & 3] * (chunk & LONGEST_RUN)
    if chunk & 0x4000:
        return [chunk >> shift & 3 for shift in range(12, -1, -2)]
    return [chunk >> shift & 1 for shift in range(13, -1, -1)]


def _times(
    packet: bytes, place: int, symbols: list[int], clock: int
) -> Iterator[int | None]:
    for symbol in symbols:
        if symbol == 1:
            clock += packet[place] * TICK_US
            place += 1
        elif symbol == 2:
            clock += struct.unpack_from("!h", packet, place)[0] * TICK_US
            place += 2
        else:
            yield None
            continue
        yield clock
