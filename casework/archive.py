"""The one form of zip that a dossier has, so that no byte of it is free to change.

Members are stored, not compressed (pictures and PDFs are compressed already), in
the order of their names, without times, comments or extra fields. Any zip tool
opens it. We read it strictly: equal members have equal bytes, so a file that is
not exactly what ``pack`` makes of its members was changed by somebody.
APPNOTE.TXT 6.3.10 sections 4.3.7, 4.3.12 and 4.3.16 name the fields.
"""

import binascii
import struct
from collections.abc import Mapping

from casework.errors import Unreadable

MOST_MEMBERS = 5000
"""A dossier has tens of files, with many pages hundreds."""
LARGEST = 512 * 1024 * 1024
"""Bytes of a whole dossier; its sizes are of 32 bits."""
LONGEST_NAME = 200

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAMES_ARE_UTF8 = 0x0800
_VERSION = 20
_MIDNIGHT, _DAY = 0, 0x5021
"""1 January 2020 at 0:00, in the format of MS-DOS."""
_FIELDS = struct.Struct("<HHHHHIIIHH")
"""Version, flags, method, time, date, CRC-32, both sizes, both lengths."""
_LOCAL_SIZE = len(_LOCAL) + _FIELDS.size


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return the archive of ``members``, whatever their order."""
    files, directory = [], []
    offset = 0
    for name, data in sorted(members.items()):
        fields = _fields(name, data)
        encoded = name.encode()
        files += [_LOCAL, fields, encoded, data]
        made_by = struct.pack("<H", _VERSION)
        rest = struct.pack("<HHHII", 0, 0, 0, 0, offset)
        directory += [_CENTRAL, made_by, fields, rest, encoded]
        offset += _LOCAL_SIZE + len(encoded) + len(data)
    listed = b"".join(directory)
    count = len(members)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), offset, 0)
    return b"".join([*files, listed, _END, end])


def unpack(data: bytes) -> tuple[dict[str, bytes], bool]:
    """Return the members, and whether ``data`` is exactly their archive.

    Raises:
        Unreadable: not such an archive, or larger than a dossier can be.
    """
    if len(data) > LARGEST:
        raise Unreadable("too large")
    members: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] == _LOCAL:
        name, start, end = _member(data, place)
        if name in members or len(members) == MOST_MEMBERS:
            raise Unreadable("a name twice, or too many")
        members[name] = data[start:end]
        place = end
    if not members:
        raise Unreadable("not a dossier")
    return members, pack(members) == data


def _fields(name: str, data: bytes) -> bytes:
    size, check = len(data), binascii.crc32(data)
    return _FIELDS.pack(
        _VERSION,
        _NAMES_ARE_UTF8,
        0,
        _MIDNIGHT,
        _DAY,
        check,
        size,
        size,
        len(name.encode()),
        0,
    )


def _member(data: bytes, place: int) -> tuple[str, int, int]:
    """Return name, begin and end of the member whose header is at ``place``."""
    try:
        fields = _FIELDS.unpack_from(data, place + len(_LOCAL))
        size, length = fields[7], fields[8]
        start = place + _LOCAL_SIZE + length
        name = data[place + _LOCAL_SIZE : start].decode()
    except (struct.error, UnicodeError) as error:
        raise Unreadable("not a dossier") from error
    if not 0 < length <= LONGEST_NAME or start + size > len(data) or _leaves(name):
        raise Unreadable("not a dossier")
    return name, start, start + size


def _leaves(name: str) -> bool:
    """Return whether a tool that unpacks ``name`` might write outside its folder."""
    return "\\" in name or not {"", ".", ".."}.isdisjoint(name.split("/"))
