"""Fetches the face models that tests try the engine with; never fails.

They are no part of the product: an office takes them with ``counter face-models``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from document_capture.face_models import PINNED, BadPackage, import_models
from install.node import NODE, TOOLS

PACKAGE = "faceplugin-face-recognition-js@0.0.1"
FOLDER = Path("var/face")
PATIENCE = 120
"""Seconds for 41 MB."""


def main() -> int:
    """Take the models from the npm registry, unless they are here; else say so."""
    if all((FOLDER / name).exists() for name in PINNED):
        return 0
    print("  … face models, for tests", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(
                [NODE, TOOLS["npm"], "pack", "--silent", PACKAGE],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=PATIENCE,
            )
            [package] = Path(folder).glob("*.tgz")
            import_models(package, FOLDER)
        except (subprocess.SubprocessError, OSError, ValueError, BadPackage) as error:
            print(f"  … none ({type(error).__name__}): tests of the engine are skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
