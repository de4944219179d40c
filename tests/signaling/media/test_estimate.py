"""What the worker believes of a line, on lines whose truth is known."""

import dataclasses
import math
import random

import pytest

from signaling.media.estimate import Estimate

HEADER = 64
FRAMES = 30.0
LEAVES_EARLY = 0.93
"""A browser sends so much of what it may."""


@dataclasses.dataclass
class Narrow:
    """A line with a queue, and a sender that follows the estimate."""

    rate: float
    queue: float = 0.2
    loss: float = 0.0
    delay: float = 0.03
    wants: float = 1.2e6
    stalls_at: float = 0.0
    """The receiving machine stands still for 0.1 s at this second."""

    def run(self, seconds: float) -> tuple[Estimate, float, list[float | None]]:
        """Return the estimate, the used share of the line, and the rate each frame."""
        chance = random.Random(1)
        estimate, rates = Estimate(), list[float | None]()
        busy = carried = reported = 0.0
        flying: list[tuple[float, float | None, int]] = []
        for frame in range(int(seconds * FRAMES)):
            now = frame / FRAMES
            old = rates[-5] if len(rates) > 5 else None  # what the sender knows by now
            size = min(self.wants, (old or 1e9) * LEAVES_EARLY) / FRAMES / 8
            parts = math.ceil(size / 1000)
            for part in range(parts):
                sent = now + part * 0.0005
                bytes_ = int(size / parts) + HEADER
                begins = max(busy, sent)
                if chance.random() < self.loss or begins - sent > self.queue:
                    flying.append((sent, None, bytes_))
                    continue
                busy = begins + bytes_ * 8 / self.rate
                carried += bytes_ * 8
                flying.append((sent, self._heard(busy + self.delay), bytes_))
            if now - reported >= 0.1:
                due = [one for one in flying if (one[1] or one[0]) < now - 0.05]
                flying = [one for one in flying if one not in due]
                estimate.hear(due, now)
                reported = now
            rates.append(estimate.rate)
        return estimate, carried / seconds / self.rate, rates

    def _heard(self, arrives: float) -> float:
        late = self.stalls_at and 0 <= arrives - self.stalls_at < 0.1
        return self.stalls_at + 0.1 if late else arrives


def test_a_line_that_is_wide_enough_limits_nobody() -> None:
    estimate, _, rates = Narrow(rate=5e6).run(20)

    assert estimate.rate is None
    assert set(rates) == {None}


@pytest.mark.parametrize("loss", [0.01, 0.03, 0.05])
def test_loss_by_chance_is_not_taken_for_a_full_line(loss: float) -> None:
    _, _, rates = Narrow(rate=5e6, loss=loss).run(20)

    assert set(rates) == {None}


@pytest.mark.parametrize("rate", [200e3, 500e3, 900e3])
def test_a_full_line_is_noticed_in_three_seconds_and_most_of_it_is_used(
    rate: float,
) -> None:
    _, used, rates = Narrow(rate=rate).run(60)

    noticed = next(place for place, one in enumerate(rates) if one)
    assert noticed / FRAMES < 3
    assert used > 0.85
    late = [one for one in rates[20 * int(FRAMES) :] if one]
    assert max(late) < 1.3 * rate


def test_a_full_line_with_loss_is_used_as_well() -> None:
    _, used, _ = Narrow(rate=500e3, loss=0.03).run(60)

    assert used > 0.8


def test_a_machine_that_stood_still_for_a_moment_is_not_a_full_line() -> None:
    _, _, rates = Narrow(rate=5e6, stalls_at=8.0).run(20)

    assert set(rates) == {None}


def test_a_line_that_loses_a_fifth_is_sent_less() -> None:
    estimate, _, _ = Narrow(rate=5e6, loss=0.2).run(10)

    assert estimate.rate is not None
    assert estimate.rate < 1.2e6


def test_a_limit_that_nobody_reaches_is_forgotten() -> None:
    line = Narrow(rate=500e3)
    estimate, _, _ = line.run(20)
    assert estimate.rate is not None

    for second in range(20, 40):
        estimate.hear(
            [(second + i / 50, second + i / 50, 100) for i in range(50)], second
        )

    assert estimate.rate is None


def test_a_jittery_machine_does_not_drive_the_estimate_to_nothing() -> None:
    chance, estimate, clock = random.Random(1), Estimate(), 0.0
    estimate.comfort = 200e3
    for tenth in range(300):
        now = tenth / 10
        heard: list[tuple[float, float | None, int]] = []
        for part in range(15):
            sent = now + part / 150
            clock = max(clock, sent + 0.03 + chance.choice([0, 0, 0, 0.12]))
            heard.append((sent, clock, 900))
        estimate.hear(heard, now)

        assert (estimate.rate or 1e6) >= 200e3


def test_after_a_line_has_recovered_pictures_are_tried_again_within_seconds() -> None:
    estimate = Estimate()
    estimate.comfort = 200e3
    estimate.rate = 45e3
    sound = 90

    for tenth in range(100):
        now = tenth / 10
        sent = [(now + i / 50, now + i / 50 + 0.03, sound) for i in range(5)]
        estimate.hear(list(sent), now)

    assert (estimate.rate or 1e6) >= 200e3


def test_what_was_sent_before_the_peer_listened_was_not_lost() -> None:
    estimate = Estimate()
    early = [(i / 100, None, 900) for i in range(80)]
    heard = [(1 + i / 100, 1.03 + i / 100, 900) for i in range(100)]

    estimate.hear([*early, *heard], 2.1)

    assert estimate.loss == 0
    assert estimate.rate is None
