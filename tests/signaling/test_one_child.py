"""The server's child never outlives the server, and fails only who broke it."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signaling.one_child import OneChild

DIES_WHILE_ITS_CHILD = """
import asyncio, os, signal, sys
from signaling.one_child import OneChild

async def main():
    child = OneChild(os.getpid)
    asked = asyncio.ensure_future(child.ask(60, os.getpid))
    if sys.argv[1] == "works":
        await asked
    while not (child.pool and child.pool._processes):
        await asyncio.sleep(0)
    print(*child.pool._processes, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""
SOON = 30.0


def runs(pid: int) -> bool:
    """Whether a process is there, and not only its name until somebody asks."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
@pytest.mark.parametrize("when", ["works", "starts"])
def test_a_child_ends_with_a_server_that_is_killed_while_it(
    when: str, tmp_path: Path
) -> None:
    program = tmp_path / "server.py"
    program.write_text(DIES_WHILE_ITS_CHILD)

    # Not a pipe: a child that lives on would keep it open.
    with (tmp_path / "said").open("w+") as said:
        subprocess.run([sys.executable, str(program), when], stdout=said, check=False)
        said.seek(0)
        child = int(said.read())

    until = time.monotonic() + SOON
    while runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(child)


def do_nothing() -> None:
    """Set no limits."""


async def test_whoever_waits_behind_a_slow_question_is_answered() -> None:
    child = OneChild(do_nothing)
    await child.ask(SOON, os.getpid)

    answers = await asyncio.gather(
        child.ask(0.2, time.sleep, SOON),
        *[child.ask(SOON, divmod, number, 2) for number in range(3)],
        return_exceptions=True,
    )

    child.close()
    assert isinstance(answers[0], TimeoutError)
    assert answers[1:] == [(0, 0), (0, 1), (1, 0)]
