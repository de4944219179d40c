"""How bytes reach the disk: so that they survive a power cut, or not."""

import os
from pathlib import Path


def write_safely(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: after a crash it is the old or the new, whole."""
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    # The name is in the folder, so the folder has to reach the disk too.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Disk:
    """A disk; a test may have one that kills its process."""

    def keep(self, path: Path, data: bytes) -> None:
        """Replace ``path`` by ``data``; it survives a power cut when this returns."""
        write_safely(path, data)

    def lay(self, path: Path, data: bytes) -> None:
        """Write what is worth nothing after a power cut, and so may be lost in one."""
        path.write_bytes(data)
