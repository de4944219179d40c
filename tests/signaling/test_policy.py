import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import CaseworkError
from protocol.ids import StaffId
from protocol.states import CaseState, Role
from signaling.policy import Act, Actor, Forbidden, may, require
from tests.builders import CLERK, a_case


def an_actor(role: Role, office: str = "market-regulation", name: str = "x") -> Actor:
    return Actor(StaffId(name), name, role, office, demo=False)


@given(st.sampled_from(Role), st.sampled_from(Act), st.sampled_from(CaseState))
def test_nobody_of_another_office_may_do_anything_to_a_case(
    role: Role, act: Act, state: CaseState
) -> None:
    assert not may(an_actor(role, "elsewhere"), act, a_case(state))


def test_a_clerk_works_only_on_the_cases_they_answered() -> None:
    assert may(an_actor(Role.CLERK, name=CLERK), Act.SERVE, a_case())
    assert not may(an_actor(Role.CLERK, name="other"), Act.SERVE, a_case())
    assert not may(an_actor(Role.CLERK, name="other"), Act.READ_CASE, a_case())


def test_an_approver_decides_only_what_was_submitted() -> None:
    approver = an_actor(Role.APPROVER)

    assert may(approver, Act.DECIDE, a_case(CaseState.SUBMITTED))
    assert not may(approver, Act.DECIDE, a_case(CaseState.COLLECTING))
    assert not may(approver, Act.SERVE)


@pytest.mark.parametrize("role", [Role.CLERK, Role.APPROVER, Role.ADMINISTRATOR])
def test_only_supervisors_watch(role: Role) -> None:
    with pytest.raises(Forbidden) as caught:
        require(an_actor(role), Act.WATCH)

    assert isinstance(caught.value, CaseworkError)
