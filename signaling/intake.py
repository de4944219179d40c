"""Where every page comes in, whoever sent it: kept, told to the case, read."""

import msgspec

from casework.arriving import Arriving, Came
from protocol.ids import CaseId, StepId, TerminalId
from protocol.parts import PAGE, PREVIEW
from signaling.services import Services


class Part(msgspec.Struct, frozen=True):
    """One of the three pictures of a page, as JPEG."""

    what: str
    data: bytes
    sha256: str


class Kept(msgspec.Struct, frozen=True):
    """A picture that is in the object store."""

    what: str
    key: str
    sha256: str


async def keep(services: Services, case: CaseId, page: Arriving, part: Part) -> Kept:
    """Put one picture of a page into the object store; the case does not know of it."""
    name = f"{page.material}-{part.what}"
    key = await services.papers.keep_bytes(case, name, part.data)
    return Kept(part.what, key, part.sha256)


async def store_part(
    services: Services,
    case: CaseId,
    page: Arriving,
    part: Part,
    by: tuple[StepId, TerminalId],
) -> None:
    """Keep one picture of a page; reading begins with the straightened one.

    The preview comes first. ``by`` is the step, which counts once, and the terminal
    at which the applicant sits.
    """
    kept = await keep(services, case, page, part)
    if part.what == PREVIEW:
        await show_pages(services, case, [(page, kept.key)], by[0])
    else:
        await record(services, case, page, kept, by)


async def show_pages(
    services: Services, case: CaseId, came: Came, step: StepId
) -> None:
    """Let pages whose previews are kept begin to arrive: all of them or none."""
    await services.scans.previews_arrived(case, came, step)
    await services.visits.tell_case(case)


async def record(
    services: Services,
    case: CaseId,
    page: Arriving,
    kept: Kept,
    by: tuple[StepId, TerminalId],
) -> None:
    """Let the case know of a picture that is kept: a page or its original."""
    step, terminal = by
    stored = kept.key, kept.sha256
    if kept.what == PAGE:
        await services.scans.page_stored(case, page, stored, step, terminal)
        services.readings.begin(case, page)
    else:
        await services.scans.original_stored(case, page, stored, step, terminal)
    await services.visits.tell_case(case)
