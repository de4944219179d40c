"""What became of a job, judged from what its printer says; honest about the rest."""

from typing import Final

from counter_client.printing.condition import DIGEST
from counter_client.printing.ipp import Attributes, JobState, first
from counter_client.printing.journal import Record

FINAL: Final = {JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}
SHEET_OUT, NO_SHEET, NOBODY_KNOWS = "sheet-out", "no-sheet", "nobody-knows"
SHEET_SEEN = "sheet-seen"
"""What the office is told when only the camera over the tray knows of the sheet."""
ENDS: Final = frozenset({SHEET_OUT, NO_SHEET, NOBODY_KNOWS})


def is_ours(found: Attributes, record: Record) -> bool:
    """Return whether the printer speaks of our job.

    A printer that was switched off counts from 1 again: a number says nothing. The
    UUID does, or with printers that give none the name, which is ours alone.
    """
    if record.printer_uuid:
        return bool(first(found, "job-uuid") == record.printer_uuid)
    return bool(first(found, "job-name") == record.job)


def is_over(found: Attributes) -> bool:
    """Return whether nothing happens to the job any more."""
    return first(found, "job-state", 0) in FINAL


def is_whole(found: Attributes, record: Record) -> bool:
    """Return whether the whole document reached the printer.

    Either it said so when it was sent, or it names the digest of what it holds.
    Others print half a document when the line is cut, and call that success.
    """
    digest = first(found, DIGEST)
    return record.state == "spooled" or (record.exact and digest == record.sha256)


def ended(found: Attributes, record: Record, *, counts: bool) -> str:
    """Return the step that ends the job, or nothing while it goes on.

    ``counts``: the printer counts sheets, as it has shown: where it says that none
    came out, none did.
    """
    if not is_ours(found, record):
        return NOBODY_KNOWS
    if not is_over(found):
        return ""
    sheets = first(found, "job-impressions-completed")
    none = counts and sheets == 0
    if first(found, "job-state") == JobState.COMPLETED:
        return SHEET_OUT if is_whole(found, record) and not none else NOBODY_KNOWS
    return NO_SHEET if none else NOBODY_KNOWS
