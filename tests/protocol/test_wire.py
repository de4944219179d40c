import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import Done, FillForm, TakeTicket
from protocol.wire import (
    LONGEST_FRAME,
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
        "pages_seen": [1],
        "strokes": [stroke, stroke],
    }

    with pytest.raises(BadMessage):
        read_from_terminal(json.dumps(said))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(frame: bytes | str) -> None:
    for read in (read_from_desk, read_from_terminal, read_to_terminal):
        with pytest.raises(BadMessage):
            read(frame)


def test_languages_are_the_four_of_the_pages() -> None:
    with pytest.raises(BadMessage):
        read_from_terminal(
            '{"type":"take-ticket","step":"s","item":"i","language":"xx"}'
        )
    assert TakeTicket.__struct_config__.tag == "take-ticket"
    assert Done.__struct_config__.tag == "done"
