"""The life of a call."""

import enum
from collections.abc import Mapping
from typing import Final

from protocol.states import CallState as State


class Step(enum.StrEnum):
    """What can happen to a call."""

    BOTH_CONNECTED = "both-connected"
    SOMEBODY_DROPPED = "somebody-dropped"
    ENDED = "ended"


MOVES: Final[Mapping[State, Mapping[Step, State]]] = {
    State.RINGING: {
        Step.BOTH_CONNECTED: State.TALKING,
        Step.SOMEBODY_DROPPED: State.RINGING,
        Step.ENDED: State.OVER,
    },
    State.TALKING: {
        Step.BOTH_CONNECTED: State.TALKING,
        Step.SOMEBODY_DROPPED: State.RECONNECTING,
        Step.ENDED: State.OVER,
    },
    State.RECONNECTING: {
        Step.BOTH_CONNECTED: State.TALKING,
        Step.SOMEBODY_DROPPED: State.RECONNECTING,
        Step.ENDED: State.OVER,
    },
    State.OVER: {},
}
