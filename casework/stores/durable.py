"""What was written survives a power cut, together with its name."""

import os
from pathlib import Path


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
