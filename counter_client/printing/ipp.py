"""The Internet Printing Protocol on the wire (RFC 8010), both directions."""

import datetime as dt
import enum
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

LONGEST_HEADER = 256 * 1024  # bytes of attributes; real printers send below 64 KB
DEEPEST = 8  # collections within collections; the standard uses three


class BadIpp(Exception):
    """Bytes that are not an IPP message."""


class Tag(enum.IntEnum):
    """Value tags (RFC 8010 section 3.5.2)."""

    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER = 0x4A


class Group(enum.IntEnum):
    """Delimiter tags (RFC 8010 section 3.5.1)."""

    OPERATION = 1
    JOB = 2
    END = 3
    PRINTER = 4
    UNSUPPORTED = 5


class Operation(enum.IntEnum):
    """What a client can ask for (RFC 8011 section 5.4.15)."""

    PRINT_JOB = 0x02
    VALIDATE_JOB = 0x04
    CREATE_JOB = 0x05
    SEND_DOCUMENT = 0x06
    CANCEL_JOB = 0x08
    GET_JOB = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER = 0x0B
    CANCEL_MY_JOBS = 0x39
    CLOSE_JOB = 0x3B
    IDENTIFY = 0x3C


class Status(enum.IntEnum):
    """What a printer answers (RFC 8011 appendix B)."""

    OK = 0x0000
    BAD_REQUEST = 0x0400
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    FORMAT = 0x040A
    ATTRIBUTES = 0x040B
    CHARSET = 0x040D
    COMPRESSION = 0x040F
    COMPRESSION_ERROR = 0x0410
    OPERATION = 0x0501
    VERSION = 0x0503
    MULTIPLE_DOCUMENTS = 0x0509


class JobState(enum.IntEnum):
    """States of a job (RFC 8011 section 5.3.7)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class Value(NamedTuple):
    """One value with its tag. A collection's value is a dict of value lists."""

    tag: Tag
    value: Any


Attributes = dict[str, list[Value]]


class Message(NamedTuple):
    """A request (``code`` is an operation) or a response (a status)."""

    version: tuple[int, int]
    code: int
    request: int
    groups: list[tuple[Group, Attributes]]
    data: bytes = b""

    def group(self, wanted: Group) -> Attributes:
        """Return the first group of that kind, empty if there is none."""
        return next((found for kind, found in self.groups if kind == wanted), {})


def encode(message: Message) -> bytes:
    """Return ``message`` as bytes."""
    out = bytearray(
        struct.pack(">BBHI", *message.version, message.code, message.request)
    )
    for group, attributes in message.groups:
        out.append(group)
        for name, values in attributes.items():
            _put(out, name, values)
    out.append(Group.END)
    return bytes(out) + message.data


def _put(out: bytearray, name: str, values: Sequence[Value]) -> None:
    for place, (tag, value) in enumerate(values):
        label = name.encode() if place == 0 else b""
        if tag is not Tag.COLLECTION:
            raw = _raw(tag, value)
            out += struct.pack(">BH", tag, len(label)) + label
            out += struct.pack(">H", len(raw)) + raw
            continue
        out += struct.pack(">BH", tag, len(label)) + label + b"\0\0"
        for member, inner in value.items():
            key = member.encode()
            out += struct.pack(">BHH", Tag.MEMBER, 0, len(key)) + key
            _put(out, "", inner)
        out += struct.pack(">BHH", Tag.END_COLLECTION, 0, 0)


def _raw(tag: Tag, value: Any) -> bytes:
    match tag:
        case Tag.INTEGER | Tag.ENUM:
            return struct.pack(">i", value)
        case Tag.BOOLEAN:
            return b"\1" if value else b"\0"
        case Tag.RESOLUTION:
            return struct.pack(">iib", *value)
        case Tag.RANGE:
            return struct.pack(">ii", *value)
        case Tag.NO_VALUE | Tag.UNKNOWN:
            return b""
        case Tag.DATE:
            return _raw_date(value)
        case _:
            return value if isinstance(value, bytes) else str(value).encode()


def _raw_date(value: dt.datetime) -> bytes:
    east = int((value.utcoffset() or dt.timedelta()).total_seconds()) // 60
    sign = b"+" if east >= 0 else b"-"
    return struct.pack(
        ">HBBBBBBcBB",
        *(value.year, value.month, value.day, value.hour, value.minute, value.second),
        *(value.microsecond // 100_000, sign, abs(east) // 60, abs(east) % 60),
    )


def decode(data: bytes) -> Message:
    """Read a message; what follows the attributes is its ``data``.

    Raises:
        BadIpp: truncated, too long or too deep, a name twice, not text.
    """
    try:
        reader = _Reader(data)
        groups = reader.groups()
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise BadIpp(type(error).__name__) from error
    major, minor, code, request = reader.head
    return Message((major, minor), code, request, groups, data[reader.place :])


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.head: tuple[int, int, int, int] = struct.unpack_from(">BBHI", data)
        self.place = 8

    def groups(self) -> list[tuple[Group, Attributes]]:
        groups: list[tuple[Group, Attributes]] = []
        name = ""
        while True:
            tag = self._data[self.place]
            self.place += 1
            if tag == Group.END:
                return groups
            if tag < 0x10:
                groups.append((Group(tag), {}))
                name = ""
                continue
            if not groups or self.place > LONGEST_HEADER:
                raise BadIpp("no group, or too long")
            label, raw = self._field(), self._field()
            attributes = groups[-1][1]
            if label:
                name = label.decode()
                if name in attributes:
                    raise BadIpp("a name twice")
                attributes[name] = []
            if name not in attributes:
                raise BadIpp("a value without a name")
            attributes[name].append(self._value(tag, raw, 0))

    def _field(self) -> bytes:
        (size,) = struct.unpack_from(">H", self._data, self.place)
        self.place += 2
        raw = self._data[self.place : self.place + size]
        if len(raw) != size:
            raise BadIpp("truncated")
        self.place += size
        return raw

    def _value(self, tag: int, raw: bytes, depth: int) -> Value:
        if tag == Tag.COLLECTION:
            return Value(Tag.COLLECTION, self._collection(depth + 1))
        return _value_of(tag, raw)

    def _collection(self, depth: int) -> Attributes:
        if depth > DEEPEST:
            raise BadIpp("too deep")
        members: Attributes = {}
        name = ""
        while True:
            tag = self._data[self.place]
            self.place += 1
            self._field()
            raw = self._field()
            if tag == Tag.END_COLLECTION:
                return members
            if tag == Tag.MEMBER:
                name = raw.decode()
                continue
            members.setdefault(name, []).append(self._value(tag, raw, depth))


def _value_of(tag: int, raw: bytes) -> Value:
    match tag:
        case Tag.INTEGER | Tag.ENUM:
            return Value(Tag(tag), struct.unpack(">i", raw)[0])
        case Tag.BOOLEAN:
            return Value(Tag.BOOLEAN, raw != b"\0")
        case Tag.RESOLUTION:
            return Value(Tag.RESOLUTION, struct.unpack(">iib", raw))
        case Tag.RANGE:
            return Value(Tag.RANGE, struct.unpack(">ii", raw))
        case Tag.DATE | Tag.OCTETS:
            return Value(Tag(tag), raw)
        case 0x35 | 0x36:  # text and name with a language of their own
            (size,) = struct.unpack_from(">H", raw)
            text = raw[2 + size + 2 :].decode()
            return Value(Tag.TEXT if tag == 0x35 else Tag.NAME, text)
        case _ if tag < 0x20:
            return Value(Tag.NO_VALUE, None)
        case _:
            known = tag in {kind.value for kind in Tag}
            return Value(Tag(tag) if known else Tag.KEYWORD, raw.decode())


def one(tag: Tag, value: Any) -> list[Value]:
    """Return the list of a single value."""
    return [Value(tag, value)]


def keywords(*words: str) -> list[Value]:
    """Return a list of keywords."""
    return [Value(Tag.KEYWORD, w) for w in words]


def first(attributes: Attributes, name: str, default: Any = None) -> Any:
    """Return the first value of ``name``, or ``default``."""
    values = attributes.get(name)
    return values[0].value if values else default


def opening(**more: list[Value]) -> Attributes:
    """Return the operation attributes that every message begins with."""
    return {
        "attributes-charset": one(Tag.CHARSET, "utf-8"),
        "attributes-natural-language": one(Tag.LANGUAGE, "en"),
        **{name.replace("_", "-"): values for name, values in more.items()},
    }
