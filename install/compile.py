"""Compiles the path of a packet: the same source, translated to C by mypyc.

The media worker runs as it is, in Python. Compiled it costs a quarter less per
packet. What was compiled lies beside the source and is used instead of it, also
when the source has changed, until ``make source`` removes it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("signaling/media")
MODULES = (
    *("codecs", "downlink", "estimate", "gate", "journal", "leg", "pacer", "rtcp"),
    *("rtp", "share", "streams", "transport_cc", "uplink"),
)
"""What a packet passes; nothing that waits for disks or people."""
PACKAGES = ("protocol", "casework", "document_capture", "signaling")
"""What the worker needs to run."""
BUILD = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify(sys.argv[2:], opt_level="3", target_dir=sys.argv[1])
words = ["build_ext", "--inplace", "--build-temp", sys.argv[1]]
setup(name="compiled", packages=[], ext_modules=modules, script_args=words)
"""


def compiled(root: Path) -> list[Path]:
    """Return what lies beside the source of ``root``."""
    return [*root.glob("*__mypyc*.so"), *(root / FOLDER).glob("*.so")]


def remove(root: Path) -> None:
    """Go back to the source."""
    for path in compiled(root):
        path.unlink()


def build(root: Path) -> "subprocess.CompletedProcess[str]":
    """Compile in place; the result says how it went."""
    remove(root)
    sources = [str(FOLDER / f"{name}.py") for name in MODULES]
    with tempfile.TemporaryDirectory() as build_folder:
        command = [sys.executable, "-c", BUILD, build_folder, *sources]
        return subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False
        )


def build_copy(target: Path) -> "subprocess.CompletedProcess[str]":
    """Compile a copy in ``target``; this checkout stays as it is."""
    for name in PACKAGES:
        sources = shutil.ignore_patterns("*.so", "__pycache__")
        shutil.copytree(ROOT / name, target / name, ignore=sources)
    shutil.copy(ROOT / "pyproject.toml", target)
    return build(target)


def main() -> int:
    """Compile, or with ``--remove`` go back to the source."""
    if "--remove" in sys.argv[1:]:
        remove(ROOT)
        print("  the media worker runs from its source")
        return 0
    done = build(ROOT)
    if done.returncode != 0:
        print(f"{(done.stdout + done.stderr)[-1500:]}\n", file=sys.stderr)
        print("counter: not compiled; a C compiler is needed", file=sys.stderr)
        return 1
    print(f"  {len(MODULES)} modules of the media worker are compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
