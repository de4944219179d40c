"""What a child that was taken over by a stranger's file still cannot do."""

import subprocess
import sys

import pytest

from document_capture import confinement
from tests.builders import ROOT

SHUT_IN = """
import fcntl, os, signal, socket, sys
from document_capture import confinement
confinement.limit_resources(threads=False)
walls = confinement.shut_in()
try:
    {deed}
except (OSError, MemoryError) as error:
    print("forbidden", *sorted(walls))
else:
    print("done")
"""


def deed(what: str) -> str:
    command = [sys.executable, "-c", SHUT_IN.format(deed=what)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def walls() -> str:
    return deed("raise OSError")


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("socket.socket()", id="call anybody"),
        pytest.param("os.fork()", id="start a process"),
        pytest.param("os.execv('/bin/true', ['true'])", id="become another program"),
        pytest.param("os.kill(os.getppid(), signal.SIGTERM)", id="end its parent"),
        pytest.param(
            "fcntl.fcntl(1, 8, os.getpid())", id="have anybody signalled (F_SETOWN)"
        ),
        pytest.param("os.open('/tmp/x', os.O_CREAT | os.O_WRONLY)", id="make a file"),
        pytest.param("os.unlink('/tmp/does-not-exist')", id="delete a file"),
    ],
)
def test_a_child_that_was_taken_over_cannot(what: str) -> None:
    if "seccomp" not in walls():
        pytest.skip("this kernel filters no system calls")

    assert deed(what).startswith("forbidden")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/proc/self/environ", "pyproject.toml"]
)
def test_a_child_reads_nothing_but_fonts(path: str) -> None:
    if "landlock" not in walls():
        pytest.skip("this kernel hides no files")

    assert deed(f"os.open({path!r}, os.O_RDONLY)").startswith("forbidden")


def test_a_child_gets_no_more_memory_than_it_needs() -> None:
    assert deed(f"bytearray({confinement.MEMORY})").startswith("forbidden")


def test_every_machine_allows_as_much_as_the_other() -> None:
    old_ones_of_x86 = 4

    more = len(confinement.CALLS["x86_64"]) - len(confinement.CALLS["aarch64"])

    assert more == old_ones_of_x86
    assert all(0 <= step[1] < 256 for step in confinement.program("aarch64"))
