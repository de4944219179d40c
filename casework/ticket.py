"""The life of a ticket."""

import enum
from collections.abc import Mapping
from typing import Final

from protocol.states import TicketState as State


class Step(enum.StrEnum):
    """What can happen to a ticket."""

    CLERK_ANSWERED = "clerk-answered"
    APPLICANT_JOINED = "applicant-joined"
    FINISHED = "finished"
    APPLICANT_LEFT = "applicant-left"
    NOBODY_CAME = "nobody-came"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.WAITING: {
        Step.CLERK_ANSWERED: State.CALLED,
        Step.APPLICANT_LEFT: State.LEFT,
    },
    State.CALLED: {
        Step.APPLICANT_JOINED: State.SERVING,
        Step.APPLICANT_LEFT: State.LEFT,
        Step.NOBODY_CAME: State.NO_SHOW,
        Step.FINISHED: State.DONE,
    },
    State.SERVING: {
        Step.FINISHED: State.DONE,
        Step.APPLICANT_LEFT: State.LEFT,
    },
    State.DONE: {},
    State.LEFT: {},
    State.NO_SHOW: {},
}
"""Every state is a key; the ones that end a visit map to nothing."""
