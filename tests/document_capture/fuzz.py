"""Fuzzing by hand: ``python -m tests.document_capture.fuzz TARGET [options]``.

Needs ``pip install atheris``; the options are libFuzzer's. It starts from
``corpus.txt`` and from what ``seeds`` makes; what it finds belongs into the first
as a line, so that every test run tries it again.
"""

import importlib
import sys
import tempfile
from pathlib import Path

from bench.papers import WORDS, a_zone
from document_capture.images import TooSlow
from document_capture.mrz_formats import ALPHABET, FORMATS
from document_capture.opening import CODE_LENGTH, HEAD
from tests.document_capture.strange_files import REFUSED, TAKEN
from tests.document_capture.targets import FILES, TARGETS

CORPUS = Path(__file__).with_name("corpus.txt")
LARGEST_SEED = 200_000
"""Bytes: a fuzzer that changes one byte of a photograph learns nothing."""

SLOW = {"PDF of groups in groups"}
"""Strange files that take seconds to be refused: in each group the next is drawn ten
times, and only the child's clock, which is not up here, ends that early. A fuzzer that
begins with one tries nothing else."""


def corpus(target: str) -> list[bytes]:
    """Return the inputs kept for a target: one line each, its name and hexadecimal."""
    rows = [line.split() for line in CORPUS.read_text("ascii").splitlines()]
    return [bytes.fromhex(row[1]) for row in rows if row and row[0] == target]


def seeds(target: str) -> list[bytes]:
    """Return inputs that are made by code: strange files, zones, printed words."""
    if target in FILES:
        # What takes minutes is ended by the child's limits, which are not up here.
        quick = [
            make
            for name, (make, why) in REFUSED.items()
            if why is not TooSlow and name not in SLOW
        ]
        made = [make() for make in [*quick, *(make for make, _ in TAKEN.values())]]
        return [data for data in made if len(data) <= LARGEST_SEED]
    if target == "child":
        end = HEAD.pack(0, 0, 0, 0)
        page = HEAD.pack(4, 2, 6, 200) + bytes(24)
        codes = ("", "file-locked", "no such code")
        return [page + end + one.ljust(CODE_LENGTH).encode() for one in codes]
    if target == "identifiers":
        return ["\n".join(words).encode() for words in WORDS.values()]
    zones = ["\n".join(a_zone(name, seed)) for name in FORMATS for seed in range(3)]
    if target == "mrz":
        return [zone.encode() for zone in zones]
    places = {letter: bytes([at]) for at, letter in enumerate(ALPHABET)}
    # The number of K would be the end of a row: another one that is K too.
    places |= {"\n": b"\n", "K": bytes([10 + len(ALPHABET)])}
    return [b"".join(places[one] for one in zone) for zone in zones]


def main() -> None:
    """Hand one target to atheris."""
    atheris = importlib.import_module("atheris")
    target = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate([*corpus(target), *seeds(target)]):
            (Path(folder) / str(number)).write_bytes(data)
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
