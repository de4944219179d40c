"""Where every page comes in, whoever sent it: kept, told to the case, read."""

import msgspec

from casework.scans import Arriving
from protocol.ids import CaseId, StepId, TerminalId
from protocol.parts import PAGE, PREVIEW
from signaling.services import Services


class Part(msgspec.Struct, frozen=True):
    """One of the three pictures of a page, as JPEG."""

    what: str
    data: bytes
    sha256: str


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
    step, terminal = by
    name = f"{page.material}-{part.what}"
    key = await services.papers.keep_bytes(case, name, part.data)
    stored = key, part.sha256
    if part.what == PREVIEW:
        await services.scans.preview_arrived(case, page, key, step)
    elif part.what == PAGE:
        await services.scans.page_stored(case, page, stored, step, terminal)
        services.readings.begin(case, page)
    else:
        await services.scans.original_stored(case, page, stored, step, terminal)
    await services.visits.tell_case(case)
