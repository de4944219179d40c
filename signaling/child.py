"""One process of ours: started, watched, started again when it dies."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
from pathlib import Path

from signaling.embedded import die_with_parent

log = logging.getLogger(__name__)

RESTART_AFTER = 0.5
STOP_WITHIN = 8.0
MOST_RESTARTS = 20
"""Restarts of one process after which something is wrong that a person must see."""


class Child:
    """One process that is started again when it dies."""

    def __init__(
        self, name: str, command: list[str], env: dict[str, str], log_file: Path
    ) -> None:
        self.name = name
        self.process: asyncio.subprocess.Process | None = None
        self.restarts = 0
        self._command = command
        self._env = env
        self._log = log_file

    async def start(self) -> None:
        """Start the process; its words go to its log file."""
        with self._log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=functools.partial(die_with_parent, os.getpid()),
            )

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        while self.restarts < MOST_RESTARTS:
            assert self.process is not None, "started before it is kept"
            status = await self.process.wait()
            self.restarts += 1
            log.warning("%s ended with %s; starting it again", self.name, status)
            await asyncio.sleep(RESTART_AFTER)
            await self.start()

    async def stop(self) -> None:
        """Ask it to stop; insist after a while."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_WITHIN)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def kill(self) -> None:
        """Kill it without warning, as a power cut would."""
        assert self.process is not None, "running"
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """Return the end of its log."""
        return (
            self._log.read_text("utf-8", "replace")[-800:] if self._log.exists() else ""
        )
