"""Fuzzing by hand: ``python -m tests.document_capture.fuzz TARGET [options]``.

Needs ``pip install atheris``; the options are libFuzzer's. It starts from
``corpus.txt`` and the strange files; what it finds belongs into the first as a
line, so that every test run tries it again.
"""

import importlib
import sys
import tempfile
from pathlib import Path

from tests.document_capture.strange_files import REFUSED, TAKEN
from tests.document_capture.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus.txt")


def corpus(target: str) -> list[bytes]:
    """Return the inputs kept for a target: one line each, its name and hexadecimal."""
    rows = [line.split() for line in CORPUS.read_text("ascii").splitlines()]
    return [bytes.fromhex(row[1]) for row in rows if row and row[0] == target]


def main() -> None:
    """Hand one target to atheris."""
    atheris = importlib.import_module("atheris")
    target = sys.argv[1]
    seeds = [make() for make, _ in [*REFUSED.values(), *TAKEN.values()]]
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate([*corpus(target), *seeds]):
            (Path(folder) / str(number)).write_bytes(data)
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
