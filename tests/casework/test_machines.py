"""Every state machine is a table, and no history breaks a promise."""

import enum
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import call, case, material, print_job, recording, stock, ticket
from casework.case import Step
from casework.errors import MaterialsMissing, NotAllowedNow
from casework.machine import following
from protocol.ids import MaterialId
from protocol.states import CaseState, JobState, MaterialState, Task
from tests.builders import NOON, a_case, with_all_papers

MACHINES = [call, case, material, print_job, recording, stock, ticket]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda one: one.__name__)
def test_every_state_has_a_row_and_every_step_a_use(machine: Any) -> None:
    moves: Mapping[enum.Enum, Mapping[enum.Enum, enum.Enum]] = machine.MOVES
    states = type(next(iter(moves)))
    used = {step for row in moves.values() for step in row}

    assert set(moves) == set(states)
    assert used == set(machine.Step)


def test_an_unsigned_case_cannot_be_approved() -> None:
    opened = a_case(CaseState.COLLECTING)

    with pytest.raises(NotAllowedNow, match="approved in state collecting"):
        opened.after(Step.APPROVED, NOON)


@given(st.lists(st.sampled_from(list(Step)), max_size=30))
def test_no_history_prints_a_licence_that_was_not_approved(steps: list[Step]) -> None:
    now = a_case()
    seen = [now.state]
    for step in steps:
        try:
            now = now.after(step, NOON)
        except NotAllowedNow:
            continue
        seen.append(now.state)

    if CaseState.PRINTED in seen:
        assert seen.index(CaseState.APPROVED) < seen.index(CaseState.PRINTED)
        assert seen.index(CaseState.SIGNED) < seen.index(CaseState.APPROVED)


@given(st.lists(st.sampled_from(list(print_job.Step)), max_size=12))
def test_no_history_sends_an_unknown_job_to_the_printer_again(
    steps: list[print_job.Step],
) -> None:
    state = JobState.RELEASED
    unknown = False
    for step in steps:
        try:
            state = following(print_job.MOVES, state, step)
        except NotAllowedNow:
            continue
        unknown = unknown or state is JobState.UNKNOWN
        assert not (unknown and state is JobState.SPOOLED)


def test_the_task_follows_the_papers_and_the_form() -> None:
    opened = a_case()
    identified = a_case(CaseState.IDENTIFIED)
    collected = with_all_papers(a_case(CaseState.COLLECTING))

    assert opened.task is Task.IDENTITY
    assert identified.task is Task.MATERIALS
    assert collected.task is Task.FORM
    assert a_case(CaseState.SUBMITTED).task is Task.RECEIPT


def test_a_case_with_a_missing_paper_says_which() -> None:
    with pytest.raises(MaterialsMissing, match="identity"):
        a_case().require_all_accepted()


def test_an_accepted_paper_is_not_replaced_by_a_new_picture() -> None:
    collected = with_all_papers(a_case(CaseState.COLLECTING))

    with pytest.raises(NotAllowedNow):
        collected.after_material(
            MaterialId("articles"), material.Step.PAGES_STORED, NOON
        )


def test_a_refused_paper_is_wanted_again() -> None:
    collected = with_all_papers(a_case(CaseState.COLLECTING))

    refused = collected.after_material(
        MaterialId("premises"), material.Step.CLERK_REFUSED, NOON, reason="x"
    )

    assert refused.wanted == "premises"
    assert refused.material(MaterialId("premises")).state is MaterialState.REFUSED
    assert refused.version == collected.version + 1
    assert msgspec.json.decode(msgspec.json.encode(refused), type=case.Case) == refused
