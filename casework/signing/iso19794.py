"""Strokes as a record of ISO/IEC 19794-7:2007, full format, for other tools.

Written after the ASN.1 of the record (ITU-T X.695, 05/2007); not compared with
another implementation. Channels: X, Y, T, S, and F where the pen told its
pressure. Pixels and milliseconds are scaled to fill 16 bits as far as they go.
"""

import math
import struct
from collections.abc import Sequence

from casework.signing.strokes import has_pressure
from protocol.parts import Point

FORMAT = b"SDI\x00"
VERSION = b" 10\x00"
X, Y, T, F, S = 15, 14, 8, 6, 5
"""Bits of the channel inclusion field, from the left: X is the first of sixteen."""
SCALED = 0x80
"""The bit of a channel's preamble: a scaling value follows."""
TOP = 32767
TOP_TIME = 65535
CSS_PIXEL_MM = 25.4 / 96


def record(strokes: Sequence[Sequence[Point]]) -> bytes:
    """Return the record; a value divided by its channel's scale is mm, s, or share.

    Raises:
        ValueError: no point at all.
    """
    points = [point for stroke in strokes for point in stroke]
    if not points:
        raise ValueError("no point")
    pressed = has_pressure(strokes)
    lengths = max(max(abs(point.x), abs(point.y)) for point in points) * CSS_PIXEL_MM
    seconds = max(point.t for point in points) / 1000
    place, time = _scale(TOP, lengths), _scale(TOP_TIME, seconds)
    force = _scale(TOP_TIME, 1.0)
    body = [
        _sample(point, scales=(place, time, force if pressed else 0.0), down=down)
        for stroke in strokes
        for point, down in _with_pen(stroke)
    ]
    included = sum(1 << bit for bit in (X, Y, T, S)) | (pressed << F)
    head = FORMAT + VERSION + struct.pack(">H", included)
    head += _described(place) * 2 + _described(time)
    head += _described(force) if pressed else b""
    head += b"\x00"  # the channel S has no attributes
    # The body's own bit-map says that no extended data follows.
    return head + b"\x00" + len(body).to_bytes(3, "big") + b"".join(body)


def _with_pen(stroke: Sequence[Point]) -> list[tuple[Point, int]]:
    """The last sample of a stroke is where the pen left the screen."""
    return [(point, int(at < len(stroke) - 1)) for at, point in enumerate(stroke)]


def _sample(point: Point, *, scales: tuple[float, float, float], down: int) -> bytes:
    place, time, force = scales
    x, y = (round(side * CSS_PIXEL_MM * place) for side in (point.x, point.y))
    out = struct.pack(">hhH", x, y, max(0, round(point.t / 1000 * time)))
    if force:
        out += struct.pack(">H", round(min(max(point.p, 0.0), 1.0) * force))
    return out + bytes([down])


def _scale(top: int, largest: float) -> float:
    """Return the scale with which ``largest`` still fits below ``top``.

    A scale is (1 + fraction / 2048) * 2**exponent, exponent -16 to 15.
    """
    wanted = top / max(largest, 1e-3)
    exponent = min(max(math.floor(math.log2(wanted)), -16), 15)
    fraction = min(max(math.floor((wanted / 2.0**exponent - 1) * 2048), 0), 2047)
    return (1 + fraction / 2048) * 2.0**exponent


def _described(scale: float) -> bytes:
    exponent = math.floor(math.log2(scale))
    fraction = round((scale / 2.0**exponent - 1) * 2048)
    # Five bits of exponent in two's complement, eleven of fraction.
    return bytes([SCALED]) + struct.pack(">H", (exponent & 0x1F) << 11 | fraction)
