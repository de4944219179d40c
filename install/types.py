"""Makes ``web/protocol.ts`` from the message classes in ``protocol/``."""

import json
import sys
from pathlib import Path

from install.node import run_node
from protocol.schema import schema

TARGET = Path("web/protocol.ts")


def made_types() -> str:
    """Return what ``web/protocol.ts`` should hold."""
    text = json.dumps(schema(), indent=1, sort_keys=True)
    done = run_node("web/generate.mjs", text=text)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-500:])
    return done.stdout


if __name__ == "__main__":
    TARGET.write_text(made_types(), "utf-8")
    sys.exit(0)
