"""The smallest network of the right shape, written byte by byte: it only averages.

ONNX IR (onnx.proto, Apache-2.0 licensed schema): the numbers are its field numbers.
"""


def averaging(side: int, channels: int = 3) -> bytes:
    """Return a network from (n, channels, side, side) to (n, 1), their means."""
    nodes = _mean(b"squares", b"means", (2, 3), 0) + _mean(b"means", b"odds", (1,), 1)
    graph = nodes + _field(2, b"averaging")
    graph += _field(11, _value(b"squares", (channels, side, side)))
    graph += _field(12, _value(b"odds", (1,)))
    return _number(1, 8) + _field(8, _number(2, 13)) + _field(7, graph)


def _mean(of: bytes, to: bytes, axes: tuple[int, ...], kept: int) -> bytes:
    over = _field(1, b"axes") + _ints(*axes) + _number(20, 7)
    keep = _field(1, b"keepdims") + _number(3, kept) + _number(20, 2)
    node = _field(1, of) + _field(2, to) + _field(4, b"ReduceMean")
    return _field(1, node + _field(5, over) + _field(5, keep))


def _value(name: bytes, shape: tuple[int, ...]) -> bytes:
    sizes = _field(1, _field(2, b"n"))
    sizes += b"".join(_field(1, _number(1, size)) for size in shape)
    floats = _number(1, 1) + _field(2, sizes)
    return _field(1, name) + _field(2, _field(1, floats))


def _ints(*values: int) -> bytes:
    return b"".join(_number(8, value) for value in values)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    low = value & 127
    return bytes([low]) if value < 128 else bytes([low | 128]) + _varint(value >> 7)
