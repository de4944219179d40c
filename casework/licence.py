"""The life of a licence, and how each of its copies stands."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.machine import following
from protocol.states import Standing


class Step(enum.StrEnum):
    """What can happen to a licence after it was issued."""

    AMENDED = "amended"
    RENEWED = "renewed"
    DUPLICATED = "duplicated"
    """Another copy in the place of one that was lost or spoilt."""
    SUSPENDED = "suspended"
    RESTORED = "restored"
    REVOKED = "revoked"


MOVES: Final[Mapping[Standing, Mapping[Step, Standing]]] = {
    Standing.IN_FORCE: {
        Step.AMENDED: Standing.IN_FORCE,
        Step.RENEWED: Standing.IN_FORCE,
        Step.DUPLICATED: Standing.IN_FORCE,
        Step.SUSPENDED: Standing.SUSPENDED,
        Step.REVOKED: Standing.REVOKED,
    },
    Standing.SUSPENDED: {
        Step.RESTORED: Standing.IN_FORCE,
        Step.REVOKED: Standing.REVOKED,
    },
    Standing.EXPIRED: {
        Step.RENEWED: Standing.IN_FORCE,
        Step.REVOKED: Standing.REVOKED,
    },
    Standing.REVOKED: {},
    Standing.REPLACED: {},
}
"""A copy can be replaced, a licence cannot; what is revoked stays so for ever."""

NEW_SHEET: Final = frozenset({Step.AMENDED, Step.RENEWED, Step.DUPLICATED})
"""After these there is another sheet, and the earlier ones are replaced."""
NEW_EDITION: Final = frozenset({Step.AMENDED, Step.RENEWED})
"""After these the licence says something else."""


class Copy(msgspec.Struct, frozen=True):
    """One copy that was made. ``mark`` names it on the list of withdrawn ones."""

    mark: str
    edition: int
    number: int
    at: float
    replaced: bool = False


class Happened(msgspec.Struct, frozen=True):
    """One step of the life, as the desk and the holder see it."""

    step: Step
    at: float
    by: str
    reason: str


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an issued licence; its texts are in the case's form."""

    identifier: str
    edition: int
    issued: float
    """When this edition was issued."""
    ends: float = 0.0
    """The second after its last day; 0: no end."""
    standing: Standing = Standing.IN_FORCE
    copies: tuple[Copy, ...] = ()
    history: tuple[Happened, ...] = ()

    def standing_at(self, now: float) -> Standing:
        """Return how the licence stands at ``now``: time alone ends some."""
        ended = self.ends and now >= self.ends
        if ended and self.standing in {Standing.IN_FORCE, Standing.SUSPENDED}:
            return Standing.EXPIRED
        return self.standing

    def after(self, done: Happened) -> "Licence":
        """Return the licence once ``done`` has happened to it.

        Raises:
            NotAllowedNow: the table has no such move as the licence stands.
        """
        standing = following(MOVES, self.standing_at(done.at), done.step)
        return msgspec.structs.replace(
            self, standing=standing, history=(*self.history, done)
        )

    def with_copy(self, new: Copy) -> "Licence":
        """Return the licence with ``new`` in the place of every earlier copy."""
        old = tuple(msgspec.structs.replace(one, replaced=True) for one in self.copies)
        return msgspec.structs.replace(self, copies=(*old, new))

    def standings(self) -> dict[str, Standing]:
        """Return how every copy stands, by its mark.

        What merely ran out is not withdrawn: its own code says until when it holds.
        """
        return {
            one.mark: Standing.REPLACED
            if one.replaced and self.standing is not Standing.REVOKED
            else self.standing
            for one in self.copies
        }
