"""Where every page comes in, whoever sent it: kept, told to the case, read."""

from collections.abc import Sequence

import msgspec

from casework.arriving import Arriving
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
    if part.what == PREVIEW:
        await store_previews(services, case, [(page, part.data)], step)
        return
    key = await services.papers.keep_bytes(case, _name(page, part.what), part.data)
    stored = key, part.sha256
    if part.what == PAGE:
        await services.scans.page_stored(case, page, stored, step, terminal)
        services.readings.begin(case, page)
    else:
        await services.scans.original_stored(case, page, stored, step, terminal)
    await services.visits.tell_case(case)


async def store_previews(
    services: Services,
    case: CaseId,
    previews: Sequence[tuple[Arriving, bytes]],
    step: StepId,
) -> None:
    """Let pages begin to arrive: all of them together or, by a refusal, none."""
    came = [
        (page, await services.papers.keep_bytes(case, _name(page, PREVIEW), data))
        for page, data in previews
    ]
    await services.scans.previews_arrived(case, came, step)
    await services.visits.tell_case(case)


def _name(page: Arriving, what: str) -> str:
    return f"{page.material}-{what}"
