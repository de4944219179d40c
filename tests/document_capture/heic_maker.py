"""Makes HEIC still pictures (ISO/IEC 23008-12): pi-heif only reads them."""

import fractions
import struct

import av
import numpy as np
import numpy.typing as npt


def a_heic(
    picture: npt.NDArray[np.uint8],
    *,
    declared: tuple[int, int] | None = None,
    quarter_turns: int = 0,
    brand: bytes = b"heic",
) -> bytes:
    """Return ``picture`` (h, w, 3 RGB) as HEIC.

    ``declared`` is the size that the file claims; ``quarter_turns`` are those
    anticlockwise (irot, 6.5.10) by which it is to be shown turned.
    """
    units = _encoded(picture)
    sets = [unit for unit in units if _kind(unit) in {32, 33, 34}]
    slices = [unit for unit in units if _kind(unit) < 32]
    image = b"".join(struct.pack(">I", len(unit)) + unit for unit in slices)
    width, height = declared or (picture.shape[1], picture.shape[0])
    properties = [
        _box(b"hvcC", _configuration(sets)),
        _full(b"ispe", struct.pack(">II", width, height)),
    ]
    if quarter_turns:
        properties.append(_box(b"irot", bytes([quarter_turns])))
    file_type = _box(b"ftyp", brand + bytes(4) + b"mif1heic")
    length = len(_meta(properties, 0, len(image)))
    place = len(file_type) + length + 8
    meta = _meta(properties, place, len(image))
    return file_type + meta + _box(b"mdat", image)


def _encoded(picture: npt.NDArray[np.uint8]) -> list[bytes]:
    encoder = av.CodecContext.create("libx265", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.height, encoder.width = picture.shape[:2]
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = fractions.Fraction(1, 25)
    encoder.options = {
        "preset": "ultrafast",
        "x265-params": "log-level=none:keyint=1:info=0:pools=none:frame-threads=1",
    }
    frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    stream = b"".join(bytes(packet) for packet in packets)
    parts = stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def _kind(unit: bytes) -> int:
    return unit[0] >> 1 & 0x3F


def _configuration(sets: list[bytes]) -> bytes:
    """ISO/IEC 14496-15, 8.3.3.1: main profile, 8 bits, 4:2:0, lengths of 4 bytes."""
    head = bytes([1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93])
    head += bytes([0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, len(sets)])
    for unit in sets:
        head += bytes([0x80 | _kind(unit)]) + struct.pack(">HH", 1, len(unit)) + unit
    return head


def _meta(properties: list[bytes], place: int, length: int) -> bytes:
    handler = _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
    primary = _full(b"pitm", struct.pack(">H", 1))
    where = struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, place, length)
    item = _full(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\0", version=2)
    items = _full(b"iinf", struct.pack(">H", 1) + item)
    uses = bytes([len(properties)]) + bytes(range(1, len(properties) + 1))
    association = _full(b"ipma", struct.pack(">IH", 1, 1) + uses)
    shown = _box(b"iprp", _box(b"ipco", b"".join(properties)) + association)
    return _full(b"meta", handler + primary + _full(b"iloc", where) + items + shown)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def _full(name: bytes, body: bytes, version: int = 0) -> bytes:
    return _box(name, bytes([version, 0, 0, 0]) + body)
