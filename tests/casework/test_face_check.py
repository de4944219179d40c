"""The states of a look at a face, and what a window can tell of one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import NotAllowedNow
from casework.face_check import (
    MOVES,
    PASS_LASTS,
    PASSES,
    FaceCheck,
    FaceState,
    FaceStep,
)
from protocol.faces import FaceTold
from protocol.ids import TerminalId
from tests.builders import NOON, TERMINAL

ELSEWHERE = TerminalId("8" * 32)


@given(st.lists(st.tuples(st.sampled_from(FaceStep), st.integers(0, 1200))))
def test_no_advice_goes_past_the_person_once_a_machine_has_doubted(
    history: list[tuple[FaceStep, int]],
) -> None:
    face, now, doubted = FaceCheck(terminal=TERMINAL, opened_by="code", at=0), 0, False
    for step, waited in history:
        now += waited
        try:
            face = face.after(step, now)
        except NotAllowedNow:
            continue
        doubted = (doubted or step is FaceStep.DOUBT) and step is not FaceStep.VOUCHED
        if doubted:
            assert not face.passes(TERMINAL, now)
    if face.passes(TERMINAL, now):
        assert face.state in {FaceState.MATCHED, FaceState.VOUCHED}


def test_a_person_can_decide_wherever_a_look_is_open() -> None:
    for state, moves in MOVES.items():
        ended = state in PASSES or state is FaceState.REFUSED
        assert (FaceStep.VOUCHED in moves) != ended
        assert (FaceStep.REFUSED in moves) != ended
        assert FaceStep.OPENED in moves


@given(
    st.sampled_from(FaceState),
    st.floats(NOON, NOON + 5000),
    st.sampled_from([TERMINAL, ELSEWHERE]),
)
def test_only_a_look_of_this_window_and_of_now_lets_it_go_on(
    state: FaceState, now: float, where: TerminalId
) -> None:
    face = FaceCheck(terminal=TERMINAL, opened_by="code", at=NOON, state=state)

    good = state in PASSES and where == TERMINAL and now - NOON <= PASS_LASTS
    assert face.passes(where, now) == good


@pytest.mark.parametrize(
    "body",
    [
        {"number": "1"},
        {"number": "1", "why": "tired"},
        {"number": "1", "why": "declined", "score": 0.7},
        {
            "number": "1",
            "compared": {
                "band": "likely-same",
                "engine": "Chan Tai Man",
                "models": "0" * 64,
                "rule": "faces/1",
                "pictures": 5,
            },
        },
    ],
)
def test_a_window_can_tell_nothing_else_of_a_face(body: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, FaceTold)
