"""Finds what is printed beside or below a label: ``姓名 Name`` and then the name."""

import re
import unicodedata
from collections.abc import Sequence

from document_capture.ocr import Box, Line

NEAR_BELOW = 2.5
"""Line heights between a label and the value under it."""
SAME_ROW = 0.5
"""Share of the lower line by which two lines overlap when they are one row."""
NEXT_LABEL = re.compile(r"\s(?:[^\s:]{1,12}|[A-Z][A-Za-z. ]{1,30}):")
"""A word, or some words of Latin letters, before a colon."""
PUNCTUATION = " :.-/"
GOES_ON = re.compile(r"[a-zà-ÿ' ]{1,40}:\s*(?=\S)")
"""Small letters and a colon: the label goes on (``Address`` ``of the premises:``)."""
WORDS = (
    *("姓名", "名字", "姓", "性别", "性別", "出生日期", "出生", "民族", "国籍", "國籍"),
    *("住址", "地址", "证件号码", "證件號碼", "证件编号", "證件編號", "编号", "編號"),
    *("身份证号码", "身份證號碼", "签发日期", "簽發日期", "有效期", "有效期至", "職業"),
    *("职业", "Name", "Surname", "Given names", "Sex", "Date of birth", "Nationality"),
    *("Place of birth", "Address", "Number", "Document No.", "Passport No."),
    *("Date of issue", "Date of expiry", "Valid until", "Occupation", "Nome"),
    *("Apelido", "Nomes próprios", "Sexo", "Data de nascimento", "Data de nasc."),
    *("Local de nascimento", "Nacionalidade", "Morada", "Endereço", "Número", "N.º"),
    *("N.°", "Data de emissão", "Válido até", "Validade", "Profissão"),
)
"""What is printed on papers before a value, and is no value itself."""


def place_of(line: Line) -> Box:
    """Return left, top, width and height of ``line`` as shares of the page."""
    xs, ys = zip(*line.corners, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def value_of(
    labels: Sequence[str], lines: Sequence[Line], others: Sequence[str] = ()
) -> tuple[str, Line] | None:
    """Return the text that belongs to a label, and the line where it stands.

    It is looked for behind the label in its own line, then to the right, then
    below. A line that is a label itself is nobody's value.

    Args:
        labels: the same label in the languages of the paper.
        lines: everything that was read.
        others: the labels of other fields; a value ends where one of them begins.
    """
    wanted = sorted(map(plain, labels), key=len, reverse=True)
    stops = [plain(other) for other in others if plain(other) not in wanted]
    for begins in (True, False):
        for line in lines:
            rest = _behind(plain(line.text), wanted, begins=begins)
            if rest is None:
                continue
            rest = _until(_without_labels(rest), stops)
            if rest:
                return rest, line
            neighbour = _neighbour(line, lines, [*wanted, *stops])
            text = _until(plain(neighbour.text), stops) if neighbour else ""
            if neighbour is not None and text:
                return text, neighbour
    return None


def plain(text: str) -> str:
    """Return ``text`` in one width (NFKC), with single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _behind(text: str, labels: Sequence[str], *, begins: bool) -> str | None:
    """Return what follows the label in ``text``; ``None`` if it is not there."""
    pattern = "|".join(_one(label) for label in labels if label)
    if not pattern:
        return None
    # A label may stand in several languages, one after the other.
    several = rf"(?:(?:{pattern})[{re.escape(PUNCTUATION)}]*)+"
    found = re.search(rf"^{several}" if begins else several, text, re.IGNORECASE)
    return None if found is None else text[found.end() :].strip(" :")


def _without_labels(text: str) -> str:
    """Return what follows further words for the same label, in whatever language."""
    text = text.lstrip(PUNCTUATION)
    if going_on := GOES_ON.match(text):
        text = text[going_on.end() :]
    while found := _LABELS.match(text):
        text = text[found.end() :]
    return text


def _one(label: str) -> str:
    # Blanks inside a label are often read or not; letters need a word's edge.
    loose = r"\s*".join(re.escape(one) for one in label.replace(" ", ""))
    before = r"(?<![A-Za-z])" if label[0].isascii() else ""
    after = r"(?![A-Za-z])" if label[-1].isascii() else ""
    return before + loose + after


def _until(text: str, stops: Sequence[str]) -> str:
    """Return ``text`` before the next label: a known one, or a word and a colon."""
    ends = [len(text)]
    for stop in stops:
        found = re.search(_one(stop), text, re.IGNORECASE) if stop else None
        # Behind a label its value follows; ``Born`` at the end is a person's name.
        if found and (not stop.isascii() or found.end() < len(text)):
            ends.append(found.start())
    if found := NEXT_LABEL.search(text):
        ends.append(found.start())
    return text[: min(ends)].strip(PUNCTUATION)


def _neighbour(
    label: Line, lines: Sequence[Line], labels: Sequence[str]
) -> Line | None:
    left, top, width, height = place_of(label)
    best: tuple[float, Line] | None = None
    for line in lines:
        text = plain(line.text)
        if line is label or _behind(text, labels, begins=True) is not None:
            continue
        if not _without_labels(text):
            continue
        x, y, wide, high = place_of(line)
        shared = min(top + height, y + high) - max(top, y)
        if x >= left + width / 2 and shared > SAME_ROW * min(height, high):
            # What stands to the right comes before everything below.
            distance = x - (left + width) - 1.0
        elif 0 < y - top < NEAR_BELOW * height and min(left + width, x + wide) > max(
            left, x
        ):
            distance = y - top
        else:
            continue
        if best is None or distance < best[0]:
            best = distance, line
    return None if best is None else best[1]


_LABELS = re.compile(
    "(?:"
    + "|".join(_one(plain(word)) for word in sorted(WORDS, key=len, reverse=True))
    + rf")(?:[{re.escape(PUNCTUATION)}]+|$)",
    re.IGNORECASE,
)
"""A label of ``WORDS`` and what separates it from what follows."""
