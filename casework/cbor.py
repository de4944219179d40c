"""The part of CBOR (RFC 8949) that our signed tokens use, in its one strict form.

Core deterministic encoding (section 4.2.1): the shortest heads, definite lengths,
keys in order. Anything else is refused, so that equal values have equal bytes and
no decoder ever recurses or allocates because a stranger says so.
"""

from typing import Final

Value = int | bytes | str | bool | list["Value"] | dict[int, "Value"]
"""Maps have small integers as keys, as COSE and CWT have."""

DEEPEST: Final = 4
"""A signed token is an array in which lies a payload with an array."""
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, SIMPLE = 0, 1, 2, 3, 4, 5, 7
FALSE, TRUE = 20, 21
WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
"""Bytes of the argument after the head, by the head's lower five bits."""


def encode(value: Value) -> bytes:
    """Return ``value`` in core deterministic encoding."""
    match value:
        case bool():
            return _head(SIMPLE, TRUE if value else FALSE)
        case int():
            return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
        case bytes():
            return _head(BYTES, len(value)) + value
        case str():
            text = value.encode()
            return _head(TEXT, len(text)) + text
        case list():
            return _head(ARRAY, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = sorted((encode(key), encode(one)) for key, one in value.items())
            return _head(MAP, len(pairs)) + b"".join(key + one for key, one in pairs)


def decode(data: bytes) -> Value:
    """Return the one value that ``data`` is.

    Raises:
        ValueError: not CBOR, not in the deterministic form, of a kind that tokens do
            not have, deeper than ``DEEPEST``, or with something after it.
    """
    reader = _Reader(data)
    value = reader.value(DEEPEST)
    if reader.place != len(data) or encode(value) != data:
        raise ValueError("not in the one form")
    return value


def _head(kind: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([kind << 5 | argument])
    for low, width in WIDTHS.items():
        if argument < 256**width:
            return bytes([kind << 5 | low]) + argument.to_bytes(width, "big")
    raise ValueError("larger than 64 bits")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def value(self, deepest: int) -> Value:
        if deepest == 0:
            raise ValueError("too deep")
        kind, low, argument = self._head()
        if kind == ARRAY:
            return [self.value(deepest - 1) for _ in range(self._modest(argument))]
        if kind == MAP:
            return self._map(self._modest(argument), deepest - 1)
        return self._plain(kind, low, argument)

    def _plain(self, kind: int, low: int, argument: int) -> Value:
        if kind == UNSIGNED:
            return argument
        if kind == NEGATIVE:
            return -1 - argument
        if kind == BYTES:
            return self._take(argument)
        if kind == TEXT:
            return self._take(argument).decode()
        if kind == SIMPLE and low in {FALSE, TRUE}:
            return low == TRUE
        raise ValueError("a kind that tokens do not have")

    def _map(self, pairs: int, deepest: int) -> dict[int, Value]:
        found: dict[int, Value] = {}
        for _ in range(pairs):
            key = self.value(1)
            if isinstance(key, bool) or not isinstance(key, int):
                raise ValueError("keys are numbers")  # noqa: TRY004  # of outside data
            found[key] = self.value(deepest)
        return found

    def _head(self) -> tuple[int, int, int]:
        [first] = self._take(1)
        kind, low = first >> 5, first & 31
        if low in WIDTHS:
            return kind, low, int.from_bytes(self._take(WIDTHS[low]), "big")
        if low > 23:
            raise ValueError("no definite length")
        return kind, low, low

    def _modest(self, count: int) -> int:
        if count > len(self._data) - self.place:
            raise ValueError("more than there is")
        return count

    def _take(self, length: int) -> bytes:
        if length > len(self._data) - self.place:
            raise ValueError("more than there is")
        taken = self._data[self.place : self.place + length]
        self.place += length
        return taken
