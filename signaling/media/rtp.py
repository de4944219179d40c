"""RTP and RTCP bytes: the few things a forwarder has to look at.

Packets are looked at in place.
"""

import struct

from signaling.media import transport_cc

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"

FIXED_HEADER = 12
"""Bytes before the contributing sources (RFC 3550 section 5.1)."""
ONE_BYTE_HEADERS = 0xBEDE
"""The profile of one-byte header extensions (RFC 8285 section 4.2)."""


class BadRtp(Exception):
    """A packet whose lengths do not add up."""


def payload_span(packet: bytes | memoryview, length: int) -> tuple[int, int]:
    """Return where the payload of the first ``length`` bytes begins and ends.

    Raises:
        BadRtp: header, extension or padding are longer than the packet.
    """
    if length < FIXED_HEADER:
        raise BadRtp("short")
    first = packet[0]
    begin = FIXED_HEADER + 4 * (first & 0x0F)
    if first & 0x10:
        if begin + 4 > length:
            raise BadRtp("extension")
        begin += 4 + 4 * (packet[begin + 2] << 8 | packet[begin + 3])
    end = length - (packet[length - 1] if first & 0x20 else 0)
    if begin > end:
        raise BadRtp("padding")
    return begin, end


def transport_number(packet: memoryview, extension: int) -> int | None:
    """Return the transport-wide sequence number, or ``None`` if there is none."""
    for number, place, size in _extensions(packet):
        if number == extension and size == 2:
            return packet[place] << 8 | packet[place + 1]
    return None


def without_extensions(packet: memoryview, begin: int, end: int) -> bytes:
    """Return fixed header and payload; receivers get extensions of their own.

    ``packet`` is changed: its payload, from ``begin`` to ``end``, moves up.
    """
    size = FIXED_HEADER + end - begin
    if begin != FIXED_HEADER:
        packet[FIXED_HEADER:size] = packet[begin:end]
    packet[0] = 0x80
    return bytes(packet[:size])


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


def split_reports(compound: bytes) -> tuple[list[bytes], bytes]:
    """Return the transport-wide reports of a compound packet, and what is left.

    A cut packet is returned as it is (RFC 3550 section 6.1); who reads it says so.
    """
    reports, rest, place = [], b"", 0
    while place + 4 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, place)
        end = place + 4 * (words + 1)
        if kind == 205 and first & 0x1F == transport_cc.FORMAT:
            reports.append(compound[place:end])
        else:
            rest += compound[place:end]
        place = end
    return reports, rest + compound[place:]


def unwrap(value: int, near: int, bits: int) -> int:
    """Return the number closest to ``near`` whose low ``bits`` are ``value``."""
    span = 1 << bits
    return near + (value - near + span // 2) % span - span // 2
