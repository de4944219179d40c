"""The signed list of licences that are not in force: short-lived, checked offline.

A code alone cannot tell that it was withdrawn after it was printed. The list holds
eight bytes for each such copy and says until when it may be believed.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from casework import cbor, cose
from casework.errors import BadCode, BadList
from casework.licence_record import MARK_BYTES
from protocol.states import Standing

LASTS: Final = 3 * 86_400
"""Seconds that a list is believed: a weekend without a network, and not longer."""
SKEW: Final = 3600
"""Seconds that the checking machine's clock may be behind ours."""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes: more than a million withdrawn copies."""
ISSUER, EXPIRES, ISSUED_AT, WITHDRAWN = 1, 4, 6, -70002
NUMBERS: Final[Mapping[Standing, int]] = {
    Standing.SUSPENDED: 1,
    Standing.REVOKED: 2,
    Standing.REPLACED: 3,
}
"""How each standing is written; what is in force is not on the list."""


class WithdrawnList(msgspec.Struct, frozen=True):
    """Which copies are not in force, as of ``made``, to be believed until ``until``."""

    made: int
    until: int
    standings: Mapping[bytes, Standing]

    def standing(self, mark: bytes) -> Standing:
        """Return how the copy with this mark stands."""
        return self.standings.get(mark, Standing.IN_FORCE)

    def fresh(self, now: float) -> bool:
        """Return whether the list may be believed at ``now``."""
        return self.made - SKEW <= now < self.until


def make_list(
    withdrawn: Mapping[bytes, Standing],
    issuer: str,
    now: float,
    signer: ec.EllipticCurvePrivateKey,
) -> bytes:
    """Return the signed list: a COSE_Sign1 over marks by standing, sorted."""
    groups: dict[int, cbor.Value] = {
        number: b"".join(
            sorted(mark for mark, one in withdrawn.items() if one is standing)
        )
        for standing, number in NUMBERS.items()
    }
    claims: dict[int, cbor.Value] = {
        ISSUER: issuer,
        ISSUED_AT: int(now),
        EXPIRES: int(now) + LASTS,
        WITHDRAWN: groups,
    }
    return cose.sign(claims, signer)


def read_list(data: bytes, keys: cose.KeySet) -> WithdrawnList:
    """Return the list in ``data``, if one of ``keys`` signed it.

    Raises:
        BadList: too large, another form, or not signed by this office.
    """
    if len(data) > LARGEST:
        raise BadList("too large")
    try:
        payload = cose.verified(data, keys)
    except BadCode as error:
        raise BadList(str(error)) from error
    if not isinstance(payload, dict):
        raise BadList("claims")
    made, until = payload.get(ISSUED_AT), payload.get(EXPIRES)
    if not (isinstance(made, int) and isinstance(until, int)):
        raise BadList("times")
    return WithdrawnList(made, until, _standings(payload.get(WITHDRAWN)))


def _standings(groups: cbor.Value | None) -> dict[bytes, Standing]:
    found: dict[bytes, Standing] = {}
    if not isinstance(groups, dict):
        raise BadList("groups")
    for standing, number in NUMBERS.items():
        marks = groups.get(number)
        if not isinstance(marks, bytes) or len(marks) % MARK_BYTES:
            raise BadList("marks")
        for place in range(0, len(marks), MARK_BYTES):
            found[marks[place : place + MARK_BYTES]] = standing
    return found
