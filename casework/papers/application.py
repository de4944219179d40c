"""The application: the form as the applicant signs it."""

import math

from reportlab.lib.pagesizes import A4

from casework.case import Case
from casework.company_seal import CompanySeal
from casework.items import ServiceItem
from casework.papers.sheet import BLUE, GREY, Sheet
from casework.signing.company import POINTS
from casework.signing.pades import Box
from protocol.states import MaterialState
from protocol.texts import text

WIDE, HIGH = 215, 70
"""Points of the box for a handwriting, above its line."""
COLUMNS, BOTTOM = (50, 330), 92
ROW = 112
"""Points from one row of boxes to the next: box, line, role and name."""
SEAL_BOTTOM = 54
"""Where a company's seal begins: above the last line, which names the case."""
SEAL_ROOM = 10
"""Points between a seal and the names of those who sign above it."""
NAMES = 48
"""Points from a box down to the end of role and name, on two lines."""
ROOM_OF_TWO = 38
"""Points: the declaration of one ends beside the box, that of several above it."""
LEFT, RIGHT = 50.0, 545.0
DECLARATION = 178.0
"""Where the declaration begins over one row of boxes."""
LOWEST = 200.0
"""Text that would come lower than this goes to a new page, over one row."""


def place_of(at: int, many: int, seal: CompanySeal | None = None) -> Box:
    """Return the box of the signer at ``at``, from 0, of ``many``, on the last page.

    A company's ``seal`` stands below all of them.
    """
    left = COLUMNS[at % 2 if many > 1 else 1]
    bottom = BOTTOM + ROW * ((many - 1) // 2 - at // 2) + _seal_rise(seal)
    return left, bottom, left + WIDE, bottom + HIGH


def seal_place(seal: CompanySeal) -> Box:
    """Return the box of a company's seal on the last page: as large as the seal."""
    width, height = (math.ceil(side * POINTS) for side in seal.size)
    left = COLUMNS[0]
    return left, SEAL_BOTTOM, left + width, SEAL_BOTTOM + height


def _seal_rise(seal: CompanySeal | None) -> int:
    """Return how much higher everybody signs because a seal stands below."""
    top = seal_place(seal)[3] if seal else 0
    return max(0, top + SEAL_ROOM + NAMES - BOTTOM)


def make_application(case: Case, item: ServiceItem) -> tuple[bytes, int]:
    """Return the PDF and its number of pages.

    Raises:
        MissingGlyph: a character of the form is in no font.
    """
    language = case.language
    title = item.title.get(language, item.title["en"])
    sheet = Sheet(A4, title)
    y = _heading(sheet, title, text("paper-application", language))
    rise = _rise(len(case.signers)) + _seal_rise(case.seal)
    for name, value in _rows(case, item):
        y = _room_for(sheet, y, rise)
        sheet.write(LEFT, y, name, size=10, colour=GREY)
        y = sheet.write_block(LEFT + 150, y, value or "-", room=RIGHT - LEFT - 150)
        sheet.rule(LEFT, RIGHT, y + 6)
        y -= 12
    y = _room_for(sheet, y, rise)
    sheet.write(LEFT, y, text("paper-materials", language), bold=True, size=12)
    y -= 20
    for material in case.materials:
        y = _room_for(sheet, y, rise)
        spec = next(one for one in item.materials if one.id == material.id)
        name = spec.title.get(language, spec.title["en"])
        owed = material.state is MaterialState.OWED
        mark = text("paper-owed", language) if owed else material.sha256[:16]
        sheet.write(LEFT + 10, y, name, size=10.5)
        sheet.write(RIGHT, y, mark, size=9, colour=GREY, anchor="right")
        y -= 18
    _declaration(sheet, case, item, rise)
    return sheet.pdf(), sheet.pages


def _rise(many: int) -> float:
    """Return how much more room ``many`` signatures take than one."""
    return ROW * ((many - 1) // 2) + (ROOM_OF_TWO if many > 1 else 0)


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


def _room_for(sheet: Sheet, y: float, rise: float) -> float:
    if y > LOWEST + rise:
        return y
    sheet.next_page()
    return sheet.height - 70


def _declaration(sheet: Sheet, case: Case, item: ServiceItem, rise: float) -> None:
    language, many = case.language, len(case.signers)
    declared = text(f"paper-declaration{'-many' if many > 1 else ''}", language)
    top = DECLARATION + rise
    sheet.write_block(LEFT, top, declared, room=RIGHT - LEFT, size=10)
    for at, signer in enumerate(case.signers):
        left, bottom, right, _ = place_of(at, many, case.seal)
        sheet.rule(left, right, bottom - 2)
        role = item.signer_title(signer.id, language)
        role = role or text("paper-signature", language)
        sheet.write(left, bottom - 16, role, size=9, colour=GREY)
        sheet.write_block(left, bottom - 30, signer.name, room=WIDE, size=10)
    if case.seal is not None:
        _beside_seal(sheet, case.seal, text("paper-company-seal", language))
    sheet.write(LEFT, 40, case.id, size=7.5, colour=GREY)


def _beside_seal(sheet: Sheet, seal: CompanySeal, title: str) -> None:
    _, bottom, right, top = seal_place(seal)
    left, y = right + 14, (bottom + top) / 2 + 20
    sheet.write(left, y, title, size=9, colour=GREY)
    y = sheet.write_block(left, y - 15, seal.name, room=RIGHT - left, size=10)
    sheet.write_block(left, y, seal.number, room=RIGHT - left, size=10)
