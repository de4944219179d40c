"""STUN connectivity checks of an ICE-lite agent (RFC 8445 section 7.3, RFC 8489)."""

import dataclasses
import struct

from aioice import stun

from signaling.media.port import Address

LEAST = 28
"""Bytes of a request with nothing but FINGERPRINT."""
LARGEST = 600
REQUEST = b"\x00\x01"
HEADER = 20
USERNAME = 0x0006
FINGERPRINT = b"\x80\x28\x00\x04"


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A binding request that is well-formed; not yet authenticated."""

    ufrag: str
    nominated: bool
    message: stun.Message


def peek_ufrag(data: bytes) -> str | None:
    """Return whom a check is for, or ``None``; costs next to nothing.

    Only what could be a check is looked at: a binding request that ends in a
    FINGERPRINT. Nothing of it is verified yet.
    """
    if not LEAST <= len(data) <= LARGEST or data[:2] != REQUEST:
        return None
    if data[-8:-4] != FINGERPRINT:
        return None
    place = HEADER
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("!HH", data, place)
        if kind == USERNAME:
            name = data[place + 4 : place + 4 + size]
            return name.partition(b":")[0].decode("ascii", "replace")
        place += 4 + size + -size % 4
    return None


def read_check(data: bytes) -> Check | None:
    """Return the check in a datagram, or ``None`` for anything else."""
    if peek_ufrag(data) is None:
        return None
    try:
        message = stun.parse_message(data)
        ufrag = message.attributes["USERNAME"].partition(":")[0]
    except (ValueError, KeyError, IndexError, struct.error, UnicodeDecodeError):
        return None
    return Check(ufrag, "USE-CANDIDATE" in message.attributes, message)


def answer_check(check: Check, address: Address, password: str) -> bytes | None:
    """Return the response, or ``None`` unless ``password`` made the request."""
    key = password.encode()
    try:
        if not check.message.check_message_integrity(key):
            return None
    except (KeyError, ValueError):
        return None
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=check.message.transaction_id,
    )
    response.attributes["XOR-MAPPED-ADDRESS"] = address[:2]
    response.add_message_integrity(key)
    return bytes(response)
