"""How a name was written: locked for one holder, readable by other tools."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import BadSignature, Unreadable
from casework.signing.escrow import lock, new_key, unlock
from casework.signing.iso19794 import record
from casework.signing.strokes import appearance, require_signature
from protocol.parts import Point
from tests.builders import a_signature

PRIVATE, PUBLIC = new_key()
DATA = b"strokes"


def test_only_the_holder_of_the_key_reads_what_is_locked() -> None:
    locked = lock(PUBLIC, "case", DATA)

    assert DATA not in locked
    assert unlock(PRIVATE, "case", locked) == DATA
    with pytest.raises(Unreadable):
        unlock(new_key()[0], "case", locked)


def test_what_is_locked_for_one_case_is_not_anothers() -> None:
    with pytest.raises(Unreadable):
        unlock(PRIVATE, "another case", lock(PUBLIC, "case", DATA))


@given(st.binary(max_size=200))
def test_garbage_is_not_unlocked(data: bytes) -> None:
    for locked in (data, b"SCE1" + data):
        with pytest.raises(Unreadable):
            unlock(PRIVATE, "case", locked)


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_changed_byte_is_unlocked(place: int, change: int) -> None:
    locked = bytearray(lock(PUBLIC, "case", DATA))
    locked[place % len(locked)] ^= change

    with pytest.raises(Unreadable):
        unlock(PRIVATE, "case", bytes(locked))


def test_the_record_of_a_finger_has_place_time_and_pen_state() -> None:
    made = record(a_signature(30))

    assert made[:8] == b"SDI\x00 10\x00"
    (included,) = struct.unpack(">H", made[8:10])
    assert included == 0b1100_0001_0010_0000  # X, Y, T, S
    # X, Y and T: preamble and scale; S: preamble; then bit-map and count.
    assert made[10 + 3 * 3 + 1 :][:4] == bytes([0, 0, 0, 30])
    assert len(made) == 10 + 3 * 3 + 1 + 4 + 30 * (2 + 2 + 2 + 1)
    assert [made[24 + 7 * n + 6] for n in (0, 28, 29)] == [1, 1, 0]


def test_the_record_of_a_pen_has_its_pressure_too() -> None:
    pen = [[Point(x=n, y=n, t=8.0 * n, p=n / 20) for n in range(20)]]

    (included,) = struct.unpack(">H", record(pen)[8:10])

    assert included == 0b1100_0001_0110_0000


def scale_of(described: bytes) -> float:
    preamble, value = struct.unpack(">BH", described)
    assert preamble == 0x80, "a scale and nothing else"
    exponent = value >> 11
    exponent -= 32 * (exponent > 15)
    return float((1 + (value & 0x7FF) / 2048) * 2.0**exponent)


coordinate = st.floats(-4000, 4000)
stroke = st.lists(
    st.builds(
        Point, x=coordinate, y=coordinate, t=st.floats(0, 60_000), p=st.just(0.5)
    ),
    min_size=1,
    max_size=30,
)


@given(st.lists(stroke, min_size=1, max_size=5))
def test_every_point_comes_back_from_the_record(strokes: list[list[Point]]) -> None:
    made = record(strokes)
    points = [point for one in strokes for point in one]

    place, time = scale_of(made[10:13]), scale_of(made[16:19])
    for at, point in enumerate(points):
        x, y, t, _ = struct.unpack(">hhHB", made[24 + 7 * at :][:7])
        assert x / place == pytest.approx(point.x * 25.4 / 96, abs=1 / place)
        assert y / place == pytest.approx(point.y * 25.4 / 96, abs=1 / place)
        assert t / time == pytest.approx(point.t / 1000, abs=1 / time)


wild = st.floats() | st.floats(-500, 500)


@given(
    st.lists(st.builds(Point, x=wild, y=wild, t=wild, p=wild), min_size=12, max_size=20)
)
def test_whatever_a_phone_sends_is_refused_or_can_be_drawn(points: list[Point]) -> None:
    try:
        require_signature([points])
    except BadSignature:
        return
    drawn = appearance([points], 215, 70).render()

    assert b"nan" not in drawn and b"inf" not in drawn
