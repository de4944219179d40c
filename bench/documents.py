"""What is promised about papers, part after part: ``make bench NAME=documents``.

``ARGS="--photos DIR --mrz DIR"`` adds real photographs and real specimens; without
them their promises are told as missing. ``--only`` measures some parts alone.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2

from bench import files, gate, pages, reading, transfer
from bench.report import Promise, tell

Part = Callable[[argparse.Namespace], list[Promise]]
PARTS: Mapping[str, Part] = {
    # First: what the system tells of a child includes what its parent had.
    "files": lambda _: files.promises(),
    "pages": lambda asked: pages.measure(asked.photos, asked.desks),
    "transfer": lambda _: transfer.transfer_promises(),
    "gate": lambda _: gate.promises(),
    "reading": lambda asked: reading.promises(asked.mrz),
}
"""Each returns its promises; what it measures is told in its module."""


def main(argv: Sequence[str] | None = None, parts: Mapping[str, Part] = PARTS) -> int:
    """Measure what is asked for, and tell all of it in one table or one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="photographs with corners.json")
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--mrz", type=Path, help="papers with zones, truth.json")
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    asked = parser.parse_args(argv)
    cv2.setNumThreads(1)
    promises: list[Promise] = []
    for name, part in parts.items():
        if name in asked.only:
            began = time.monotonic()
            promises += part(asked)
            spent = time.monotonic() - began
            print(f"  … {name}: {spent:.1f} s", file=sys.stderr, flush=True)
    return tell("documents", promises)


if __name__ == "__main__":
    sys.exit(main())
