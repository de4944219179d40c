"""What was written survives a power cut, together with its name."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: after a crash it is the old or the new, whole."""
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(data)
    sync(half, half)
    half.replace(path)
    sync(path, path.parent)


def sync(path: Path, root: Path) -> None:
    """Sync ``path`` and every folder from it up to ``root``.

    A file whose folder was not synced may be whole and have no name.
    """
    for one in (path, *path.parents):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if one == root:
            return
