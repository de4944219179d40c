"""However often power fails: one sheet, or an honest word, never two."""

import asyncio
import hashlib
import multiprocessing
import os
from pathlib import Path

import pytest

from counter_client.printing import disk
from counter_client.printing import station as station_module
from counter_client.printing.client import PrinterSaysNo
from counter_client.printing.ipp import Attributes, JobState, Tag, one
from counter_client.printing.jobs import Spool
from counter_client.printing.station import NotTheseBytes, Station

PDF = b"%PDF-1.7 licence"
DIGEST = hashlib.sha256(PDF).hexdigest()
JOB = "a" * 32


class FakeOffice:
    """Remembers what it was told; gives out one licence."""

    def __init__(self, pdf: bytes = PDF) -> None:
        self.pdf = pdf
        self.told: list[str] = []

    async def licence(self, job: str) -> bytes:
        return self.pdf

    async def job_moved(self, job: str, step: str) -> None:
        self.told.append(step)


class FakePrinter:
    """A printer on a real spool: what it does survives the power cut of others."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(folder / "spool", folder / "tray")
        self.tray = folder / "tray"
        self.refuses = False

    async def create(self, name: str) -> tuple[int, str]:
        if self.refuses:
            raise PrinterSaysNo("paper out")
        job = self.spool.create(name, "counter")
        return job.id, f"urn:uuid:{job.uuid}"

    async def send(self, job: int, pdf: bytes) -> None:
        found = self.spool.find(job)
        assert found is not None
        self.spool.add_document(found, pdf)
        self.spool.put_in_tray(found)

    async def job(self, job: int) -> Attributes:
        found = self.spool.find(job)
        if found is None:
            raise PrinterSaysNo("no such job")
        return {
            "job-uuid": one(Tag.URI, f"urn:uuid:{found.uuid}"),
            "job-state": one(Tag.ENUM, int(found.state)),
            "job-impressions-completed": one(Tag.INTEGER, found.sheets),
        }

    def sheets(self) -> int:
        return len(list(self.tray.glob("*.pdf")))


def a_station(folder: Path, office: FakeOffice, printer: FakePrinter) -> Station:
    return Station(folder / "journal", office, printer)  # type: ignore[arg-type]  # the same three methods


async def test_one_release_is_one_sheet_and_the_server_hears_of_it(
    tmp_path: Path,
) -> None:
    office, printer = FakeOffice(), FakePrinter(tmp_path)
    station = a_station(tmp_path, office, printer)

    await station.print(JOB, DIGEST)
    await station.print(JOB, DIGEST)

    assert printer.sheets() == 1
    assert office.told == ["sheet-out"]


async def test_another_document_than_the_released_one_is_not_sent(
    tmp_path: Path,
) -> None:
    office, printer = FakeOffice(b"%PDF-1.7 forged"), FakePrinter(tmp_path)

    with pytest.raises(NotTheseBytes):
        await a_station(tmp_path, office, printer).print(JOB, DIGEST)

    assert (printer.sheets(), office.told) == (0, ["no-sheet"])


async def test_a_printer_that_refuses_gives_no_sheet_and_says_why(
    tmp_path: Path,
) -> None:
    office, printer = FakeOffice(), FakePrinter(tmp_path)
    printer.refuses = True
    station = a_station(tmp_path, office, printer)

    await station.print(JOB, DIGEST)

    assert office.told == ["no-sheet"]
    record = station.record(JOB)
    assert record is not None
    assert "paper out" in record.detail


async def _die_at(folder: Path, save: int) -> None:
    """Print, but lose power right after the journal's ``save``-th write."""
    count = 0
    write = disk.write_safely

    def dying(path: Path, data: bytes) -> None:
        nonlocal count
        write(path, data)
        count += 1
        if count == save:
            os._exit(9)

    vars(station_module)["write_safely"] = dying  # only in this child
    await a_station(folder, FakeOffice(), FakePrinter(folder)).print(JOB, DIGEST)


def _child(folder: Path, save: int) -> None:
    asyncio.run(_die_at(folder, save))


@pytest.mark.parametrize("save", range(1, 7))
async def test_power_cut_after_every_journal_entry(tmp_path: Path, save: int) -> None:
    child = multiprocessing.get_context("fork").Process(
        target=_child, args=(tmp_path, save)
    )
    child.start()
    child.join(10)
    office, printer = FakeOffice(), FakePrinter(tmp_path)
    station_module_wait = station_module.WAIT_FOR_SHEET
    station_module.WAIT_FOR_SHEET = 0.5

    await a_station(tmp_path, office, printer).resume()

    station_module.WAIT_FOR_SHEET = station_module_wait
    sheets = printer.sheets()
    ends = set(office.told)
    assert sheets <= 1
    if "no-sheet" in ends:
        assert sheets == 0
    if "sheet-out" in ends:
        assert sheets == 1
    assert len(ends) <= 1


def test_a_printer_killed_with_the_sheet_in_the_tray_knows_that_it_came_out(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool", tmp_path / "tray")
    for with_sheet in (True, False):
        job = spool.create(f"licence{with_sheet}", "counter")
        spool.add_document(job, PDF)
        job.state = JobState.PROCESSING
        spool.save(job)
        if with_sheet:
            spool._sheet(job).write_bytes(PDF)

    found = Spool(tmp_path / "spool", tmp_path / "tray").all()

    assert [(job.state, job.sheets) for job in found] == [
        (JobState.COMPLETED, 1),
        (JobState.ABORTED, 0),
    ]
