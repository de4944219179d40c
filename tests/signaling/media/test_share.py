"""Who gets how much of a line that is full."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.media.share import LEAST_VIDEO, PAUSE, SOUND, Share, share_out
from signaling.media.streams import Inbound, Mode, Outbound

FIRST = Share({}, None)


class Somebody:
    """A peer that is near; nothing else of it matters here."""

    round_trip = 0.05


def outs(*kinds: str) -> list[Outbound]:
    """Return subscribed streams of these kinds."""
    leg = Somebody()
    found = []
    for place, kind in enumerate(kinds):
        out = Outbound(leg, kind, "clerk", str(place))  # type: ignore[arg-type]
        out.take_from(Inbound(leg, kind, 0))  # type: ignore[arg-type]  # as above
        found.append(out)
    return found


def test_without_a_limit_everything_lives() -> None:
    share = share_out(None, outs("audio", "video", "video"), FIRST, 0.0)

    assert set(share.modes.values()) == {Mode.LIVE}
    assert share.each is None


def test_sound_is_set_aside_before_pictures_are_shared_out() -> None:
    share = share_out(600e3, outs("audio", "audio", "video", "video"), FIRST, 0.0)

    assert share.each == (600e3 - 2 * SOUND) / 2


def test_the_second_picture_stops_first_and_the_face_lives_on() -> None:
    rate = SOUND + 1.5 * LEAST_VIDEO

    share = share_out(rate, outs("audio", "video", "video"), FIRST, 0.0)

    assert share.modes == {"1": Mode.LIVE, "2": Mode.STILLS}


def test_when_no_picture_can_move_there_are_stills_and_then_sound_alone() -> None:
    stills = share_out(SOUND + 60e3, outs("audio", "video"), FIRST, 0.0)
    nothing = share_out(SOUND + 10e3, outs("audio", "video"), FIRST, 0.0)

    assert stills.modes == {"1": Mode.STILLS}
    assert nothing.modes == {"1": Mode.OFF}


def test_a_picture_that_stopped_does_not_flicker() -> None:
    streams = outs("audio", "video")
    stopped = share_out(SOUND + 60e3, streams, FIRST, 10.0)
    enough = SOUND + 2 * LEAST_VIDEO

    soon = share_out(enough, streams, stopped, 10.0 + PAUSE / 2)
    later = share_out(enough, streams, soon, 10.1 + PAUSE)
    barely = share_out(SOUND + 1.1 * LEAST_VIDEO, streams, stopped, 10.1 + PAUSE)

    assert soon.modes == {"1": Mode.STILLS}
    assert later.modes == {"1": Mode.LIVE}
    assert barely.modes == {"1": Mode.STILLS}


@given(
    st.lists(st.sampled_from(["audio", "video"]), max_size=8),
    st.lists(st.floats(0, 5e6), min_size=1, max_size=20),
)
def test_nobody_is_promised_more_than_there_is(
    kinds: list[str], rates: list[float]
) -> None:
    streams, share = outs(*kinds), FIRST
    for second, rate in enumerate(rates):
        share = share_out(rate, streams, share, float(second))
        living = sum(mode is Mode.LIVE for mode in share.modes.values())
        assert living * (share.each or 0) <= rate + 1
