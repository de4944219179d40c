"""Who may do what: one function, everything else is denied."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from casework.case import Case
from casework.errors import CaseworkError
from protocol.ids import StaffId
from protocol.states import CaseState, Role
from protocol.views import StaffView


class Forbidden(CaseworkError):
    """Signed in, but not for this."""

    code = "forbidden"


class Act(enum.StrEnum):
    """What a member of staff can want to do."""

    SERVE = "serve"
    """Answer tickets and work on the case of one's own call."""
    READ_CASE = "read-case"
    DECIDE = "decide"
    CHANGE_LICENCE = "change-licence"
    """Amend, renew, suspend, restore or revoke what was issued."""
    REPLACE_COPY = "replace-copy"
    """Have another copy of a licence made for one that was lost or spoilt."""
    WATCH = "watch"
    """See sessions and play recordings."""
    KEEP = "keep"
    """Put recordings under legal hold, and lift it."""
    ACCOUNT_FOR_SHEETS = "account-for-sheets"
    """Say what became of a sheet, let it be printed again, and keep the paper."""
    VOUCH = "vouch"
    """Say whose face it is that fetches a licence at a window."""
    ENROL = "enrol"
    ADVISE = "advise"
    """Join a call that a clerk asked one into; the invitation says which."""


ALLOWED: Final[Mapping[Role, frozenset[Act]]] = {
    Role.CLERK: frozenset({Act.SERVE, Act.READ_CASE, Act.REPLACE_COPY, Act.VOUCH}),
    Role.APPROVER: frozenset(
        {Act.READ_CASE, Act.DECIDE, Act.CHANGE_LICENCE, Act.REPLACE_COPY}
    ),
    Role.SUPERVISOR: frozenset(
        {Act.READ_CASE, Act.WATCH, Act.KEEP, Act.ACCOUNT_FOR_SHEETS, Act.VOUCH}
    ),
    Role.ADMINISTRATOR: frozenset({Act.ENROL}),
    Role.EXPERT: frozenset({Act.ADVISE}),
}

TO_DECIDE = frozenset({CaseState.SUBMITTED, CaseState.REVIEWING})
ANY_OFFICE = "*"


class Actor(msgspec.Struct, frozen=True):
    """Somebody who is signed in."""

    id: StaffId
    name: str
    role: Role
    office: str
    demo: bool

    def view(self) -> StaffView:
        """Return the actor as pages need it."""
        return StaffView(
            id=self.id,
            name=self.name,
            role=self.role,
            office=self.office,
            demo=self.demo,
        )


def may(actor: Actor, act: Act, case: Case | None = None) -> bool:
    """Return whether ``actor`` may do ``act``, to ``case`` if it is about one."""
    if act not in ALLOWED[actor.role]:
        return False
    if case is None:
        return True
    if actor.office not in {case.office, ANY_OFFICE}:
        return False
    if actor.role is Role.CLERK:
        return case.clerk == actor.id
    if act is Act.DECIDE:
        return case.state in TO_DECIDE
    return True


def require(actor: Actor, act: Act, case: Case | None = None) -> None:
    """Raise ``Forbidden`` unless ``may`` allows it."""
    if not may(actor, act, case):
        raise Forbidden(f"{actor.role} {act}")


DEMO_STAFF: Final[Mapping[str, Actor]] = {
    name: Actor(StaffId(name), title, role, ANY_OFFICE, True)
    for name, title, role in (
        ("clerk", "Demo clerk 示範受理員", Role.CLERK),
        ("approver", "Demo approver 示範審批員", Role.APPROVER),
        ("supervisor", "Demo supervisor 示範督導", Role.SUPERVISOR),
        ("administrator", "Demo administrator 示範管理員", Role.ADMINISTRATOR),
        ("expert", "Demo expert 示範專家", Role.EXPERT),
    )
}
"""Accounts without a password: only on loopback, only with ``COUNTER_DEMO``."""


def staff_name(staff: StaffId | None) -> str:
    """Return what pages call a member of staff."""
    actor = DEMO_STAFF.get(staff or "")
    return actor.name if actor else ""
