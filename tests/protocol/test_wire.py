import json
import re
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import Done, FillForm, TakeTicket
from protocol.states import Phrase
from protocol.wire import (
    LONGEST_FRAME,
    MOST_MARKS,
    BadMessage,
    read_from_desk,
    read_from_terminal,
    read_to_terminal,
)

OFFER = {"type": "offer-media", "call": "c", "leg": "applicant", "sdp": "v=0"}


def test_a_message_comes_back_as_it_was() -> None:
    said = FillForm(case="c", values={"company": "A<B> & Sons 𠮷"})  # type: ignore[arg-type]  # an id

    assert read_from_terminal(msgspec.json.encode(said)) == said


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="not an object"),
        pytest.param('{"type":"set-duty","on":true,"more":1}', id="unknown field"),
        pytest.param('{"type":"decide-case"}', id="missing fields"),
        pytest.param('{"type":"offer-media"', id="cut off"),
        pytest.param('{"a":' * 5000, id="deep"),
        pytest.param(" " * (LONGEST_FRAME + 1), id="too long"),
        pytest.param(json.dumps(OFFER | {"sdp": "x" * 65_537}), id="SDP over 64 KB"),
    ],
)
def test_a_bad_frame_is_one_error(frame: str) -> None:
    with pytest.raises(BadMessage):
        read_from_desk(frame)
    with pytest.raises(BadMessage):
        read_from_terminal(frame)


def test_what_a_peer_may_not_say_cannot_be_decoded() -> None:
    with pytest.raises(BadMessage):
        read_from_terminal(
            '{"type":"decide-case","step":"s","case":"c","decision":"approve"}'
        )
    with pytest.raises(BadMessage):
        read_from_desk('{"type":"take-ticket","step":"s","item":"i","language":"en"}')


def test_a_signature_with_too_many_points_is_refused() -> None:
    stroke = [{"x": 1, "y": 1, "t": 1, "p": 0.5}] * 3001
    said = {
        "type": "sign-application",
        "step": "s",
        "case": "c",
        "sha256": "x",
        "pages": [{"page": 1, "seconds": 1.0}],
        "declared": "touch",
        "strokes": [stroke, stroke],
    }

    with pytest.raises(BadMessage):
        read_from_terminal(json.dumps(said))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(frame: bytes | str) -> None:
    for read in (read_from_desk, read_from_terminal, read_to_terminal):
        with pytest.raises(BadMessage):
            read(frame)


SHORT = st.text(st.characters(codec="utf-8"), max_size=520)


@given(name=SHORT, ago=st.floats(allow_nan=False, allow_infinity=False))
def test_a_mark_is_one_of_our_names_within_the_hour_or_nothing(
    name: str, ago: float
) -> None:
    mark = {"kind": "touched", "name": name, "ago": ago}
    said = {"type": "note-screen", "step": "s", "call": "c", "marks": [mark]}
    ours = re.fullmatch("[A-Za-z0-9-]{1,40}", name) is not None

    assert is_read(said) == (ours and 0 <= ago <= 3600)


@given(st.integers(0, 30))
def test_marks_come_in_small_parcels(count: int) -> None:
    mark = {"kind": "shown", "name": "form", "ago": 0}
    said = {"type": "note-screen", "step": "s", "call": "c", "marks": [mark] * count}

    assert is_read(said) == (count <= MOST_MARKS)


@given(text=SHORT, phrase=st.sampled_from([None, *Phrase]))
def test_a_chat_line_is_a_short_text_or_a_phrase(
    text: str, phrase: Phrase | None
) -> None:
    said = {"type": "send-chat", "step": "s", "call": "c", "text": text}

    allowed = len(text) <= 500 and bool(text.strip()) != bool(phrase)
    assert is_read({**said, "phrase": phrase}) == allowed


def is_read(said: Mapping[str, object]) -> bool:
    try:
        read_from_terminal(json.dumps(said))
    except BadMessage:
        return False
    return True


@pytest.mark.parametrize("name", ["shoot\n", "a b", "", "x" * 41, "é"])
def test_a_name_that_is_not_ours_is_refused(name: str) -> None:
    mark = {"kind": "touched", "name": name, "ago": 0}
    said = {"type": "note-screen", "step": "s", "call": "c", "marks": [mark]}

    assert not is_read(said)


def test_languages_are_the_four_of_the_pages() -> None:
    with pytest.raises(BadMessage):
        read_from_terminal(
            '{"type":"take-ticket","step":"s","item":"i","language":"xx"}'
        )
    assert TakeTicket.__struct_config__.tag == "take-ticket"
    assert Done.__struct_config__.tag == "done"
