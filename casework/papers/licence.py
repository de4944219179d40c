"""The licence: what the applicant came for, on A4, verifiable offline."""

import datetime as dt
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm

from casework.case import Case
from casework.errors import Unreadable
from casework.evidence import canonical
from casework.items import LicenceSpec, ServiceItem
from casework.numbers import grouped
from casework.papers import ornament
from casework.papers.receipt import ZONE
from casework.papers.sheet import GREY, Sheet
from protocol.states import Language

MARK = "SC1"
SPECIMEN = "樣本 SPECIMEN"


class LicenceRecord(msgspec.Struct, frozen=True):
    """What the licence says; ``rows`` are label and value in the order printed."""

    title: str
    authority: str
    number: str
    issued: str
    rows: list[tuple[str, str]]

    def digest(self) -> str:
        """Return 128 bits of the record's SHA-256, in hexadecimal."""
        plain = canonical(msgspec.to_builtins(self))
        return hashlib.sha256(plain).hexdigest()[:32]


def licence_record(case: Case, item: ServiceItem, at: float) -> LicenceRecord:
    """Return the record of the licence for ``case``, issued at ``at``."""
    spec = item.licence
    assert isinstance(spec, LicenceSpec), "only items with a licence issue one"
    day = dt.datetime.fromtimestamp(at, ZONE)
    return LicenceRecord(
        title=spec.title,
        authority=spec.authority,
        number=case.number,
        issued=f"{day.year}年{day.month}月{day.day}日",
        rows=[
            (item.field_title(row, Language.ZH_HANS), case.form.get(row, ""))
            for row in spec.rows
        ],
    )


def code_token(record: LicenceRecord, key: Ed25519PrivateKey) -> str:
    """Return what the QR code holds: mark, number, digest and Ed25519 signature."""
    said = f"{MARK}.{record.number}.{record.digest()}"
    return f"{said}.{key.sign(said.encode()).hex()}".upper()


def read_code_token(token: str, public: bytes) -> tuple[str, str]:
    """Return number and digest of a token that ``public`` signed.

    Raises:
        Unreadable: another kind of code, or not signed by this key.
    """
    mark, *rest = token.split(".")
    if mark != MARK or len(rest) != 3:
        raise Unreadable("not a licence code")
    number, digest, signature = rest[0], rest[1].lower(), rest[2]
    try:
        signer = Ed25519PublicKey.from_public_bytes(public)
        said = f"{MARK}.{number}.{digest}"
        signer.verify(bytes.fromhex(signature), said.encode())
    except (InvalidSignature, ValueError) as error:
        raise Unreadable("licence code") from error
    return number, digest


def make_licence(record: LicenceRecord, token: str) -> bytes:
    """Return the licence as PDF: the same record gives the same bytes.

    Raises:
        MissingGlyph: a character of the record is in no font.
    """
    sheet = Sheet(landscape(A4), f"{record.title} {record.number}")
    ornament.background(sheet)
    ornament.border(sheet)
    middle, top = sheet.width / 2, sheet.height
    spaced = "  ".join(record.title)
    sheet.write(middle, top - 45 * mm, spaced, size=38, bold=True, anchor="centre")
    sheet.write(28 * mm, top - 30 * mm, "受理號 Acceptance number", size=9, colour=GREY)
    sheet.write(28 * mm, top - 37 * mm, grouped(record.number), size=15, bold=True)
    side = 34 * mm
    sheet.code(sheet.width - 26 * mm - side, top - 24 * mm - side, side, token)
    under = sheet.width - 26 * mm - side / 2
    sheet.write(
        under, top - 62 * mm, "掃碼核驗 Scan to verify", size=7.5, anchor="centre"
    )
    _rows(sheet, record)
    x = sheet.width - 52 * mm
    sheet.write(x, 50 * mm, record.authority, size=14, bold=True, anchor="right")
    sheet.write(x, 40 * mm, record.issued, size=13, anchor="right")
    ornament.stamp(sheet, x, 46 * mm, 19 * mm, record.authority)
    ornament.specimen(sheet, SPECIMEN)
    foot = (
        "本證照已加蓋電子印章，可離線核驗。 Sealed electronically; verifiable offline."
    )
    sheet.write(middle, 20.5 * mm, foot, size=7.5, colour=GREY, anchor="centre")
    return sheet.pdf()


def _rows(sheet: Sheet, record: LicenceRecord) -> None:
    y = sheet.height - 76 * mm
    left, column = 28 * mm, 84 * mm
    room = sheet.width - column - 34 * mm
    for label, value in record.rows:
        sheet.write(left, y, label, size=12, bold=True, colour=ornament.GOLD)
        y = sheet.write_block(column, y, value, room=room, size=14) - 8
