"""How long a print station waits for what."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a station waits for what, in seconds."""

    for_a_sheet: float = 300.0
    """Then the job is cancelled: the applicant has gone, and a licence that comes out
    later would lie there for anybody."""
    for_the_document: float = 5.0
    """In which bytes that are on their way still reach a printer."""
    for_cancelling: float = 20.0
    for_an_answer: float = 60.0
    between_looks_back: float = 5.0
    looks_at_the_tray: int = 5
    """With the camera over the tray, when nobody knows: a sheet may still travel."""
    between_looks: float = 2.0
