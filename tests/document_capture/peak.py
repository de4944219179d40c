"""Tells how much memory a child takes: ``python -m tests.document_capture.peak``.

A process of its own, for what the system tells of a child includes what its
parent had when it was started. Answers the most kilobytes resident of any child.
"""

import resource
import subprocess
import sys
from pathlib import Path

from document_capture.files import child_command
from document_capture.opening import Refusal, kind_of


def main() -> int:
    """Open every file of the folder named by the first argument."""
    for path in sorted(Path(sys.argv[1]).iterdir()):
        try:
            command = child_command(kind_of(path.read_bytes()))
        except Refusal:
            continue
        with path.open("rb") as source:
            subprocess.run(
                command,
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                env={},
            )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(f"{most}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
