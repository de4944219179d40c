"""A supervisor's desk, a window that printed, and its paper."""

import base64
import datetime as dt
import hashlib
import time
from typing import Any

import cv2
import msgspec
import numpy as np

from casework.case import Case, Document
from casework.ledger import entry_of
from casework.numbers import acceptance_number
from casework.print_job import Step
from casework.prints import Told
from protocol.ids import TerminalId
from protocol.states import CaseState
from tests.builders import a_case, a_step
from tests.signaling.site import Site

NUMBER, CODE = acceptance_number(dt.date(2026, 11, 22), 1), "12345678"


def a_photo() -> str:
    done, data = cv2.imencode(".jpg", np.full((600, 800, 3), 90, np.uint8))
    assert done
    return base64.b64encode(data.tobytes()).decode()


class Desk:
    """A supervisor, a window that printed, and its paper."""

    def __init__(self, site: Site, tray: TerminalId) -> None:
        self.site, self.tray, self.job = site, tray, ""
        self.case: Case

    async def post(self, path: str, **body: object) -> tuple[int, dict[str, Any]]:
        url, headers = f"{self.site.base}{path}", {"Origin": self.site.base}
        async with self.site.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        async with self.site.session.get(f"{self.site.base}{path}") as answer:
            assert answer.status == 200
            return await answer.json()

    async def receive(self, first: str, last: str) -> tuple[int, dict[str, Any]]:
        return await self.post(
            "/api/stock/batches",
            step=f"in {first}",
            tray=self.tray,
            first=first,
            last=last,
        )

    async def end(self, step: Step) -> None:
        """Have the window print, and end like that."""
        printing = self.site.services.printing
        store = self.site.services.cases.ledger.store
        self.case = await store.load(self.case.id)
        code = self.case.release_code
        job = await printing.releases.release(self.case.number, code, self.tray)
        await printing.prints.hand_out(job.id, self.tray)
        await printing.prints.moved(job.id, Told(step=step), self.tray)
        self.job = job.id

    async def verdict(self, verdict: str, **more: str) -> tuple[int, dict[str, Any]]:
        path = f"/api/print-jobs/{self.job}/verdict"
        return await self.post(path, verdict=verdict, **more)


async def a_desk(site: Site) -> Desk:
    """Return a supervisor's desk before one issued licence and one terminal."""
    await site.enrol()
    await site.sign_in("supervisor")
    [terminal] = await site.services.terminals.all()
    desk = Desk(site, terminal.id)
    desk.case = await an_issued_case(site, b"%PDF-1.7")
    return desk


async def an_issued_case(site: Site, pdf: bytes, held: str = "") -> Case:
    """Return a case whose licence, ``pdf``, waits to be printed.

    ``held``: the number of its applicant's document, as the clerk confirmed it.
    """
    case = a_case(touched=time.time())
    if held:
        first = msgspec.structs.replace(case.materials[0], confirmed={"number": held})
        case = msgspec.structs.replace(case, materials=(first, *case.materials[1:]))
    store = site.services.cases.ledger.store
    entry = entry_of("case-opened", case, "clerk", {})
    await store.add(case, a_step("open"), entry)
    key = await site.services.papers.keep_bytes(case.id, "licence", pdf)
    digest = hashlib.sha256(pdf).hexdigest()
    issued = msgspec.structs.replace(
        case,
        state=CaseState.ISSUED,
        number=NUMBER,
        release_code=CODE,
        documents=(Document("licence", key, digest, len(pdf), 1),),
        version=case.version + 1,
    )
    await store.save(issued, None, None)
    return issued
