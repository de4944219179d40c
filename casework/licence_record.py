"""What a licence says: the record that is drawn, embedded, sealed and encoded."""

import datetime as dt
import hashlib
from typing import Final

import msgspec

from casework.case import Case
from casework.evidence import canonical
from casework.items import LicenceSpec, ServiceItem
from casework.licence_numbers import IDENTIFIERS, Numbered
from casework.licence_templates import CopyKind, LicenceTemplate
from casework.papers.receipt import ZONE
from protocol.states import Language
from protocol.views import Text

FORMAT: Final = "smart-counter-licence/1"
DIGEST_BYTES: Final = 16
"""A code has room for half of a SHA-256; 128 bits cannot be met by chance or search."""
MARK_BYTES: Final = 8
"""A list of withdrawn copies holds this much of each one's digest."""


class LicenceRow(msgspec.Struct, frozen=True):
    """One field: its label in the licence's languages, and its value."""

    name: str
    label: Text
    value: str


class LicenceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The licence as data. Equal records have equal sheets, byte for byte."""

    identifier: str
    number: str
    """The acceptance number."""
    edition: int
    template: str
    languages: list[Language]
    """The first is the licence's own."""
    title: Text
    authority: str
    holder: str
    issued: str
    """The day, YYYY-MM-DD, in the time of Hong Kong, Macau and the mainland."""
    until: str = ""
    """The last day it is valid, or empty."""
    specimen: bool
    rows: list[LicenceRow]
    format: str = FORMAT

    def digest(self) -> bytes:
        """Return 128 bits of the SHA-256 of the canonical record."""
        plain = canonical(msgspec.to_builtins(self))
        return hashlib.sha256(plain).digest()[:DIGEST_BYTES]

    @property
    def words(self) -> str:
        """The title in the licence's own language."""
        return self.title[self.languages[0]]


class CopyMark(msgspec.Struct, frozen=True):
    """Which copy of the record a sheet is; numbers count from 1."""

    kind: CopyKind
    number: int

    def of(self, record_digest: bytes) -> bytes:
        """Return what a list of withdrawn copies calls this copy."""
        said = record_digest + f"{self.kind} {self.number}".encode()
        return hashlib.sha256(said).digest()[:MARK_BYTES]


def licence_record(
    case: Case, item: ServiceItem, template: LicenceTemplate, at: float, edition: int
) -> LicenceRecord:
    """Return the record of the licence for ``case``, issued at ``at``."""
    spec = item.licence
    assert isinstance(spec, LicenceSpec), "only items with a licence issue one"
    day = dt.datetime.fromtimestamp(at, ZONE).date()
    numbered = Numbered(
        kind=template.kind_code,
        issuer=template.issuer_code,
        serial=case.number,
        edition=edition,
    )
    languages = template.languages
    return LicenceRecord(
        languages=languages,
        identifier=IDENTIFIERS[template.identifier](numbered),
        number=case.number,
        edition=edition,
        template=template.id,
        title={one.value: template.title[one] for one in languages},
        authority=spec.authority,
        holder=case.form.get(template.holder, ""),
        issued=day.isoformat(),
        until=_last_day(day, template.years),
        specimen=template.specimen,
        rows=[
            LicenceRow(
                field.name,
                {one.value: field.label[one] for one in languages},
                case.form.get(field.name, ""),
            )
            for field in template.fields
        ],
    )


def _last_day(day: dt.date, years: int) -> str:
    """Return the day before the one ``years`` later; empty for no end."""
    if not years:
        return ""
    leap = day.month == 2 and day.day == 29
    then = day.replace(year=day.year + years, day=28 if leap else day.day)
    return (then - dt.timedelta(days=0 if leap else 1)).isoformat()
