"""Makes a machine-readable zone of rows that were read: counts, alphabets, choice.

Readers miscount long runs of fillers and take a zero for an O. Both are put right
where the format leaves one way; check digits then say whether it was.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from document_capture.mrz import Mrz, NotMrz, faults_of, parse
from document_capture.mrz_formats import (
    ALPHABETS,
    DATE,
    DIGITS,
    FORMATS,
    LETTERS,
    LOOKALIKES,
    NAMES,
    Format,
)

MISCOUNTED = 6
"""So many characters may be missing or too many in a row of fillers."""
APART = 3.5
"""Line heights from one line's middle to the next one's."""
LEAST_HOLDING = 2
"""So many check digits must hold before something is called a zone at all."""
HALF_A_LETTER = 0.6
"""Letters by which one may stand beside its place: readers are as exact as a third."""
MISCOUNTED_NAMES = "count-names"
"""The fault of a zone whose two fillers between the names may be one that was lost."""
MISCOUNTED_NUMBER = "count-number"
"""The fault of a zone in which a filler was put, or left out, before the last of its
checked fields: what was lost there may have been a digit like the one beside it."""


class Row(msgspec.Struct, frozen=True):
    """One long line: what was read, and where it lies in level coordinates."""

    text: str
    confidence: float
    middle: float
    height: float
    places: tuple[float, ...] = ()
    """Where each of its letters is, from the left; empty: not known."""


class Way(msgspec.Struct, frozen=True):
    """One way to read some rows as a zone."""

    faults: int
    doubt: float
    lines: tuple[str, ...]
    miscounted: tuple[str, ...]
    """The faults of what was put right."""


class Fitted(msgspec.Struct, frozen=True):
    """A line of the length that the format wants."""

    text: str
    changed: int | None = None
    """The first place at which fillers were put or left out."""


def zone_in(rows: Sequence[Row]) -> Mrz | None:
    """Return the zone that neighbouring ``rows``, from the top, make up.

    Of several ways to read them, the one with the fewest faults.
    """
    ways = _ways_to_read(rows)
    best = min(
        ways, default=None, key=lambda one: (one.faults, one.miscounted, one.doubt)
    )
    if best is None:
        return None
    try:
        zone = parse(best.lines)
    except NotMrz:
        return None
    if not best.miscounted:
        return zone
    faults = (*zone.faults, *best.miscounted)
    return msgspec.structs.replace(zone, faults=faults, verified=False)


def _ways_to_read(rows: Sequence[Row]) -> Iterator[Way]:
    """Yield faults, doubt and lines of what has enough check digits that hold."""
    for layout in FORMATS.values():
        for start in range(len(rows) - layout.lines + 1):
            together = rows[start : start + layout.lines]
            if not _belong(together, layout):
                continue
            doubt = -sum(row.confidence for row in together)
            texts = [row.text for row in together]
            names = _names_in_doubt(together, layout)
            for lines, number in _fitted(texts, layout):
                faults = faults_of(lines)
                if faults is None:
                    continue
                failing = sum(fault.startswith("check-") for fault in faults)
                if len(layout.checks) - failing >= LEAST_HOLDING:
                    doubtful = (MISCOUNTED_NAMES,) * names
                    doubtful += (MISCOUNTED_NUMBER,) * number
                    yield Way(len(faults), doubt, lines, doubtful)


def _belong(rows: Sequence[Row], layout: Format) -> bool:
    if any(abs(len(row.text) - layout.length) > MISCOUNTED for row in rows):
        return False
    for above, below in itertools.pairwise(rows):
        height = max(above.height, below.height)
        if not 0 < below.middle - above.middle < APART * height:
            return False
    return True


def _fitted(
    texts: Sequence[str], layout: Format
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the lines with missing or surplus fillers put right in every way.

    Beside them, whether that was done before the end of the checked fields.
    """
    names = layout.fields["names"][0]
    choices = [
        _of_length(text, layout.length, 1 if row == names else 4)
        for row, text in enumerate(texts)
    ]
    ends = [_checked_until(row, layout) for row in range(layout.lines)]
    for lines in itertools.product(*choices):
        early = any(
            one.changed is not None and one.changed < end
            for one, end in zip(lines, ends, strict=True)
        )
        yield _by_alphabet([one.text for one in lines], layout), early


def _checked_until(row: int, layout: Format) -> int:
    """Return where the fields of a row end that have a check digit of their own."""
    own = (layout.checks[name].at for name in ("number", "birth", "expiry"))
    return max((at[2] for at in own if at[0] == row), default=0)


def _names_in_doubt(rows: Sequence[Row], layout: Format) -> bool:
    """Whether characters are missing that may be of the names, or part them.

    No check digit covers names. Where both fillers between them are seen, and every
    letter stands where it is to stand, it is the long run at the end that was
    miscounted. A short line without one was cut off, and where a letter stands
    further on than it should, a sticker or a thumb hides some before it.
    """
    line = rows[layout.fields["names"][0]]
    if len(line.text) >= layout.length:
        return False
    whole = line.text.endswith("<") and "<<" in line.text.rstrip("<")
    return not whole or _out_of_place(line, rows, layout.length)


def _out_of_place(line: Row, rows: Sequence[Row], length: int) -> bool:
    """Whether a letter of ``line`` stands elsewhere than one of a whole line would."""
    names = len(line.text.rstrip("<"))
    whole = [row for row in rows if len(row.text) == len(row.places) == length]
    if not whole or len(line.places) != len(line.text):
        return bool(line.places)  # nothing to measure with
    step, first = np.polyfit(np.arange(length), whole[0].places, 1)
    stands = (np.array(line.places[:names]) - first) / step
    return bool(np.abs(stands - np.arange(names)).max() > HALF_A_LETTER)


def _of_length(text: str, length: int, most_runs: int) -> list[Fitted]:
    """Return ``text`` of ``length``; fillers change in one of the last runs."""
    missing = length - len(text)
    if missing == 0:
        return [Fitted(text)]
    runs = [(run.start(), run.end()) for run in re.finditer("<+", text)]
    if missing > 0:
        fitted = [
            Fitted(text[:end] + "<" * missing + text[end:], start)
            for start, end in runs[-most_runs:]
        ]
        fitted.append(Fitted(text + "<" * missing, len(text)))
    else:
        fitted = [
            Fitted(text[: end + missing] + text[end:], start)
            for start, end in runs[-most_runs:]
            if end - start > -missing
        ]
        fitted += [Fitted(text[:length], length), Fitted(text[-length:], 0)]
    # Of two ways to the same line, the one that changed it last.
    return list({one.text: one for one in fitted}.values())


_AS_DIGIT = {pair[0]: pair[1] for pair in LOOKALIKES}
_AS_LETTER = {pair[1]: pair[0] for pair in reversed(LOOKALIKES)}


def _by_alphabet(lines: Sequence[str], layout: Format) -> tuple[str, ...]:
    """Return ``lines`` with lookalikes that cannot stand in a field exchanged."""
    rows = [list(line) for line in lines]
    spans = [(span, ALPHABETS.get(name)) for name, span in layout.fields.items()]
    spans += [(check.at, DATE) for check in layout.checks.values()]
    spans.append(((0, 0, 1), LETTERS))
    spans.append(((0, 1, 2), NAMES))
    for (row, begin, end), alphabet in spans:
        if alphabet in {DATE, DIGITS}:
            exchange = _AS_DIGIT
        elif alphabet in {NAMES, LETTERS}:
            exchange = _AS_LETTER
        else:
            continue
        for place in range(begin, end):
            rows[row][place] = exchange.get(rows[row][place], rows[row][place])
    return tuple("".join(row) for row in rows)
