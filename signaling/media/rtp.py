"""RTP and RTCP bytes: the few things a forwarder has to look at.

Packets are looked at in place; nothing here allocates per packet unless it
returns new bytes.
"""

import struct
from collections.abc import Mapping

TRANSPORT_CC = (
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"

FIXED_HEADER = 12
"""Bytes before the contributing sources (RFC 3550 section 5.1)."""
ONE_BYTE_HEADERS = 0xBEDE
"""The profile of one-byte header extensions (RFC 8285 section 4.2)."""


class BadRtp(Exception):
    """A packet whose lengths do not add up."""


def payload_span(packet: bytes | memoryview) -> tuple[int, int]:
    """Return where the payload begins and ends.

    Raises:
        BadRtp: header, extension or padding are longer than the packet.
    """
    length = len(packet)
    if length < FIXED_HEADER:
        raise BadRtp("short")
    begin = FIXED_HEADER + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if begin + 4 > length:
            raise BadRtp("extension")
        begin += 4 + 4 * int.from_bytes(packet[begin + 2 : begin + 4], "big")
    end = length - (packet[length - 1] if packet[0] & 0x20 else 0)
    if begin > end:
        raise BadRtp("padding")
    return begin, end


def transport_number(packet: memoryview, extension: int) -> int | None:
    """Return the transport-wide sequence number, or ``None`` if there is none."""
    for number, place, size in _extensions(packet):
        if number == extension and size == 2:
            return packet[place] << 8 | packet[place + 1]
    return None


def blank_extensions(packet: memoryview) -> None:
    """Overwrite all header extensions with padding: receivers asked for none."""
    if not packet[0] & 0x10:
        return
    begin = FIXED_HEADER + 4 * (packet[0] & 0x0F)
    if begin + 4 > len(packet):
        return
    words = packet[begin + 2] << 8 | packet[begin + 3]
    end = min(begin + 4 + 4 * words, len(packet))
    packet[begin + 4 : end] = bytes(end - begin - 4)


def _extensions(packet: memoryview) -> list[tuple[int, int, int]]:
    """Return (id, place, size) of each one-byte extension; none if malformed."""
    if not packet[0] & 0x10:
        return []
    place = FIXED_HEADER + 4 * (packet[0] & 0x0F)
    if place + 4 > len(packet):
        return []
    profile, words = struct.unpack_from("!HH", packet, place)
    end = place + 4 + 4 * words
    if profile != ONE_BYTE_HEADERS or end > len(packet):
        return []
    found, place = [], place + 4
    while place < end:
        head = packet[place]
        if head == 0:
            place += 1
            continue
        size = (head & 0x0F) + 1
        if place + 1 + size > end:
            break
        found.append((head >> 4, place + 1, size))
        place += 1 + size
    return found


def unwrap(value: int, near: int, bits: int) -> int:
    """Return the number closest to ``near`` whose low ``bits`` are ``value``."""
    span = 1 << bits
    return near + (value - near + span // 2) % span - span // 2


def as_retransmission(packet: bytes, ssrc: int, kind: int, number: int) -> bytes:
    """Return ``packet`` wrapped for the RTX stream (RFC 4588 section 4)."""
    begin, _ = payload_span(packet)
    out = bytearray(packet[:begin] + packet[2:4] + packet[begin:])
    out[1] = out[1] & 0x80 | kind
    struct.pack_into("!H", out, 2, number)
    struct.pack_into("!I", out, 8, ssrc)
    return bytes(out)


def from_retransmission(packet: bytes, ssrc: int, kind: int) -> bytes | None:
    """Undo ``as_retransmission``; ``None`` for padding that only probes the line."""
    begin, end = payload_span(packet)
    if end - begin < 3:
        return None
    out = bytearray(packet[:begin] + packet[begin + 2 : end])
    out[0] &= ~0x20
    out[1] = out[1] & 0x80 | kind
    out[2:4] = packet[begin : begin + 2]
    struct.pack_into("!I", out, 8, ssrc)
    return bytes(out)


def transport_feedback(
    sender: int, media: int, count: int, arrivals: Mapping[int, int]
) -> bytes:
    """Return RTCP transport-wide feedback (RTPFB, FMT 15).

    Args:
        sender: our SSRC.
        media: an SSRC of the peer's.
        count: number of this feedback, modulo 256.
        arrivals: unwrapped transport sequence number -> microseconds; not empty.

    Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
    """
    first, last = min(arrivals), max(arrivals)
    reference = arrivals[first] // 64_000
    clock = reference * 64_000
    symbols: list[int] = []
    deltas = bytearray()
    for number in range(first, last + 1):
        arrived = arrivals.get(number)
        if arrived is None:
            symbols.append(0)
            continue
        delta = (arrived - clock) // 250
        clock += delta * 250
        if 0 <= delta <= 255:
            symbols.append(1)
            deltas.append(delta)
        else:
            symbols.append(2)
            deltas += struct.pack("!h", max(-32768, min(32767, delta)))
    chunks = bytearray()
    for begin in range(0, len(symbols), 7):
        seven = (symbols[begin : begin + 7] + [0] * 7)[:7]
        bits = 0
        for symbol in seven:
            bits = bits << 2 | symbol
        chunks += struct.pack("!H", 0xC000 | bits)
    body = struct.pack(
        "!HHI",
        first & 0xFFFF,
        last - first + 1,
        (reference & 0xFFFFFF) << 8 | count & 0xFF,
    )
    body += bytes(chunks) + bytes(deltas)
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    head = 0x80 | (0x20 if padding else 0) | 15
    words = 2 + len(body) // 4
    return struct.pack("!BBHII", head, 205, words, sender, media) + body
