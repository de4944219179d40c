"""A look at the face before a licence goes to paper: its states and its moves.

A machine may let a release go on; it never refuses one. Whatever is not "likely the
same" is for a person to decide, and what a machine once doubted stays with people.
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.machine import following
from protocol.faces import Band
from protocol.ids import TerminalId

LOOK_LASTS: Final = 600.0
"""Seconds after code or document in which the face may be looked at."""
PASS_LASTS: Final = 900.0
"""Seconds for which a look lets the licence go to paper at its window: as long as a
release can be used."""


class FaceState(enum.StrEnum):
    """Where a look at the face stands."""

    WANTED = "wanted"
    ASKED = "asked"
    """Nothing was compared: a person is asked, or it is begun anew."""
    DOUBTED = "doubted"
    """A comparison was not "likely the same": from now on only a person decides."""
    MATCHED = "matched"
    VOUCHED = "vouched"
    """A member of staff looked and says that it is the applicant."""
    REFUSED = "refused"
    """A member of staff looked and says that it is somebody else."""


class FaceStep(enum.StrEnum):
    """What can happen to a look at the face."""

    OPENED = "opened"
    """Code or document were right, at a window."""
    LIKELY_SAME = "likely-same"
    NOT_COMPARED = "not-compared"
    DOUBT = "doubt"
    VOUCHED = "vouched"
    REFUSED = "refused"


MOVES: Final[Mapping[FaceState, Mapping[FaceStep, FaceState]]] = {
    FaceState.WANTED: {
        FaceStep.OPENED: FaceState.WANTED,
        FaceStep.LIKELY_SAME: FaceState.MATCHED,
        FaceStep.NOT_COMPARED: FaceState.ASKED,
        FaceStep.DOUBT: FaceState.DOUBTED,
        FaceStep.VOUCHED: FaceState.VOUCHED,
        FaceStep.REFUSED: FaceState.REFUSED,
    },
    FaceState.ASKED: {
        FaceStep.OPENED: FaceState.WANTED,
        FaceStep.VOUCHED: FaceState.VOUCHED,
        FaceStep.REFUSED: FaceState.REFUSED,
    },
    FaceState.DOUBTED: {
        FaceStep.OPENED: FaceState.DOUBTED,
        FaceStep.VOUCHED: FaceState.VOUCHED,
        FaceStep.REFUSED: FaceState.REFUSED,
    },
    FaceState.MATCHED: {FaceStep.OPENED: FaceState.WANTED},
    FaceState.VOUCHED: {FaceStep.OPENED: FaceState.WANTED},
    FaceState.REFUSED: {FaceStep.OPENED: FaceState.DOUBTED},
}
PASSES: Final = frozenset({FaceState.MATCHED, FaceState.VOUCHED})
"""What lets a release go on. A person can reach it from every state before it."""
WITH_A_PERSON: Final = frozenset({FaceState.ASKED, FaceState.DOUBTED})
STEP_OF: Final[Mapping[Band, FaceStep]] = {
    Band.LIKELY_SAME: FaceStep.LIKELY_SAME,
    Band.UNCLEAR: FaceStep.DOUBT,
    Band.LIKELY_DIFFERENT: FaceStep.DOUBT,
}


class Sight(enum.StrEnum):
    """How a member of staff looked."""

    IN_PERSON = "in-person"
    BY_VIDEO = "by-video"


class FaceCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A look at the face of whoever opened a release, at one window."""

    terminal: TerminalId
    opened_by: str
    """What opened the release: a ``Way``."""
    at: float
    state: FaceState = FaceState.WANTED
    agreed: str = ""
    """The text that was agreed to before the portrait went to the window."""
    outcome: str = ""
    """A ``Band``, or why nothing was compared: for the person who has to look."""

    def after(self, step: FaceStep, at: float, **changes: object) -> "FaceCheck":
        """Return this look once ``step`` has happened; raises ``NotAllowedNow``."""
        state = following(MOVES, self.state, step)
        return msgspec.structs.replace(self, state=state, at=at, **changes)

    def passes(self, terminal: TerminalId, now: float) -> bool:
        """Return whether the licence may go to paper at ``terminal`` because of it."""
        mine = self.terminal == terminal
        return mine and self.state in PASSES and now - self.at <= PASS_LASTS
