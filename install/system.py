"""Installs what only tests need from Debian, where that is allowed; else says so."""

import os
import shutil
import subprocess
import sys

NEEDED = {
    "chromium": "journey tests in a real browser",
    "ipptool": "the printer's conformance tests",
    "pdftotext": "reading PDFs with somebody else's reader",
    "turnserver": "calls through a real relay",
    "nft": "calls from behind a wall",
    "ip": "calls from behind a wall",
    "scanimage": "the scanner of a terminal",
    "softhsm2-util": "the office's seal in a token",
}
PACKAGES = (
    "chromium",
    "fonts-noto-cjk",
    "cups-ipp-utils",
    "poppler-utils",
    "coturn",
    "nftables",
    "iproute2",
    "sane-utils",
    "softhsm2",
)
# Debian starts a service as soon as its package is installed, unless this file,
# which Debian asks first, forbids it: a test's relay must not take a port here.
SCRIPT = f"""
guard=/usr/sbin/policy-rc.d
if [ ! -e $guard ]; then
  printf '#!/bin/sh\\nexit 101\\n' > $guard && chmod 755 $guard
  trap "rm -f $guard" EXIT
fi
apt-get -qq update
apt-get -qq install -y --no-install-recommends {" ".join(PACKAGES)}
"""


def _here(name: str) -> bool:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    return shutil.which(name, path=path) is not None


def main() -> int:
    """Install what is missing; never fail, tests say what they skip."""
    missing = [name for name in NEEDED if not _here(name)]
    if not missing:
        return 0
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not rights or shutil.which("sudo")):
        print(f"  … installing {', '.join(PACKAGES)}", flush=True)
        subprocess.run(
            [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", SCRIPT],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    for name, purpose in NEEDED.items():
        if not _here(name):
            print(f"  {name} is not here: skipped are {purpose}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
