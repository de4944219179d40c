"""The smallest network of the right shape, written byte by byte: it only averages.

ONNX IR (onnx.proto, Apache-2.0 licensed schema): the numbers are its field numbers.
"""


def averaging(tall: int, wide: int, maps: int = 3) -> bytes:
    """Return a network from (1, maps, tall, wide) to (1, maps, tall / 2, wide / 2)."""
    sides = _field(1, b"kernel_shape") + _ints(2, 2) + _number(20, 7)
    steps = _field(1, b"strides") + _ints(2, 2) + _number(20, 7)
    node = _field(1, b"lab") + _field(2, b"maps") + _field(4, b"AveragePool")
    node += _field(5, sides) + _field(5, steps)
    graph = _field(1, node) + _field(2, b"averaging")
    graph += _field(11, _value(b"lab", (1, maps, tall, wide)))
    graph += _field(12, _value(b"maps", (1, maps, tall // 2, wide // 2)))
    return _number(1, 8) + _field(8, _number(2, 13)) + _field(7, graph)


def _value(name: bytes, shape: tuple[int, ...]) -> bytes:
    sizes = b"".join(_field(1, _number(1, size)) for size in shape)
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
