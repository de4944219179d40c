"""Scanners made of shell scripts: what SANE's own test scanner cannot be made to do."""

import io
import os
import stat
from pathlib import Path

import pytest
from PIL import Image as Picture

from counter_client import scanner as scanner_module
from counter_client.scanner import Scanner
from counter_client.scanning import PaperJam


def a_driver(
    folder: Path, monkeypatch: pytest.MonkeyPatch, abilities: str, scan: str
) -> Scanner:
    """Return a scanner whose ``scanimage`` is a script that runs ``scan``."""
    program = folder / "scanimage"
    program.write_text(
        f"""#!/bin/sh
case "$*" in
  *--all-options*) echo '    --source {abilities}' ;;
  {scan}
esac
"""
    )
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Scanner("some:device")


async def test_an_empty_feeder_lets_the_glass_be_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Picture.new("RGB", (60, 80), "white").save(tmp_path / "sheet.png")
    scan = f"""
  *--source=ADF*) echo 'sane_start: Document feeder out of documents' >&2; exit 7 ;;
  *--source=Flatbed*)
    for word; do case "$word" in --batch=*) to=${{word#--batch=}} ;; esac; done
    cp {tmp_path}/sheet.png "${{to%\\%d.png}}1.png" ;;"""
    scanner = a_driver(tmp_path, monkeypatch, "Flatbed|ADF [Flatbed]", scan)

    [sheet] = await scanner.scan()

    with Picture.open(io.BytesIO(sheet.page)) as page:
        assert page.size == (60, 80)


async def test_a_driver_that_fails_and_then_hangs_is_told_by_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = "*) echo 'scanimage: sane_read: Document feeder jammed' >&2; exec sleep 99;;"
    scanner = a_driver(tmp_path, monkeypatch, "Flatbed [Flatbed]", scan)
    monkeypatch.setattr(scanner_module, "AFTER_FAILURE", 0.01)

    with pytest.raises(PaperJam):
        await scanner.scan()
