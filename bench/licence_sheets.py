"""Licences to measure with: made-up records, each another, from the real template."""

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from casework.items import read_catalogue
from casework.licence_code import code_signer, make_code
from casework.licence_numbers import check_character
from casework.licence_record import CopyMark, LicenceRecord, LicenceRow
from casework.licence_templates import LicenceTemplate
from casework.papers.archival import to_archival
from casework.papers.licence import Drawn, about, draw_licence
from casework.signing.authority import Authority, make_authority
from casework.signing.notary import Notary

ITEM: Final = "foreign-enterprise"
OFFICE: Final = "示范市市场监督管理局"
COPY: Final = CopyMark("duplicate", 1)
VALUES: Final = {
    "company": "深圳前海粵港示範科技有限公司𠮷",
    "kind": "有限责任公司（港澳台投资）",
    "legal_representative": "陳示範",
    "capital": "100",
    "scope": "软件开发；信息技术咨询服务；数据处理和存储支持服务；技术进出口。" * 4,
    "address": "示范市示范区样本路一号示范大厦A座0801室",
}


class Office(msgspec.Struct, frozen=True):
    """What an office needs to issue licences."""

    authority: Authority
    template: LicenceTemplate

    def drawn(self, number: int) -> Drawn:
        """Return the ``number``-th licence, as it is before it is drawn."""
        record = a_record(self.template, number)
        code = make_code(record, COPY, code_signer(self.authority))
        return Drawn(record, COPY, self.template, code)

    def issued(self, number: int) -> bytes:
        """Return the ``number``-th licence: code, sheet, archive and seal."""
        drawn = self.drawn(number)
        return self.sealed(to_archival(draw_licence(drawn), about(drawn)))

    def sealed(self, pdf: bytes) -> bytes:
        """Return ``pdf`` with the office's seal."""
        return Notary(self.authority).seal(pdf, "Seal").pdf


def an_office() -> Office:
    """Return an office with keys of this moment."""
    catalogue = read_catalogue(Path("services"))
    template = catalogue.template(catalogue.item(ITEM))
    return Office(make_authority(OFFICE, dt.datetime.now(dt.UTC)), template)


def a_record(template: LicenceTemplate, number: int) -> LicenceRecord:
    """Return a record whose name and number are its own."""
    serial = f"20261121{number:05d}0"
    values = {**VALUES, "company": f"{VALUES['company']}{number}"}
    languages = template.languages
    return LicenceRecord(
        identifier=f"1.2.156.3005.2.{serial}.{check_character(serial)}",
        number=serial,
        edition=1,
        template=template.id,
        languages=languages,
        title={one.value: template.title[one] for one in languages},
        authority=OFFICE,
        holder=values["company"],
        issued="2026-11-21",
        specimen=True,
        rows=[
            LicenceRow(
                one.name,
                {tag.value: one.label[tag] for tag in languages},
                values.get(one.name, ""),
            )
            for one in template.fields
        ],
    )
