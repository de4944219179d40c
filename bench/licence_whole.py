"""A whole issue: from the approver's touch to a licence sealed, stored and logged.

Through the service layer, on a real SQLite and a real folder, one after the other.
CPU time of this process and its threads, so that a busy machine does not count; what
the disk adds is the machine's, and is told beside it.
"""

import asyncio
import datetime as dt
import gc
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.report import Promise, at_most, quick, tell
from casework.case import Case
from casework.case import Step as CaseStep
from casework.ledger import entry_of
from casework.numbers import acceptance_number
from casework.papers.fonts import load_fonts
from protocol.ids import CaseId, StaffId
from protocol.states import CaseState
from tests.builders import FONTS, FORM, Office, a_case, a_step

ROW, QUICK_ROW = 1000, 100
BEGINNING: Final = 0.2
"""Share of the row after which memory is compared with its end."""
LIMIT: Final = "our own limit"
LONGEST: Final = 1000.0
"""Milliseconds from approval to a sealed licence, for 95 of 100."""
GROWTH: Final = 8.0
"""Megabytes by which the process may grow in the rest of the row."""
APPROVER: Final = StaffId("approver")
DAY: Final = dt.date(2026, 11, 21)
PAGE: Final = 4096


async def issued_in_a_row() -> list[Promise]:
    """Return how long each issue took, and how memory grew over the row."""
    count = QUICK_ROW if quick() else ROW
    cpu: list[float] = []
    wall: list[float] = []
    early = 0.0
    with tempfile.TemporaryDirectory() as folder:
        office = await Office(Path(folder)).open()
        for number in range(count):
            case = await submitted(office, number)
            began = time.process_time(), time.perf_counter()
            await issue(office, case)
            cpu.append((time.process_time() - began[0]) * 1000)
            wall.append((time.perf_counter() - began[1]) * 1000)
            if number == int(count * BEGINNING):
                early = held_megabytes()
        grown = held_megabytes() - early
        await office.engine.dispose()
    name = f"approve to licence sealed, stored and logged, {count} in a row, p95"
    waited = f"of this run's wall clock: {p95(wall):.0f} ms"
    rest = f"memory grown in the last four fifths of {count} issues"
    told = [at_most(name, "CPU ms", LONGEST, p95(cpu), f"{LIMIT}; {waited}")]
    if not quick():  # caches fill during the first two hundred
        told.append(at_most(rest, "MB", GROWTH, grown, LIMIT))
    return told


async def submitted(office: Office, number: int) -> Case:
    """Return a case that waits for a decision, with a name of its own."""
    form = {**FORM, "company": f"{FORM['company']}{number}"}
    case = a_case(
        CaseState.SUBMITTED,
        id=CaseId(f"{number:032x}"),
        number=acceptance_number(DAY, number + 1),
        form=form,
    )
    entry = entry_of("case-opened", case, case.terminal, {})
    await office.store.add(case, a_step(f"open {number}"), entry)
    return case


async def issue(office: Office, case: Case) -> None:
    """Approve, and see that the licence is there."""
    mark = a_step(f"approve {case.id}")
    done = await office.outcomes.decide(case.id, CaseStep.APPROVED, "", APPROVER, mark)
    assert done.state is CaseState.ISSUED, "that is what is measured"


def p95(values: list[float]) -> float:
    """Return what 95 of 100 do not exceed."""
    return statistics.quantiles(values, n=20)[-1]


def held_megabytes() -> float:
    """Return the memory that this process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * PAGE / 1024 / 1024


def hush() -> None:
    """Let pyHanko not say for every licence that nothing is fetched, as is meant."""
    logging.getLogger("pyhanko").setLevel(logging.ERROR)


def main() -> int:
    """Measure and tell."""
    hush()
    load_fonts(FONTS)
    return tell("licence-whole", asyncio.run(issued_in_a_row()))


if __name__ == "__main__":
    sys.exit(main())
