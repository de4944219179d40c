"""Installs what only tests need from Debian, where that is allowed; else says so."""

import os
import shutil
import subprocess
import sys

NEEDED = {
    "chromium": "journey tests in a real browser",
    "ipptool": "the printer's conformance tests",
    "pdftotext": "reading PDFs with somebody else's reader",
}
PACKAGES = ("chromium", "fonts-noto-cjk", "cups-ipp-utils", "poppler-utils")


def main() -> int:
    """Install what is missing; never fail, tests say what they skip."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if not missing:
        return 0
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not rights or shutil.which("sudo")):
        print(f"  … installing {', '.join(PACKAGES)}", flush=True)
        get = [*rights, "apt-get", "-qq"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*get, "update"], check=False, env=env, **quiet)  # type: ignore[call-overload]  # mypy cannot spread a dict
        install = [*get, "install", "-y", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, check=False, env=env, **quiet)  # type: ignore[call-overload]  # as above
    for name, purpose in NEEDED.items():
        if shutil.which(name) is None:
            print(f"  {name} is not here: skipped are {purpose}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
