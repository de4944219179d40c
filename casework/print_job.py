"""The life of a print job: one release, at most one sheet."""

import enum
from collections.abc import Mapping
from typing import Final

from protocol.states import JobState as State


class Step(enum.StrEnum):
    """What can happen to a print job."""

    SPOOLED = "spooled"
    SHEET_OUT = "sheet-out"
    NO_SHEET = "no-sheet"
    NOBODY_KNOWS = "nobody-knows"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.RELEASED: {
        Step.SPOOLED: State.SPOOLED,
        Step.SHEET_OUT: State.PRINTED,
        Step.NO_SHEET: State.NOT_PRINTED,
        Step.NOBODY_KNOWS: State.UNKNOWN,
    },
    State.SPOOLED: {
        Step.SHEET_OUT: State.PRINTED,
        Step.NO_SHEET: State.NOT_PRINTED,
        Step.NOBODY_KNOWS: State.UNKNOWN,
    },
    State.PRINTED: {},
    State.NOT_PRINTED: {},
    State.UNKNOWN: {Step.SHEET_OUT: State.PRINTED, Step.NO_SHEET: State.NOT_PRINTED},
}
"""Nothing leads from unknown back to released: a person settles it, no machine.

A sheet can be out before "spooled" was heard: the line was down in between.
"""
