"""STUN connectivity checks of an ICE-lite agent (RFC 8445 section 7.3, RFC 8489)."""

import dataclasses
import struct

from aioice import stun

from signaling.media.port import Address

LEAST = 28
"""Bytes of a request with nothing but FINGERPRINT."""
LARGEST = 600
REQUEST = b"\x00\x01"
FINGERPRINT = b"\x80\x28\x00\x04"


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A binding request that is well-formed; not yet authenticated."""

    ufrag: str
    nominated: bool
    message: stun.Message


def read_check(data: bytes) -> Check | None:
    """Return the check in a datagram, or ``None`` for anything else."""
    if not LEAST <= len(data) <= LARGEST or data[:2] != REQUEST:
        return None
    if data[-8:-4] != FINGERPRINT:
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
