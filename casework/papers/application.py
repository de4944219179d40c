"""The application: the form as the applicant signs it."""

from reportlab.lib.pagesizes import A4

from casework.case import Case
from casework.items import ServiceItem
from casework.papers.sheet import BLUE, GREY, Sheet
from casework.signing.pades import Box
from protocol.states import MaterialState
from protocol.texts import text

SIGNATURE_BOX: Box = (330, 92, 545, 162)
"""Where the handwriting goes: on the last page, above the line."""
LEFT, RIGHT = 50.0, 545.0
LOWEST = 200.0
"""Text that would come lower than this goes to a new page."""


def make_application(case: Case, item: ServiceItem) -> tuple[bytes, int]:
    """Return the PDF and its number of pages.

    Raises:
        MissingGlyph: a character of the form is in no font.
    """
    language = case.language
    title = item.title.get(language, item.title["en"])
    sheet = Sheet(A4, title)
    y = _heading(sheet, title, text("paper-application", language))
    for name, value in _rows(case, item):
        y = _room_for(sheet, y)
        sheet.write(LEFT, y, name, size=10, colour=GREY)
        y = sheet.write_block(LEFT + 150, y, value or "-", room=RIGHT - LEFT - 150)
        sheet.rule(LEFT, RIGHT, y + 6)
        y -= 12
    y = _room_for(sheet, y)
    sheet.write(LEFT, y, text("paper-materials", language), bold=True, size=12)
    y -= 20
    for material in case.materials:
        y = _room_for(sheet, y)
        spec = next(one for one in item.materials if one.id == material.id)
        name = spec.title.get(language, spec.title["en"])
        owed = material.state is MaterialState.OWED
        mark = text("paper-owed", language) if owed else material.sha256[:16]
        sheet.write(LEFT + 10, y, name, size=10.5)
        sheet.write(RIGHT, y, mark, size=9, colour=GREY, anchor="right")
        y -= 18
    _declaration(sheet, case)
    return sheet.pdf(), sheet.pages


def _heading(sheet: Sheet, title: str, kind: str) -> float:
    top = sheet.height - 62
    sheet.write(LEFT, top, title, bold=True, size=19)
    sheet.write(LEFT, top - 20, kind, size=11, colour=BLUE)
    sheet.rule(LEFT, RIGHT, top - 30)
    return top - 56


def _rows(case: Case, item: ServiceItem) -> list[tuple[str, str]]:
    names = item.form.get("properties", {})
    return [
        (item.field_title(name, case.language), case.form.get(name, ""))
        for name in names
    ]


def _room_for(sheet: Sheet, y: float) -> float:
    if y > LOWEST:
        return y
    sheet.next_page()
    return sheet.height - 70


def _declaration(sheet: Sheet, case: Case) -> None:
    language = case.language
    sheet.write_block(
        LEFT, 178, text("paper-declaration", language), room=RIGHT - LEFT, size=10
    )
    left, bottom, right, _ = SIGNATURE_BOX
    sheet.rule(left, right, bottom - 2)
    sheet.write(
        left, bottom - 16, text("paper-signature", language), size=9, colour=GREY
    )
    sheet.write(LEFT, 40, case.id, size=7.5, colour=GREY)
