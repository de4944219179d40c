"""What a station believes of a printer, and what it leaves to a person."""

import time
from pathlib import Path

import pytest

from counter_client.printing.client import PrinterSaysNo
from counter_client.printing.condition import EXACT, PrinterUnfit, trouble_of
from counter_client.printing.disk import Disk
from counter_client.printing.ipp import (
    Attributes,
    JobState,
    Status,
    Tag,
    keywords,
    one,
)
from counter_client.printing.jobs import Spool
from counter_client.printing.journal import KEPT, Journal
from counter_client.printing.patience import Patience
from counter_client.printing.printer_attributes import job_attributes
from counter_client.printing.station import NotTheseBytes, Station
from tests.counter_client.papers import DIGEST, JOB, PDF, FakeOffice, sheets_in

HASTY = Patience(
    for_a_sheet=0.3,
    for_the_document=0.2,
    for_cancelling=0.3,
    for_an_answer=0.3,
    between_looks_back=0.05,
)


class FakePrinter:
    """A printer on a real spool. As it stands it is somebody else's: not exact."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(folder / "spool", folder / "tray", Disk())
        self.tray = folder / "tray"
        self.says: Attributes = {
            "printer-uuid": one(Tag.URI, "urn:uuid:printer"),
            "document-format-supported": one(Tag.MIME, "application/pdf"),
            "printer-state": one(Tag.ENUM, 3),
        }
        self.refuses = False
        self.cuts = False
        self.counts = True
        self.prints = True
        self.ends = JobState.COMPLETED

    async def printer(self) -> Attributes:
        return self.says

    async def create(self, name: str) -> tuple[int, str]:
        if self.refuses:
            raise PrinterSaysNo("busy", 0x507)
        job = self.spool.create(name, "counter")
        return job.id, f"urn:uuid:{job.uuid}"

    async def send(self, job: int, pdf: bytes) -> None:
        found = self.spool.find(job)
        assert found is not None
        self.spool.add_document(found, pdf[: len(pdf) // 2] if self.cuts else pdf)
        if self.prints:
            self.spool.put_in_tray(found)
            found.state = self.ends
        if self.cuts:
            raise PrinterSaysNo("the line was cut")

    async def job(self, job: int) -> Attributes:
        found = self.spool.find(job)
        if found is None:
            raise PrinterSaysNo("no such job", Status.NOT_FOUND)
        said = job_attributes(found, "ipp://x", 0.0)
        sheets = found.sheets if self.counts else 0
        return said | {"job-impressions-completed": one(Tag.INTEGER, sheets)}

    async def cancel(self, job: int) -> None:
        found = self.spool.find(job)
        assert found is not None
        self.spool.finish(found, JobState.CANCELED, "job-canceled-by-user")


class Room:
    """A station and a printer of somebody else's."""

    def __init__(self, folder: Path, pdf: bytes = PDF) -> None:
        self.office, self.printer = FakeOffice(pdf), FakePrinter(folder)
        self._folder = folder
        self.station = self.started_again()

    def started_again(self) -> Station:
        journal = Journal(self._folder / "journal")
        self.station = Station(journal, self.office, self.printer, HASTY)
        return self.station

    async def print(self, job: str = JOB) -> None:
        await self.station.print(job, DIGEST, len(PDF))

    @property
    def sheets(self) -> int:
        return sheets_in(self.printer.tray)


async def test_one_release_is_one_sheet_and_the_server_hears_of_it(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)

    await room.print()
    await room.print()

    assert room.sheets == 1
    assert room.office.told == ["sheet-out"]
    assert room.office.printers[0][0] == "urn:uuid:printer"


@pytest.mark.parametrize(
    "pdf",
    [
        pytest.param(b"%PDF-1.7 forged", id="another document"),
        pytest.param(PDF[:-1], id="a shorter one"),
        pytest.param(PDF + b"\n", id="a longer one"),
    ],
)
async def test_another_document_than_the_released_one_is_not_sent(
    tmp_path: Path, pdf: bytes
) -> None:
    room = Room(tmp_path, pdf)

    with pytest.raises(NotTheseBytes):
        await room.print()

    assert (room.sheets, room.office.told) == (0, ["no-sheet"])


async def test_a_printer_that_refuses_gives_no_sheet_and_says_why(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    room.printer.refuses = True

    await room.print()

    assert room.office.told == ["no-sheet"]
    record = room.station.record(JOB)
    assert record is not None
    assert "busy" in record.detail


async def test_half_a_document_that_a_printer_calls_a_success_is_not_believed(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    room.printer.cuts = True

    await room.print()

    assert room.office.told == ["nobody-knows"]


async def test_a_printer_that_never_counted_is_not_believed_that_nothing_came_out(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    room.printer.counts, room.printer.ends = False, JobState.ABORTED

    await room.print()

    assert (room.sheets, room.office.told) == (1, ["nobody-knows"])


async def test_a_printer_that_has_counted_before_is_believed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.print("b" * 32)
    room.printer.prints = False

    await room.print()

    assert (room.sheets, room.office.told) == (1, ["sheet-out", "no-sheet"])


async def test_a_printer_that_counts_and_says_none_has_not_printed(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    room.printer.says[EXACT] = one(Tag.BOOLEAN, True)
    room.printer.counts = False

    await room.print()

    assert room.office.told == ["nobody-knows"]


async def test_another_job_with_the_same_number_is_not_taken_for_ours(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    room.printer.prints = False
    record_of = Journal(tmp_path / "journal")
    await room.print()
    record = room.station.record(JOB)
    assert record is not None
    record.state, record.told, record.printer_uuid = "spooled", False, "urn:uuid:old"
    record_of.save(record)

    await room.started_again().resume()

    assert room.office.told[-1] == "nobody-knows"


async def test_a_job_that_the_printer_has_forgotten_is_left_to_a_person(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    await room.print()
    record = room.station.record(JOB)
    assert record is not None
    record.state, record.told, record.printer_job = "sending", False, 77
    Journal(tmp_path / "journal").save(record)

    await room.started_again().resume()

    assert room.office.told[-1] == "nobody-knows"


async def test_a_journal_forgets_what_has_long_been_over(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.print()
    now = time.time()
    early, late = Journal(tmp_path / "journal"), Journal(tmp_path / "journal")

    early.load(now + KEPT - 60)
    late.load(now + KEPT + 60)

    assert (len(early.all()), len(late.all())) == (1, 0)


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"printer-state-reasons": ["media-empty-error"]}, "printer-paper-out"),
        ({"printer-state-reasons": ["cover-open-report"]}, "printer-door"),
        ({"printer-state-reasons": ["toner-empty", "media-jam"]}, "printer-jam"),
        ({"printer-state-reasons": ["interpreter-exploded"]}, "printer-help"),
        ({"cups-version": ["2.4.2"]}, "printer-rewrites"),
        ({"document-format-supported": ["image/urf"]}, "printer-no-pdf"),
    ],
)
async def test_a_printer_that_cannot_print_now_is_told_before_anything_is_fetched(
    tmp_path: Path, says: dict[str, list[str]], code: str
) -> None:
    room = Room(tmp_path)
    room.printer.says["printer-state"] = one(Tag.ENUM, 5)
    room.printer.says |= {name: keywords(*words) for name, words in says.items()}

    with pytest.raises(PrinterUnfit) as caught:
        await room.print()

    assert caught.value.code == code
    assert (room.sheets, room.office.told) == (0, ["no-sheet"])


def test_a_warning_stops_nobody_unless_a_job_waits() -> None:
    low: Attributes = {
        "printer-state": one(Tag.ENUM, 3),
        "printer-state-reasons": keywords("media-empty-warning"),
    }

    assert trouble_of(low, waiting=False) == ""
    assert trouble_of(low, waiting=True) == "printer-paper-out"


def test_a_printer_killed_with_the_sheet_in_the_tray_knows_that_it_came_out(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool", tmp_path / "tray", Disk())
    for with_sheet in (True, False):
        job = spool.create(f"licence{with_sheet}", "counter")
        spool.add_document(job, PDF)
        if with_sheet:
            spool._sheet(job).write_bytes(PDF)

    found = Spool(tmp_path / "spool", tmp_path / "tray", Disk()).all()

    assert [(job.state, job.sheets) for job in found] == [
        (JobState.COMPLETED, 1),
        (JobState.ABORTED, 0),
    ]


def test_what_waited_when_power_failed_is_not_printed_later(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", tmp_path / "tray", Disk())
    spool.create("empty", "counter")
    spool.add_document(spool.create("whole", "counter"), PDF)

    found = Spool(tmp_path / "spool", tmp_path / "tray", Disk()).all()

    assert [(job.state, job.sheets) for job in found] == [(JobState.ABORTED, 0)] * 2
