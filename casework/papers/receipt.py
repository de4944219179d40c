"""The receipt: proof that the case was submitted, with the time."""

import datetime as dt

from reportlab.lib.pagesizes import A5

from casework.case import Case
from casework.items import ServiceItem
from casework.numbers import grouped
from casework.papers.sheet import BLUE, GREY, Sheet
from protocol.texts import text

ZONE = dt.timezone(dt.timedelta(hours=8))
"""Hong Kong, Macau and the mainland share one time."""


def make_receipt(case: Case, item: ServiceItem) -> tuple[bytes, int]:
    """Return the receipt as PDF and its number of pages."""
    language = case.language
    sheet = Sheet(A5, text("paper-receipt", language))
    left, right = 36.0, sheet.width - 36
    top = sheet.height - 54
    sheet.write(left, top, text("paper-receipt", language), bold=True, size=20)
    y = sheet.write_block(
        left, top - 22, item.title.get(language, item.title["en"]), room=right - left
    )
    sheet.rule(left, right, y)
    y -= 26
    sheet.write(left, y, text("acceptance-number", language), size=10, colour=GREY)
    sheet.write(left, y - 26, grouped(case.number), bold=True, size=22, colour=BLUE)
    y -= 60
    sheet.write(left, y, text("release-code", language), size=10, colour=GREY)
    code = f"{case.release_code[:4]} {case.release_code[4:]}"
    sheet.write(left, y - 24, code, bold=True, size=20)
    y = sheet.write_block(
        left, y - 44, text("paper-keep-code", language), room=right - left, size=9
    )
    for label, value in _facts(case, item):
        sheet.write(left, y - 10, label, size=10, colour=GREY)
        y = sheet.write_block(left + 105, y - 10, value, room=right - left - 105)
    sheet.code(right - 92, 36, 92, case.number)
    sheet.write_block(
        left, 84, text("paper-receipt-proof", language), room=right - left - 110, size=8
    )
    return sheet.pdf(), sheet.pages


def _facts(case: Case, item: ServiceItem) -> list[tuple[str, str]]:
    submitted = dt.datetime.fromtimestamp(case.touched, ZONE)
    application = case.document("application")
    assert application is not None, "nothing is submitted without an application"
    authority = item.licence.authority if item.licence else item.office
    return [
        (text("paper-submitted-at", case.language), f"{submitted:%Y-%m-%d %H:%M:%S}"),
        (text("paper-authority", case.language), authority),
        ("SHA-256", application.sha256[:32]),
    ]
