"""The life of one paper."""

import enum
from collections.abc import Mapping
from typing import Final

from protocol.states import MaterialState as State


class Step(enum.StrEnum):
    """What can happen to a paper."""

    PREVIEW_ARRIVED = "preview-arrived"
    PAGE_STORED = "page-stored"
    CLERK_ACCEPTED = "clerk-accepted"
    CLERK_REFUSED = "clerk-refused"
    OWED_UNTIL = "owed-until"


_AGAIN = {Step.PREVIEW_ARRIVED: State.CAPTURED, Step.PAGE_STORED: State.CHECKED}

MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.WANTED: {**_AGAIN, Step.OWED_UNTIL: State.OWED},
    State.CAPTURED: _AGAIN,
    State.CHECKED: {
        **_AGAIN,
        Step.CLERK_ACCEPTED: State.ACCEPTED,
        Step.CLERK_REFUSED: State.REFUSED,
    },
    State.ACCEPTED: {Step.CLERK_REFUSED: State.REFUSED},
    State.REFUSED: {**_AGAIN, Step.OWED_UNTIL: State.OWED},
    State.OWED: _AGAIN,
}
"""An accepted paper is not replaced by a new picture; it is refused first."""
