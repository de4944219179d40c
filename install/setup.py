"""Brings a fresh checkout to life with nothing but Python 3.11, make and git.

Run by the machine's own Python, so it uses the standard library alone. Every
step leaves a stamp with a digest of what it was made from; when nothing changed
there is nothing to do.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LEAST = (3, 11)
PAGES = ("counter_client/ui", "agent_desk")
OPEN_PAGES = ("web/phone", "web/licence-check", "web/verify")
"""The pages for everybody's own devices; they have no packages of their own."""
SOURCES = ("*.ts", "*.vue", "*.css", "*.html", "*.json")


def main() -> int:
    """Do every step that is not up to date; return an exit status."""
    os.chdir(ROOT)
    if sys.version_info < LEAST:
        return _sorry(f"Python {LEAST[0]}.{LEAST[1]} or newer is needed")
    try:
        _step("python environment", VENV / "stamp", _lock_files(), _environment)
        _step(
            "node packages", ROOT / "node_modules" / ".stamp", _npm_files(), _packages
        )
        _step("pages", ROOT / "agent_desk/dist/.stamp", _page_files(), _pages)
        _step("fonts", ROOT / "var/fonts/stamp", _npm_files(), _fonts)
    except subprocess.CalledProcessError as error:
        _sorry(f"setting up failed at: {' '.join(map(str, error.cmd[:6]))}")
        if error.output:
            print(error.output[-1500:], file=sys.stderr)
        print(
            "If the network is down: packages come from the package indexes that pip "
            "and npm are set to use; try again when they can be reached.",
            file=sys.stderr,
        )
        return 1
    return 0


def _sorry(sentence: str) -> int:
    print(f"counter: {sentence}", file=sys.stderr)
    return 1


def _step(
    name: str, stamp: Path, sources: Iterable[Path], make: Callable[[], None]
) -> None:
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    # On standard error: standard output belongs to the command that follows.
    print(f"  … {name}", file=sys.stderr, flush=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())
    print(f"  ✓ {name}", file=sys.stderr, flush=True)


def _lock_files() -> list[Path]:
    return [ROOT / "requirements.lock", ROOT / "pyproject.toml"]


def _npm_files() -> list[Path]:
    manifests = [ROOT / folder / "package.json" for folder in (".", "web", *PAGES)]
    return [ROOT / "package-lock.json", *manifests]


def _page_files() -> list[Path]:
    folders = [ROOT / "web", *(ROOT / page for page in PAGES)]
    found = [
        path
        for folder in folders
        for kind in SOURCES
        for path in folder.rglob(kind)
        if not {"node_modules", "dist"} & set(path.parts)
        and path.name != "components.d.ts"
    ]
    return [*found, ROOT / "protocol/texts.json", *_npm_files()]


def _environment() -> None:
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-q",
    ]
    _run([*pip, "--require-hashes", "-r", "requirements.lock"], quiet=True)
    _run([*pip, "--no-deps", "--no-build-isolation", "-e", "."], quiet=True)


def _packages() -> None:
    _run([PYTHON, "-m", "install.node", "npm", "ci", "--ignore-scripts"], quiet=True)


def _pages() -> None:
    for page in (*PAGES, *OPEN_PAGES):
        _run([PYTHON, "-m", "install.node", "vite", "build", page], quiet=True)


def _fonts() -> None:
    _run([PYTHON, "-m", "install.fonts"])


def _run(command: list[str | Path], *, quiet: bool = False) -> None:
    out = subprocess.PIPE if quiet else None
    subprocess.run(
        command,
        check=True,
        stdout=out,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main())
