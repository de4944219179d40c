"""What the QR code of a licence holds: a signed token that is checked offline.

``LIC1:``, in Base45 a COSE_Sign1 over the claims of a CWT (RFC 8392), and a full
stop: Base45 may end in a blank, which people and programs cut off. It holds what a
person compares with the sheet, so that a true code on a false sheet is seen.
"""

import datetime as dt
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from casework import base45, cbor, cose
from casework.errors import BadCode
from casework.licence_record import DIGEST_BYTES, CopyMark, LicenceRecord
from casework.papers.receipt import ZONE
from casework.signing.authority import Authority

PREFIX: Final = "LIC1:"
END: Final = "."
LONGEST: Final = 483
"""Characters that a QR code of version 13 holds at level M (ISO/IEC 18004, table 7)."""
ISSUER, EXPIRES, ISSUED_AT, ABOUT = 1, 4, 6, -70001
"""Claims (RFC 8392, section 3.1); the last is ours, from the private range."""
FORMAT: Final = 1
KINDS: Final = ("original", "duplicate")
LONGEST_HOLDER: Final = 75
"""Bytes of the holder's name in a code: 25 Chinese characters."""
LONGEST_TITLE: Final = 36
LONGEST_ISSUER: Final = 48
PURPOSE: Final = "licence codes"
DAY: Final = 86_400


class LicenceClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a code says. A name that is too long for it ends with ``…``."""

    issuer: str
    number: str
    edition: int
    title: str
    holder: str
    issued: int
    """Seconds since 1970, the beginning of the day."""
    expires: int
    """The same of the day after the last one; 0 for no end."""
    digest: bytes
    copy: CopyMark
    specimen: bool

    @property
    def mark(self) -> bytes:
        """What a list of withdrawn copies calls this one."""
        return self.copy.of(self.digest)

    def agrees_with(self, record: LicenceRecord) -> bool:
        """Return whether ``record`` is the one that the code was made for."""
        return self.digest == record.digest()


def code_signer(authority: Authority) -> ec.EllipticCurvePrivateKey:
    """Return the key that signs codes and the list of withdrawn ones."""
    return cose.derive_signer(authority.log_key, PURPOSE)


def published_keys(authority: Authority, issuer: str) -> cose.KeySet:
    """Return what an office publishes so that anybody can check its codes."""
    return cose.KeySet(issuer, [cose.public_key(code_signer(authority))])


def make_code(
    record: LicenceRecord, copy: CopyMark, signer: ec.EllipticCurvePrivateKey
) -> str:
    """Return what the QR code holds; the same record gives the same code."""
    about: list[cbor.Value] = [
        FORMAT,
        record.number,
        record.edition,
        _cut(record.words, LONGEST_TITLE),
        _cut(record.holder, LONGEST_HOLDER),
        record.digest(),
        KINDS.index(copy.kind),
        copy.number,
        record.specimen,
    ]
    claims: dict[int, cbor.Value] = {
        ISSUER: _cut(record.authority, LONGEST_ISSUER),
        ISSUED_AT: _beginning(record.issued),
        ABOUT: about,
    }
    if record.until:
        claims[EXPIRES] = end_of(record)
    code = PREFIX + base45.encode(cose.sign(claims, signer)) + END
    assert len(code) <= LONGEST, "every name in it is cut"
    return code


def read_code(text: str, keys: cose.KeySet) -> LicenceClaims:
    """Return what a code says, if one of ``keys`` signed it.

    Raises:
        BadCode: another kind of code, or not signed by this office.
    """
    text = text.strip()
    if not (text.startswith(PREFIX) and text.endswith(END) and len(text) <= LONGEST):
        raise BadCode("not a licence code")
    try:
        data = base45.decode(text.removeprefix(PREFIX).removesuffix(END))
    except ValueError as error:
        raise BadCode("not Base45") from error
    return _claims(cose.verified(data, keys))


def _claims(payload: cbor.Value) -> LicenceClaims:
    if not isinstance(payload, dict):
        raise BadCode("claims")
    match payload.get(ABOUT):
        case [
            1,
            str(number),
            int(edition),
            str(title),
            str(holder),
            bytes(digest),
            int(kind),
            int(copy),
            bool(specimen),
        ] if len(digest) == DIGEST_BYTES and kind in range(len(KINDS)):
            issuer, issued = payload.get(ISSUER), payload.get(ISSUED_AT)
            expires = payload.get(EXPIRES, 0)
        case _:
            raise BadCode("claims")
    if not (
        isinstance(issuer, str) and isinstance(issued, int) and isinstance(expires, int)
    ):
        raise BadCode("claims")
    return LicenceClaims(
        issuer=issuer,
        number=number,
        edition=edition,
        title=title,
        holder=holder,
        issued=issued,
        expires=expires,
        digest=digest,
        copy=CopyMark("duplicate" if kind else "original", copy),
        specimen=specimen,
    )


def end_of(record: LicenceRecord) -> int:
    """Return the second after the licence's last day, or 0 if it has no end."""
    return _beginning(record.until) + DAY if record.until else 0


def _beginning(day: str) -> int:
    return int(dt.datetime.fromisoformat(day).replace(tzinfo=ZONE).timestamp())


def _cut(text: str, longest: int) -> str:
    """Return at most ``longest`` bytes of ``text``, whole characters."""
    data = text.encode()
    if len(data) <= longest:
        return text
    return data[: longest - len("…".encode())].decode(errors="ignore") + "…"
