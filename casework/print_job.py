"""The life of a print job: one release, at most one sheet."""

import enum
from collections.abc import Mapping
from typing import Final

from protocol.states import JobState as State


class Step(enum.StrEnum):
    """What can happen to a print job."""

    HANDED_OUT = "handed-out"
    EXPIRED = "expired"
    SPOOLED = "spooled"
    SHEET_OUT = "sheet-out"
    SHEET_SEEN = "sheet-seen"
    """The printer does not know, but the camera over the tray saw the sheet."""
    NO_SHEET = "no-sheet"
    NOBODY_KNOWS = "nobody-knows"
    SPOILED = "spoiled"


_AT_THE_STATION: Final[Mapping[Step, State]] = {
    Step.SPOOLED: State.SPOOLED,
    Step.SHEET_OUT: State.PRINTED,
    Step.SHEET_SEEN: State.PRINTED,
    Step.NO_SHEET: State.NOT_PRINTED,
    Step.NOBODY_KNOWS: State.UNKNOWN,
}

MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.RELEASED: {
        Step.HANDED_OUT: State.HANDED_OUT,
        Step.EXPIRED: State.NOT_PRINTED,
        Step.NO_SHEET: State.NOT_PRINTED,
    },
    State.HANDED_OUT: _AT_THE_STATION,
    State.SPOOLED: _AT_THE_STATION,
    State.PRINTED: {Step.SPOILED: State.SPOILED},
    State.NOT_PRINTED: {},
    State.UNKNOWN: {
        Step.SHEET_OUT: State.PRINTED,
        Step.NO_SHEET: State.NOT_PRINTED,
        Step.SPOILED: State.SPOILED,
    },
    State.SPOILED: {},
}
"""Nothing leads from unknown back to released: a person settles it, no machine.

While it is only released no sheet is possible: the document has not left the
office. Once it was handed out, a job ends by what the station or a person says.
"""

OVER: Final = frozenset({State.PRINTED, State.NOT_PRINTED, State.SPOILED})
"""What became of the sheet is known."""
FIT_FOR_ANOTHER: Final = frozenset({State.NOT_PRINTED, State.SPOILED})
"""The states after which the same licence may be released again."""
BY_A_PERSON: Final = frozenset({Step.SHEET_OUT, Step.NO_SHEET, Step.SPOILED})
"""What somebody who stands at the printer can say."""
