"""What every state machine here shares: looking up the next state in a table."""

import enum
from collections.abc import Mapping
from typing import TypeVar

from casework.errors import NotAllowedNow

S = TypeVar("S", bound=enum.StrEnum)
T = TypeVar("T", bound=enum.StrEnum)


def following(moves: Mapping[S, Mapping[T, S]], state: S, step: T) -> S:
    """Return the state after ``step``.

    Raises:
        NotAllowedNow: the table has no such move from ``state``.
    """
    try:
        return moves[state][step]
    except KeyError:
        raise NotAllowedNow(f"{step} in state {state}") from None
