"""Machine time of the whole journey: ``make bench NAME=journey``."""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.report import at_most, tell
from signaling.journey import play

SOURCES = "3 to 5 minutes in the source documents; nothing to run"


def main() -> int:
    """Play the journey once and compare with the promises."""
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(play(Path(folder), quiet=True))
    steps = {step["name"]: step["machine_seconds"] for step in report["steps"]}
    first = next(iter(steps.values()))
    sheet = next(value for name, value in steps.items() if name.startswith("release"))
    licence = next(v for name, v in steps.items() if name.startswith("approval"))
    machine = report["machine_seconds"]
    return tell(
        "journey",
        [
            at_most("machine time of a whole journey", "s", 10.0, machine, SOURCES),
            at_most("touch to first picture", "s", 0.4, first, "Janus videoroom"),
            at_most("approve to licence sealed", "s", 1.0, licence, SOURCES),
            at_most("release to sheet out", "s", 2.0, sheet, SOURCES),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
