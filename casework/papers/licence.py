"""The licence on paper: drawn from its record, by its template, sealed elsewhere."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import msgspec
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A3, A4, landscape, portrait
from reportlab.lib.units import mm

from casework.errors import LicenceTooLong
from casework.evidence import canonical
from casework.licence_export import metadata
from casework.licence_record import CopyMark, LicenceRecord, LicenceRow
from casework.licence_templates import LicenceTemplate
from casework.papers import fonts, ornament
from casework.papers.archival import ArchivalAbout, to_archival
from casework.papers.fonts import BOLD, REGULAR
from casework.papers.sheet import GREY, Sheet
from protocol.states import Language

SPECIMEN: Final = "样本 SPECIMEN"
SOURCE: Final = "licence.json"
"""The name of the record inside its PDF."""
PAPERS: Final = {"A4": A4, "A3": A3}
LAYOUTS: Final = {"landscape": landscape, "portrait": portrait}
SIZES: Final = (14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0)
"""Points of a value, on A4; the largest at which everything fits is taken."""
MARGIN: Final = 28 * mm
LABEL_ROOM: Final = 33 * mm
GUTTER: Final = 8 * mm
ROW_GAP: Final = 12.0
"""Points between two rows: the rule lies in it."""
LEAD: Final = 1.42
"""Line height by type size."""
CODE_SIDE: Final = 36 * mm
"""Of the QR code with its quiet zone: modules of 0.46 mm and more up to version 13."""
SEAL_FLOOR: Final = 68 * mm
"""Lowest text above the seal and the issuer; elsewhere ``FLOOR``."""
FLOOR: Final = 31 * mm
WORDS: Final = {
    "number": {
        Language.ZH_HANS: "证照编号",
        Language.ZH_HANT: "證照編號",
        Language.EN: "Licence number",
        Language.PT: "Número da licença",
    },
    "scan": {
        Language.ZH_HANS: "扫码核验",
        Language.ZH_HANT: "掃碼核驗",
        Language.EN: "Scan to verify",
        Language.PT: "Leia o código para verificar",
    },
    "until": {
        Language.ZH_HANS: "有效期至",
        Language.ZH_HANT: "有效期至",
        Language.EN: "Valid until",
        Language.PT: "Válida até",
    },
}


class Drawn(msgspec.Struct, frozen=True):
    """What one sheet is drawn from."""

    record: LicenceRecord
    copy: CopyMark
    template: LicenceTemplate
    code: str

    def word(self, key: str) -> str:
        """Return a word of ours in the licence's languages."""
        return " ".join(WORDS[key][one] for one in self.record.languages)


def embedded(drawn: Drawn) -> bytes:
    """Return what lies in the PDF: the record, which copy this is, and its code."""
    record, template = drawn.record, drawn.template
    said = {
        "record": msgspec.to_builtins(record),
        "digest": record.digest().hex(),
        "copy": msgspec.to_builtins(drawn.copy),
        "metadata": metadata(record, template.kind_code, template.issuer_code),
        "code": drawn.code,
    }
    return canonical(said)


def make_licence(drawn: Drawn) -> bytes:
    """Return the licence as PDF/A-3b: equal records give equal bytes.

    Raises:
        MissingGlyph: a character of the record is in no font.
        LicenceTooLong: what it says does not fit on its paper.
    """
    return to_archival(draw_licence(drawn), about(drawn))


def about(drawn: Drawn) -> ArchivalAbout:
    """Return what the sheet says about itself in the archive."""
    record = drawn.record
    made = dt.datetime.fromisoformat(record.issued).replace(tzinfo=dt.UTC)
    return ArchivalAbout(
        title=f"{record.words} {record.identifier}",
        author=record.authority,
        made=made,
        language=record.languages[0].value,
        identifier=record.identifier,
        source_name=SOURCE,
        source=embedded(drawn),
    )


def draw_licence(drawn: Drawn) -> bytes:
    """Return the sheet as a plain PDF; see ``make_licence`` for what is raised."""
    record, template = drawn.record, drawn.template
    require_covered(record)
    turn = LAYOUTS[template.layout]
    size, wanted = turn(A4), turn(PAPERS[template.copy_spec(drawn.copy.kind).paper])
    sheet = Sheet(wanted, f"{record.words} {record.identifier}")
    sheet.width, sheet.height = size
    sheet.canvas.scale(wanted[0] / size[0], wanted[1] / size[1])
    colour = HexColor(int(template.colour, 16))
    ornament.background(sheet)
    ornament.border(sheet, colour)
    tiny = f"{record.identifier} {record.digest().hex()} ".upper()
    ornament.microtext(sheet, tiny, colour)
    _head(sheet, drawn)
    _rows(sheet, drawn)
    _foot(sheet, drawn)
    if record.specimen:
        ornament.specimen(sheet, SPECIMEN)
    return sheet.pdf()


def require_covered(record: LicenceRecord) -> None:
    """Raise ``MissingGlyph`` unless every character can be printed in either weight."""
    said = [record.identifier, record.authority, *record.title.values()]
    for row in record.rows:
        said += [row.value, *row.label.values()]
    for text in said:
        for line in text.split("\n"):
            fonts.require_glyphs(line, REGULAR)
            fonts.require_glyphs(line, BOLD)


def _head(sheet: Sheet, drawn: Drawn) -> None:
    record, template = drawn.record, drawn.template
    middle, top = sheet.width / 2, sheet.height
    if template.emblem_png:
        ornament.emblem(sheet, middle, top - 28 * mm, 16 * mm, template.emblem_png)
    title = ("  " if record.languages[0].value.startswith("zh") else "").join(
        record.words
    )
    room = sheet.width - 2 * (MARGIN + CODE_SIDE + 6 * mm)
    size = min(36.0, 36.0 * room / fonts.width(title, BOLD, 36.0))
    sheet.write(middle, top - 47 * mm, title, size=size, bold=True, anchor="centre")
    y = top - 55 * mm
    for other in record.languages[1:]:
        text = record.title[other]
        sheet.write(middle, y, text, size=13, colour=GREY, anchor="centre")
        y -= 7 * mm
    sheet.write(middle, y, f"（{_copy_words(drawn)}）", size=10.5, anchor="centre")
    sheet.write(MARGIN, top - 28 * mm, drawn.word("number"), size=8, colour=GREY)
    wide = sheet.width / 2 - MARGIN - 40 * mm
    y = top - 33 * mm
    size = 9.0 if template.layout == "landscape" else 7.5
    for line in fonts.lines(record.identifier.replace(".", ". "), BOLD, size, wide):
        sheet.write(MARGIN, y, line.replace(". ", "."), size=size, bold=True)
        y -= 4.4 * mm
    x = sheet.width - MARGIN + 2 * mm - CODE_SIDE
    sheet.code(x, top - 22 * mm - CODE_SIDE, CODE_SIDE, drawn.code)
    y = top - 25 * mm - CODE_SIDE
    sheet.write(x + CODE_SIDE / 2, y, drawn.word("scan"), size=7, anchor="centre")
    if template.check_at:
        x = sheet.width - MARGIN + 2 * mm
        sheet.write(x, y - 3.2 * mm, template.check_at, size=6, anchor="right")


def _copy_words(drawn: Drawn) -> str:
    word = drawn.template.copy_spec(drawn.copy.kind).word
    said = " ".join(word[one] for one in drawn.record.languages)
    return f"{said} {drawn.copy.number}"


class Block(msgspec.Struct, frozen=True):
    """A row as it is broken into lines."""

    row: LicenceRow
    lines: list[str]
    size: float
    high: float


def _rows(sheet: Sheet, drawn: Drawn) -> None:
    columns = drawn.template.columns
    sides = {field.name: field.column for field in drawn.template.fields}
    room = (sheet.width - 2 * MARGIN - GUTTER * (columns - 1)) / columns
    top = sheet.height - 76 * mm
    ys = dict.fromkeys(_floors(columns), top)
    colour = HexColor(int(drawn.template.colour, 16))
    for block in _fitting(drawn, sides, room, top):
        column = sides[block.row.name]
        x = MARGIN + (column - 1) * (room + GUTTER)
        _row(sheet, (x, ys[column]), block, colour)
        ys[column] -= block.high
        sheet.rule(x, x + room, ys[column] + block.size + 5, colour=colour, pen=0.15)


def _fitting(
    drawn: Drawn, sides: Mapping[str, int], room: float, top: float
) -> list[Block]:
    """Return the rows in the largest type in which no column reaches too low."""
    for size in SIZES:
        blocks = [_block(row, size, room) for row in drawn.record.rows]
        lowest = dict.fromkeys(_floors(drawn.template.columns), top)
        for block in blocks:
            lowest[sides[block.row.name]] -= block.high
        floors = _floors(drawn.template.columns)
        if all(lowest[column] >= floor for column, floor in floors.items()):
            return blocks
    raise LicenceTooLong(drawn.record.template)


def _floors(columns: int) -> dict[int, float]:
    """Return how low each column may reach: the last one ends above the seal."""
    return {
        column: SEAL_FLOOR if column == columns else FLOOR
        for column in range(1, columns + 1)
    }


def _block(row: LicenceRow, size: float, room: float) -> Block:
    lines = fonts.lines(row.value or "—", REGULAR, size, room - LABEL_ROOM)
    first, *others = (_label_lines(row, place) for place in range(len(row.label)))
    labels = 12 * len(first) + 8 * sum(map(len, others))
    high = max(len(lines) * size * LEAD, labels) + ROW_GAP
    return Block(row, lines, size, high)


def _label_lines(row: LicenceRow, place: int) -> list[str]:
    """Return a label in its first (0) or second (1) language, as it is broken."""
    text = list(row.label.values())[place]
    font, size = (BOLD, 11.0) if place == 0 else (REGULAR, 7.0)
    return fonts.lines(text, font, size, LABEL_ROOM - 2 * mm)


def _row(sheet: Sheet, at: tuple[float, float], block: Block, colour: Color) -> None:
    x, y = at
    below = y
    for line in _label_lines(block.row, 0):
        sheet.write(x, below, line, size=11, bold=True, colour=colour)
        below -= 12
    for place in range(1, len(block.row.label)):
        for line in _label_lines(block.row, place):
            sheet.write(x, below + 2, line, size=7, colour=GREY)
            below -= 8
    for line in block.lines:
        sheet.write(x + LABEL_ROOM, y, line, size=block.size)
        y -= block.size * LEAD


def _foot(sheet: Sheet, drawn: Drawn) -> None:
    record = drawn.record
    x = sheet.width - MARGIN - 20 * mm
    ornament.stamp(sheet, x, 46 * mm, 18 * mm, record.authority)
    # The seal lies over the end of the issuer's name, and hides nothing of it.
    x -= 14 * mm
    sheet.write(x, 50 * mm, record.authority, size=13, bold=True, anchor="right")
    issued = _day(record.issued, record.languages[0])
    sheet.write(x, 42 * mm, issued, size=12, anchor="right")
    if record.until:
        until = _day(record.until, record.languages[0])
        said = f"{drawn.word('until')} {until}"
        sheet.write(x, 35 * mm, said, size=9, anchor="right")
    y = 24.5 * mm
    for language in record.languages:
        note = drawn.template.note.get(language, "")
        sheet.write(sheet.width / 2, y, note, size=7, colour=GREY, anchor="centre")
        y -= 3.2 * mm


def _day(text: str, language: Language) -> str:
    day = dt.date.fromisoformat(text)
    if language in {Language.ZH_HANS, Language.ZH_HANT}:
        return f"{day.year}年{day.month}月{day.day}日"
    return day.isoformat()
