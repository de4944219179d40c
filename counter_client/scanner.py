"""Scans papers with ``scanimage`` of SANE, in a child process with limits.

SANE drives scanners on USB, and those on the network that speak eSCL (AirScan).
Its drivers are programs of many hands: one that hangs or dies takes nothing of
ours with it.
"""

import asyncio
import contextlib
import logging
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
from PIL import Image as Picture

from counter_client.scanning import (
    Abilities,
    FeederEmpty,
    ScannerBusy,
    ScannerGone,
    ScannerNotInstalled,
    ScannerSaysNo,
    ScannerSlow,
    feeder_is_through,
    first_scanner,
    has_failed,
    read_abilities,
    why_not,
)
from document_capture.capture import Page, imported
from document_capture.files import MOST_PAGES
from document_capture.images import Image, TooLarge

log = logging.getLogger(__name__)

PROGRAM = "scanimage"
LONGEST_LOOK = 30.0
"""Seconds: asking the network for scanners takes up to ten of them."""
LONGEST_SCAN = 180.0
"""Seconds: a feeder of twenty sheets takes two minutes."""
LOOK_EVERY = 30.0
"""Seconds after which a scanner that was or was not there is looked for again."""
TO_END = 2.0
"""Seconds that a stopped scan has to bring the lamp back."""
AFTER_FAILURE = 3.0
"""Seconds that a scan has to end by itself once it has said why it failed: drivers
that cancel a scan in a thread sometimes wait for that thread for ever."""
CHUNK = 4096
MOST_SAID = 64 * 1024
"""Of what a driver says; some talk without end."""
LARGEST_SHEET = 40 * 1024 * 1024
"""Bytes of one scanned sheet: A4 at 300 dpi is 26 MB before it is packed."""
MOST_MEMORY = 1 << 30
"""Bytes of address space of the driver: some read an answer without end."""
MOST_PIXELS = 40_000_000
"""Of one sheet: A4 at 600 dpi has 35 million."""
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
"""Scanned sheets lie in memory, not on a disk, until they are sent."""


class _Device(msgspec.Struct, frozen=True):
    name: str
    can: Abilities


class Scanner:
    """The scanner of one terminal, if it has one."""

    def __init__(self, setting: str, longest_scan: float = LONGEST_SCAN) -> None:
        """``setting``: empty for none, ``auto``, or the name of a SANE device."""
        self._setting = setting
        self._longest_scan = longest_scan
        self._using = asyncio.Lock()
        self._device: _Device | None = None
        self._reason = ScannerGone.code if setting else ""
        self._told = ""
        self._looked = -LOOK_EVERY
        if setting and shutil.which(PROGRAM) is None:
            log.warning("no scanner: scanimage is missing (Debian: sane-utils)")

    @property
    def reason(self) -> str:
        """Why there is no scanner; empty when there is one, or none is set."""
        return self._reason

    async def there(self) -> bool:
        """Return whether a scanner answers. Looks at most every half minute."""
        old = time.monotonic() - self._looked > LOOK_EVERY
        if self._setting and old and not self._using.locked():
            async with self._using:
                with contextlib.suppress(ScannerSaysNo):
                    await self._look()
        return self._device is not None

    async def scan(self) -> list[Page]:
        """Return what lies in the feeder or on the glass, a page for each sheet.

        All sheets or nothing: after a jam nobody knows which one was the last.

        Raises:
            ScannerSaysNo: with the reason in its ``code``.
            TooLarge: more sheets, or a larger one, than a paper has.
        """
        if self._using.locked():
            raise ScannerBusy
        async with self._using:
            device = self._device or await self._look()
            try:
                return await self._scan(device)
            except ScannerGone:
                self._forget(ScannerGone())
                raise

    async def _scan(self, device: _Device) -> list[Page]:
        if device.can.feeder is not None:
            try:
                return await self._run(device, device.can.feeder, MOST_PAGES)
            except FeederEmpty:
                if device.can.flatbed is None:
                    raise
        return await self._run(device, device.can.flatbed or "", 1)

    async def _look(self) -> _Device:
        self._looked = time.monotonic()
        try:
            name: str | None = self._setting
            if self._setting.lower() == "auto":
                name = first_scanner(await _said(["-f", "%d%n"]))
            if not name:
                raise ScannerGone
            listing = await _said(["-d", name, "--all-options"])
        except ScannerBusy:
            if self._device is None:
                raise
            return self._device  # it is there: somebody uses it
        except ScannerSaysNo as error:
            self._forget(error)
            raise
        self._device, self._reason = _Device(name, read_abilities(listing)), ""
        self._told = ""
        return self._device

    def _forget(self, why: ScannerSaysNo) -> None:
        if self._told != why.code:
            log.warning("no scanner %r: %s", self._setting, why.code)
        self._device, self._reason, self._told = None, why.code, why.code

    async def _run(self, device: _Device, source: str, most: int) -> list[Page]:
        where = MEMORY if os.access(MEMORY, os.W_OK) else None
        with tempfile.TemporaryDirectory(dir=where, prefix="scan-") as name:
            folder = Path(name)
            # One more than may be: a sheet left in the feeder would go unnoticed.
            count = most if most == 1 else most + 1
            words = ["-d", device.name, *device.can.words(source)]
            words += ["--format=png", f"--batch={folder}/%d.png"]
            words.append(f"--batch-count={count}")
            status, _, said = await _child(words, self._longest_scan)
            sheets = sorted(folder.glob("*.png"), key=lambda one: int(one.stem))
            if status == -signal.SIGXFSZ:
                raise TooLarge
            if not sheets or not (status == 0 or feeder_is_through(said)):
                raise why_not(said)
            if len(sheets) > most:
                raise TooLarge
            return await asyncio.to_thread(_pages, sheets)


async def _said(words: Sequence[str]) -> str:
    status, out, said = await _child(words, LONGEST_LOOK)
    if status != 0:
        raise why_not(said)
    return out


async def _child(words: Sequence[str], patience: float) -> tuple[int, str, str]:
    """Run ``scanimage`` and return exit status, standard output and error."""
    if shutil.which(PROGRAM) is None:
        raise ScannerNotInstalled
    child = await asyncio.create_subprocess_exec(
        PROGRAM,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C"},
    )
    try:
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            limit = LARGEST_SHEET, LARGEST_SHEET
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, limit)
            limit = MOST_MEMORY, MOST_MEMORY
            resource.prlimit(child.pid, resource.RLIMIT_AS, limit)
        out, said = await _heard(child, patience)
    finally:
        await _ended(child)
    status = child.returncode
    assert status is not None, "it was waited for"
    return status, out, said


async def _heard(child: asyncio.subprocess.Process, patience: float) -> tuple[str, str]:
    """Return what the child has said when it ended, or when it failed and hangs."""
    assert child.stdout is not None, "a pipe"
    assert child.stderr is not None, "a pipe"
    reading, said = asyncio.create_task(_first(child.stdout)), ""
    failed = ""
    try:
        async with asyncio.timeout(patience) as limit:
            while chunk := await child.stderr.read(CHUNK):
                words = chunk.decode("utf-8", "replace")
                said = (said + words)[-MOST_SAID:]
                if failed:
                    failed = (failed + words)[:MOST_SAID]
                elif has_failed(said[-2 * CHUNK :]):
                    failed = said[-2 * CHUNK :]
                    soon = asyncio.get_running_loop().time() + AFTER_FAILURE
                    limit.reschedule(min(soon, limit.when() or soon))
            out = (await reading).decode("utf-8", "replace")
            await child.wait()
    except TimeoutError:
        if failed:
            return "", failed
        raise ScannerSlow from None
    finally:
        reading.cancel()
    return out, failed or said


async def _first(stream: asyncio.StreamReader) -> bytes:
    """Return what comes, up to ``MOST_SAID``, and let the rest go."""
    heard = b""
    while chunk := await stream.read(CHUNK):
        heard = (heard + chunk)[:MOST_SAID]
    return heard


async def _ended(child: asyncio.subprocess.Process) -> None:
    """Make sure that the child is gone, also when the visit was cancelled."""
    try:
        if child.returncode is None:
            child.terminate()  # scanimage cancels the scan, so that the lamp goes back
            await asyncio.wait_for(child.wait(), TO_END)
    except (TimeoutError, asyncio.CancelledError):
        child.kill()
        await child.wait()
    finally:
        # asyncio stops reading a pipe that is full, and then never sees its end.
        child._transport.close()  # type: ignore[attr-defined]


def _pages(sheets: Sequence[Path]) -> list[Page]:
    """Return sheets as a driver wrote them a moment ago; one is open at a time."""
    return [_page(path) for path in sheets]


def _page(path: Path) -> Page:
    try:
        with Picture.open(path) as head:
            size, dpi = head.size, head.info.get("dpi", (0.0, 0.0))
    except (OSError, Picture.DecompressionBombError) as error:
        raise ScannerSaysNo from error
    if size[0] * size[1] > MOST_PIXELS:
        raise TooLarge
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    sheet: Image | None = cv2.imdecode(raw, cv2.IMREAD_COLOR)
    if sheet is None:
        raise ScannerSaysNo
    return imported(sheet, float(dpi[0]) if dpi[0] == dpi[1] else 0.0)
