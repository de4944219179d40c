"""Dossiers of a case that went the whole way, for everything that reads them."""

import hashlib
from pathlib import Path

import msgspec

from casework.case import Case
from casework.case import Step as CaseStep
from casework.checkpoints import Checkpoints
from casework.dossier import Dossiers
from casework.session_files import Sessions
from protocol.ids import StaffId
from tests.builders import TERMINAL, Office, a_step, an_authority


async def printed(office: Office, case: Case) -> Case:
    approver, mark = StaffId("approver"), a_step("approve")
    await office.outcomes.decide(case.id, CaseStep.APPROVED, "", approver, mark)
    page = case.materials[0].pages[0]
    key = await office.papers.keep_bytes(case.id, "original", b"\xff\xd8 untouched")

    def change(old: Case) -> Case:
        now = office.clock.now()
        pages = (msgspec.structs.replace(page, original=key),)
        old = old.with_evidence(case.materials[0].id, now, pages)
        old = msgspec.structs.replace(old, version=old.version - 1)
        return old.after(CaseStep.SHEET_PRINTED, now)

    digest = hashlib.sha256(b"\xff\xd8 untouched").hexdigest()
    facts = {"material": case.materials[0].id, "page": page.id, "sha256": digest}
    ledger = office.cases.ledger
    return await ledger.change(
        case.id, change, "original-stored", TERMINAL, None, facts
    )


async def two_dossiers(folder: Path) -> tuple[bytes, bytes]:
    """Return two dossiers of one case: before and after its licence was printed."""
    office = await Office(folder).open()
    case = await office.submitted()
    first = await office.dossiers.make(case, "auditor")
    second = await office.dossiers.make(await printed(office, case), "auditor")
    await office.engine.dispose()
    return first, second


async def with_two_roots(folder: Path) -> bytes:
    """Return a dossier of an office that believes somebody else's clock, too."""
    office = await Office(folder).open()
    checkpoints = Checkpoints(
        office.store.log,
        office.checkpoints.kept,
        office.authority.log_signer(),
        office.authority.root.certificate,
        office.papers.notary.timestamp,
        an_authority().root.certificate,
    )
    dossiers = Dossiers(office.cases, Sessions(office.shelf), checkpoints)
    dossier = await dossiers.make(await office.opened(), "auditor")
    await office.engine.dispose()
    return dossier
