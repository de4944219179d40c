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
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("signaling/media")
MODULES = (
    *("codecs", "downlink", "estimate", "gate", "journal", "leg", "pacer", "rtcp"),
    *("rtp", "share", "streams", "transport_cc", "uplink"),
)
"""What a packet passes; nothing that waits for disks or people."""
PACKAGES = ("protocol", "casework", "document_capture", "signaling")
"""What the worker needs to run."""
Built: TypeAlias = "subprocess.CompletedProcess[str]"
BUILD = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify(sys.argv[2:], opt_level="3", target_dir=sys.argv[1])
words = ["build_ext", "--inplace", "--build-temp", sys.argv[1]]
setup(name="compiled", packages=[], ext_modules=modules, script_args=words)
"""

WHEEL = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify(sys.argv[3:], opt_level="3", target_dir=sys.argv[1])
words = ["-q", "bdist_wheel", "--dist-dir", sys.argv[2]]
setup(ext_modules=modules, script_args=words)
"""


def compiled(root: Path) -> list[Path]:
    """Return what lies beside the source of ``root``."""
    return [*root.glob("*__mypyc*.so"), *(root / FOLDER).glob("*.so")]


def remove(root: Path) -> None:
    """Go back to the source."""
    for path in compiled(root):
        path.unlink()


def build(root: Path) -> Built:
    """Compile in place; the result says how it went."""
    remove(root)
    with tempfile.TemporaryDirectory() as folder:
        return _run(root, BUILD, folder)


def build_copy(target: Path) -> Built:
    """Compile a copy in ``target``; this checkout stays as it is."""
    _copy(PACKAGES, target)
    return build(target)


def build_wheel(out: Path) -> Built:
    """Make a wheel in ``out`` with the compiled modules beside their source.

    The source is the fallback: a Python without the compiled part runs it.
    """
    with tempfile.TemporaryDirectory() as folder:
        _copy((*PACKAGES, "counter_client"), Path(folder))
        return _run(Path(folder), WHEEL, "c", str(out.resolve()))


def _copy(packages: tuple[str, ...], target: Path) -> None:
    for name in packages:
        sources = shutil.ignore_patterns("*.so", "__pycache__", "ui", "dist")
        shutil.copytree(ROOT / name, target / name, ignore=sources)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, target)


def _run(root: Path, program: str, *words: str) -> Built:
    sources = [str(FOLDER / f"{name}.py") for name in MODULES]
    command = [sys.executable, "-c", program, *words, *sources]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )


def main() -> int:
    """Compile; ``--remove`` goes back to the source, ``--wheel`` makes a wheel."""
    if "--remove" in sys.argv[1:]:
        remove(ROOT)
        print("  the media worker runs from its source")
        return 0
    wheel = "--wheel" in sys.argv[1:]
    done = build_wheel(ROOT / "dist") if wheel else build(ROOT)
    if done.returncode != 0:
        print(f"{(done.stdout + done.stderr)[-1500:]}\n", file=sys.stderr)
        print("counter: not compiled; a C compiler is needed", file=sys.stderr)
        return 1
    where = "in a wheel in dist/" if wheel else "in place"
    print(f"  {len(MODULES)} modules of the media worker are compiled, {where}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
