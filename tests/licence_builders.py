"""A licence that tests are about; name only what matters to the test."""

import functools

import msgspec

from casework.cose import KeySet
from casework.items import read_catalogue
from casework.licence_code import code_signer, make_code, published_keys
from casework.licence_record import CopyMark, LicenceRecord, licence_record
from casework.licence_templates import LicenceTemplate, read_template
from casework.papers.licence import Drawn
from protocol.states import CaseState
from tests.builders import FORM, ITEM, NOON, ROOT, a_case, an_authority

TEMPLATES = ROOT / "services/licences"
COPY = CopyMark("duplicate", 1)
NUMBER = "20261121000010"
LONG_SCOPE = (
    "软件开发；信息技术咨询服务；数据处理和存储支持服务；技术进出口；货物进出口。" * 7
)


@functools.cache
def the_template() -> LicenceTemplate:
    return read_template(TEMPLATES / "business-licence.yaml")


def a_record(edition: int = 1, **form: str) -> LicenceRecord:
    case = a_case(CaseState.APPROVED, number=NUMBER, form={**FORM, **form})
    item = read_catalogue(ROOT / "services").item(ITEM)
    return licence_record(case, item, the_template(), NOON, edition)


AUTHORITY = an_authority()
SIGNER = code_signer(AUTHORITY)


def the_keys() -> KeySet:
    return published_keys(AUTHORITY, "示范市市场监督管理局")


def a_code(record: LicenceRecord | None = None, copy: CopyMark = COPY) -> str:
    return make_code(record or a_record(), copy, SIGNER)


def a_drawing(record: LicenceRecord | None = None, **more: object) -> Drawn:
    record = record or a_record()
    drawn = Drawn(record, COPY, the_template(), a_code(record))
    return msgspec.structs.replace(drawn, **more)
