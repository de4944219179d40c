"""What a print station knows about its jobs, on disk before each step is taken."""

from pathlib import Path

import msgspec

from counter_client.printing.disk import Disk

KEPT = 30 * 86_400.0
"""Seconds for which jobs that are over are kept; the server hands none out again."""


class Record(msgspec.Struct, kw_only=True):
    """A job as the station's journal keeps it.

    ``state`` is ``released``, ``sending``, ``spooled``, or how it ended:
    ``sheet-out``, ``no-sheet``, ``nobody-knows``.
    """

    job: str
    sha256: str
    size: int = 0
    state: str = "released"
    printer: str = ""
    """UUID of the printer."""
    exact: bool = False
    """The printer prints whole documents only, and counts its sheets."""
    printer_job: int = 0
    printer_uuid: str = ""
    """UUID of the job at the printer."""
    sheets: int = 0
    """How many the printer counted."""
    code: str = ""
    """SHA-256 of the licence's code, if the tray was seen without it before."""
    seen: bool = False
    """The camera over the tray saw the sheet, when nobody else knew."""
    told: bool = False
    trouble: str = ""
    """What a person has to do at the printer; a key of ``texts.json``."""
    left_there: bool = False
    """It ended for us, and may still wait at the printer: it has to be cancelled."""
    detail: str = ""


class Journal:
    """One file per job, replaced whole."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._disk = disk or Disk()
        self._records: dict[str, Record] = {}

    def load(self, now: float) -> None:
        """Read what earlier runs left; forget what has long been over."""
        for path in self._folder.glob("*.json"):
            record = msgspec.json.decode(path.read_bytes(), type=Record)
            over = record.told and not record.left_there
            if over and now - path.stat().st_mtime > KEPT:
                path.unlink()
                continue
            self._records.setdefault(record.job, record)

    def all(self) -> list[Record]:
        """Return every record."""
        return list(self._records.values())

    def find(self, job: str) -> Record | None:
        """Return a record, if that job was ever begun here."""
        return self._records.get(job)

    def save(self, record: Record) -> None:
        """Keep ``record``; it is on disk when this returns."""
        self._records[record.job] = record
        self._disk.keep(
            self._folder / f"{record.job}.json", msgspec.json.encode(record)
        )
