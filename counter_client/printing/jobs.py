"""The jobs of our own printer: a journal on disk, and sheets in a tray."""

import hashlib
import time
import uuid
from pathlib import Path

import msgspec

from counter_client.printing.disk import Disk
from counter_client.printing.ipp import JobState

FINAL = {JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}
MOST_KEPT = 200
"""Finished jobs whose account is kept; their sheets stay in the tray."""


class PrinterJob(msgspec.Struct, kw_only=True):
    """One job. ``sheets`` counts paper that came out."""

    id: int
    uuid: str
    name: str
    user: str
    state: JobState = JobState.HELD
    reason: str = "job-incoming"
    created: float = 0.0
    processing: float = 0.0
    completed: float = 0.0
    sheets: int = 0
    sha256: str = ""
    """Of the document, once it is here whole."""

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in FINAL


class Spool:
    """Keeps jobs and documents: that a job is there, and how it ended, is on disk.

    When power fails, what waited is over: nobody stands at the window any more, and
    a sheet that came out then would be one too many. So how far a job was between
    its beginning and its end need not survive, and neither need its document.
    """

    def __init__(self, folder: Path, tray: Path, disk: Disk) -> None:
        self.tray = tray
        self._disk = disk
        self._folder = folder
        for path in (folder, tray):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._jobs: dict[int, PrinterJob] = {}
        for path in sorted(folder.glob("*.json")):
            job = msgspec.json.decode(path.read_bytes(), type=PrinterJob)
            self._jobs[job.id] = job
        self._last = max(self._jobs, default=0)
        for job in self._jobs.values():
            if not job.over:
                self._account_for(job)

    def _account_for(self, job: PrinterJob) -> None:
        """Power failed meanwhile: the tray says whether its sheet came out."""
        if self._sheet(job).exists():
            job.sheets = 1
            self.finish(job, JobState.COMPLETED, "job-completed-successfully")
        else:
            self.finish(job, JobState.ABORTED, "aborted-by-system")

    def create(self, name: str, user: str) -> PrinterJob:
        """Return a new job that waits for its document."""
        self._last += 1
        job = PrinterJob(
            id=self._last,
            uuid=str(uuid.uuid4()),
            name=name,
            user=user,
            created=time.time(),
        )
        self._jobs[job.id] = job
        self.save(job)
        self._forget_old()
        return job

    def add_document(self, job: PrinterJob, data: bytes) -> None:
        """Keep the whole document, then let the job wait for paper."""
        self._disk.lay(self._document(job), data)
        job.sha256 = hashlib.sha256(data).hexdigest()
        job.state, job.reason = JobState.PENDING, "none"

    def has_document(self, job: PrinterJob) -> bool:
        """Return whether the document has come."""
        return self._document(job).exists()

    def put_in_tray(self, job: PrinterJob) -> Path:
        """The sheet comes out: the very bytes that were sent, in the tray."""
        sheet = self._sheet(job)
        self._disk.keep(sheet, self._document(job).read_bytes())
        job.sheets += 1
        self.finish(job, JobState.COMPLETED, "job-completed-successfully")
        return sheet

    def finish(self, job: PrinterJob, state: JobState, reason: str) -> None:
        """End a job; its document leaves the spool."""
        job.state, job.reason, job.completed = state, reason, time.time()
        self.save(job)
        self._document(job).unlink(missing_ok=True)

    def find(self, number: int) -> PrinterJob | None:
        """Return a job by number."""
        return self._jobs.get(number)

    def all(self) -> list[PrinterJob]:
        """Return every job, oldest first."""
        return list(self._jobs.values())

    def save(self, job: PrinterJob) -> None:
        """Write the job's account to disk."""
        self._disk.keep(self._folder / f"{job.id:08d}.json", msgspec.json.encode(job))

    def _sheet(self, job: PrinterJob) -> Path:
        return self.tray / f"{job.id:05d}-{_plain(job.name)}.pdf"

    def _document(self, job: PrinterJob) -> Path:
        return self._folder / f"{job.id:08d}.pdf"

    def _forget_old(self) -> None:
        over = [job for job in self._jobs.values() if job.over]
        for job in over[:-MOST_KEPT]:
            del self._jobs[job.id]
            (self._folder / f"{job.id:08d}.json").unlink(missing_ok=True)


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isascii() and c.isalnum())[:40] or "sheet"
