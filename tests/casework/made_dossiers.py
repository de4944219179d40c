"""Dossiers of a case that went the whole way, for everything that reads them."""

import contextlib
import hashlib
from pathlib import Path

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import WrongReleaseCode
from casework.print_job import Step as PrintStep
from casework.prints import Told
from protocol.ids import StaffId
from tests.builders import TERMINAL, Office, a_step


async def printed(office: Office, case: Case) -> Case:
    approver, mark = StaffId("approver"), a_step("approve")
    await office.outcomes.decide(case.id, CaseStep.APPROVED, "", approver, mark)
    page = case.materials[0].pages[0]
    key = await office.papers.keep_bytes(case.id, "original", b"\xff\xd8 untouched")

    def change(old: Case) -> Case:
        now = office.clock.now()
        pages = (msgspec.structs.replace(page, original=key),)
        return old.with_evidence(case.materials[0].id, now, pages)

    digest = hashlib.sha256(b"\xff\xd8 untouched").hexdigest()
    facts = {"material": case.materials[0].id, "page": page.id, "sha256": digest}
    ledger, kind = office.cases.ledger, "original-stored"
    case = await ledger.change(case.id, change, kind, TERMINAL, None, facts)
    return await fetched(office, case)


async def fetched(office: Office, case: Case) -> Case:
    """Have the licence printed at the window, with the second code that was typed."""
    release, code = office.releases.release, case.release_code
    with contextlib.suppress(WrongReleaseCode):
        await release(case.number, f"{(int(code) + 1) % 10**8:08d}", TERMINAL)
    job = await release(case.number, code, TERMINAL)
    await office.prints.hand_out(job.id, TERMINAL)
    await office.prints.moved(job.id, Told(step=PrintStep.SHEET_OUT), TERMINAL)
    return await office.store.load(case.id)


async def two_dossiers(folder: Path) -> tuple[bytes, bytes]:
    """Return two dossiers of one case: before and after its licence was printed."""
    office = await Office(folder).open()
    case = await office.submitted()
    first = await office.dossiers.make(case, "auditor")
    second = await office.dossiers.make(await printed(office, case), "auditor")
    await office.engine.dispose()
    return first, second
