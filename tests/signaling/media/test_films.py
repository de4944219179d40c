"""Journals become films that play, with sound and picture together."""

import os
import statistics
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.recording import Gap
from protocol.states import GapReason
from signaling.media.film_writer import Piece
from tests.signaling.media.films import decoded, films_of, flashes, offsets
from tests.signaling.media.tapes import NOON, Tape

KEY = b"k" * 32
TOGETHER = 0.080
"""Seconds: sound and picture this close are felt as one (ITU-R BT.1359)."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "call"


def both(folder: Path, opened: float = 0.0, **more: object) -> tuple[Tape, Tape]:
    sound = Tape(folder, "clerk", "opus", KEY, opened, reports_every=5.0, **more)  # type: ignore[arg-type]  # of the test
    more.setdefault("size", (320, 180))
    return sound, Tape(folder, "clerk", "vp8", KEY, opened, **more)  # type: ignore[arg-type]  # of the test


def assert_together(film: bytes, at_least: int) -> None:
    found = offsets(film)
    assert len(found) >= at_least
    assert max(map(abs, found)) <= TOGETHER


def test_sound_and_picture_are_together(folder: Path) -> None:
    for tape in both(folder):
        tape.send(0, 20).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 18)
    assert film.gaps == []
    assert film.about.codecs == ("vp8", "opus")
    pictures, heard = decoded(film.data)
    assert pictures == film.about.frames == 20 * 15
    assert abs(heard - film.about.seconds) < 0.1


def test_they_stay_together_after_an_outage_of_everything(folder: Path) -> None:
    for tape in both(folder):
        tape.send(0, 10)
        tape.send(16, 26).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 18)
    assert {(gap.kind, gap.reason) for gap in film.gaps} == {
        ("audio", GapReason.NOTHING_CAME),
        ("video", GapReason.NOTHING_CAME),
    }


@pytest.mark.parametrize("silent", [0, 1], ids=["sound", "picture"])
def test_they_stay_together_when_only_one_of_them_was_gone(
    folder: Path, silent: int
) -> None:
    tapes = both(folder)
    tapes[1 - silent].send(0, 30).close()
    tapes[silent].send(0, 8)
    tapes[silent].send(20, 30).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 15)
    assert abs(decoded(film.data)[1] - film.about.seconds) < 0.1


def test_they_stay_together_when_a_page_comes_back_with_other_clocks(
    folder: Path,
) -> None:
    for tape in both(folder):
        tape.send(0, 10).close()
    for tape in both(folder, 12.5, connection=2, skew=-70_000.0, size=(640, 360)):
        tape.send(14, 25).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 18)
    assert [round(at - 0.34 + film.about.offset - NOON) for at in flashes(film.data)][
        -1
    ] == 24
    assert {gap.reason for gap in film.gaps} == {GapReason.LEG_DOWN}


def test_they_stay_together_though_a_sound_card_runs_fast(folder: Path) -> None:
    sound = Tape(folder, "clerk", "opus", KEY, 0.0, reports_every=5.0, drift=0.0005)
    sound.send(0, 240).close()
    Tape(folder, "clerk", "vp8", KEY, 0.0).send(0, 240).close()

    [film] = films_of(folder, "clerk", KEY)

    found = offsets(film.data)
    assert len(found) > 230
    assert max(map(abs, found)) <= TOGETHER
    assert abs(statistics.fmean(found[-20:])) < 0.02


def test_they_stay_together_when_a_microphone_was_unplugged(folder: Path) -> None:
    sound, picture = both(folder)
    picture.send(0, 40).close()
    sound.send(0, 10)
    sound.stood_still(8.0)
    sound.send(18, 40).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 30)


def test_without_sender_reports_arrival_decides(folder: Path) -> None:
    for tape in both(folder):
        tape.reports_every = 1e9
        tape.send(0, 20).close()

    [film] = films_of(folder, "clerk", KEY)

    assert_together(film.data, 18)


def test_lost_packets_cost_pictures_but_never_show_broken_ones(folder: Path) -> None:
    Tape(folder, "document", "vp8", KEY, 0.0, size=(1280, 720)).send(
        0.0, 30, lost=0.02
    ).close()

    [film] = films_of(folder, "document", KEY)

    pictures, _ = decoded(film.data)
    assert pictures == film.about.frames
    assert 30 < pictures < 30 * 15
    assert film.about.codecs == ("vp8",)


def test_h264_becomes_matroska_and_is_called_that(folder: Path) -> None:
    Tape(folder, "clerk", "opus", KEY, 0.0, reports_every=5.0).send(0, 20).close()
    Tape(folder, "clerk", "h264", KEY, 0.0, size=(640, 360)).send(0, 20).close()

    [film] = films_of(folder, "clerk", KEY)

    assert film.about.media_type == "video/x-matroska"
    assert film.about.codecs == ("h264", "opus")
    assert_together(film.data, 17)


def test_another_codec_begins_another_film_of_the_same_source(folder: Path) -> None:
    sound = Tape(folder, "clerk", "opus", KEY, 0.0, reports_every=5.0)
    sound.send(0, 24).close()
    Tape(folder, "clerk", "vp8", KEY, 0.0).send(0, 12).close()
    Tape(folder, "clerk", "h264", KEY, 12.0).send(12, 24).close()

    first, second = films_of(folder, "clerk", KEY)

    assert (first.about.name, second.about.name) == ("clerk-1", "clerk-2")
    assert second.about.media_type == "video/x-matroska"
    for film in (first, second):
        assert_together(film.data, 9)
    assert second.about.offset - NOON == pytest.approx(12.04, abs=0.1)


def test_a_camera_that_comes_later_begins_a_film_with_pictures(folder: Path) -> None:
    Tape(folder, "clerk", "opus", KEY, 0.0).send(0, 30).close()
    Tape(folder, "clerk", "vp8", KEY, 0.0).send(16, 30).close()

    first, second = films_of(folder, "clerk", KEY)

    assert (first.about.codecs, second.about.codecs) == (("opus",), ("vp8", "opus"))
    assert decoded(first.data)[1] == pytest.approx(16, abs=0.2)
    assert_together(second.data, 12)


def test_pieces_are_short_and_the_head_is_the_only_one_that_came_last(
    folder: Path,
) -> None:
    for tape in both(folder):
        tape.send(0, 41)
        tape.send(46, 60).close()

    [film] = films_of(folder, "clerk", KEY)

    assert all(piece.ends - piece.begins <= 10 for piece in film.pieces)
    assert [piece.number for piece in film.pieces] == list(range(len(film.pieces)))
    assert film.data[:4] == b"\x1a\x45\xdf\xa3"
    assert sum(len(piece.data) for piece in film.pieces) == film.about.size


def test_the_same_journals_make_the_same_film(folder: Path) -> None:
    for tape in both(folder):
        tape.send(0, 30).close()

    def made() -> list[Piece]:
        return [
            piece for film in films_of(folder, "clerk", KEY) for piece in film.pieces
        ]

    first, second = made(), made()

    assert [(one.begins, one.ends, len(one.data)) for one in first] == [
        (one.begins, one.ends, len(one.data)) for one in second
    ]


def test_a_worker_that_was_killed_is_told_from_a_line_that_was_cut(
    folder: Path,
) -> None:
    Tape(folder, "document", "vp8", KEY, 0.0).send(0, 10).flush()
    tape = Tape(folder, "document", "vp8", KEY, 13.0, connection=2)
    tape.send(14, 20).close()

    [film] = films_of(folder, "document", KEY, ended=24)

    assert [gap.reason for gap in film.gaps] == [
        GapReason.WORKER_LOST,
        GapReason.LEG_DOWN,
    ]
    lost: Gap = film.gaps[0]
    assert lost.begins - NOON == pytest.approx(10, abs=0.1)
    assert lost.ends - NOON == pytest.approx(14, abs=0.1)


@pytest.mark.parametrize("cut", [1, 30, 2000])
def test_a_torn_journal_gives_a_film_up_to_the_tear(folder: Path, cut: int) -> None:
    tape = Tape(folder, "document", "vp8", KEY, 0.0)
    tape.send(0, 20).flush()
    os.truncate(tape.path, tape.path.stat().st_size - cut)

    [film] = films_of(folder, "document", KEY)

    assert decoded(film.data)[0] >= 18 * 15


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_lies_in_a_journal_the_recorder_does_not_fall(
    folder: Path, data: st.DataObject
) -> None:
    for old in folder.glob("*"):
        old.unlink()
    tape = Tape(folder, "document", "vp8", KEY, 0.0)
    tape.send(0, 4).close()
    good = tape.path.read_bytes()
    place = data.draw(st.integers(0, len(good)))
    junk = data.draw(st.binary(max_size=200))
    tape.path.write_bytes(good[:place] + junk + good[place + len(junk) :])
    (folder / "document-video-1-1.rtpj").write_bytes(data.draw(st.binary()))

    for film in films_of(folder, "document", KEY):
        assert decoded(film.data)[0] == film.about.frames


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["opus", "vp8", "h264"]),
            st.binary(max_size=60),
            st.integers(0, 2**32 - 1),
        ),
        max_size=40,
    )
)
def test_whatever_a_sender_sends_the_recorder_does_not_fall(
    tmp_path_factory: pytest.TempPathFactory,
    packets: list[tuple[str, bytes, int]],
) -> None:
    folder = tmp_path_factory.mktemp("calls") / "call"
    tapes = {codec: Tape(folder, "clerk", codec, KEY, 0.0) for codec in ("opus", "vp8")}
    tapes["vp8"].send(0, 3)
    for number, (codec, payload, stamp) in enumerate(packets):
        tape = tapes["opus" if codec == "opus" else "vp8"]
        tape.junk(3 + number * 0.05, codec, payload, stamp)
    for tape in tapes.values():
        tape.close()

    for film in films_of(folder, "clerk", KEY):
        assert film.about.seconds < 120
