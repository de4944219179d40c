"""The media plane beside Janus: ``make bench NAME=media``.

CPU per forwarded packet, first picture, quality on bad lines, growth, recordings.
Both servers get the same packets and the same lines in the same run. A full run
takes about eight minutes, QUICK=1 less than one.
"""

import asyncio
import dataclasses
import statistics
import sys

import uvloop

from bench.janus import library
from bench.media_calls import compiled, of_janus, ours
from bench.media_cpu import Compared, Cost, compare
from bench.media_growth import long_call, many_calls
from bench.media_lines import on_lines
from bench.media_recording import janus_playable, lost_by_kills, playable
from bench.packets import Media, encode
from bench.report import (
    Promise,
    at_least,
    at_most,
    at_most_of_peer,
    beside,
    quick,
    tell,
)

JANUS = "Janus 1.1 videoroom, event_loops=2, recording"
PP_REC = "janus-pp-rec"
ITSELF = "nothing to compare with"


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    runs: int
    calls: tuple[int, ...]
    seconds: float
    connected: int
    minutes: float
    recorded: float
    """Seconds; each camera has a key frame every two."""
    kills: int


FULL = Size(3, (10, 20), 8.0, 500, 60.0, 20.0, 20)
QUICK = Size(1, (10,), 2.0, 25, 0.5, 2.5, 3)


async def _cpu(media: Media, size: Size) -> list[Promise]:
    peer = of_janus if library() else None
    promises = []
    for calls in size.calls:
        plan = size.runs, calls, size.seconds
        promises += _costs(f"{calls} calls", await compare(ours, peer, media, plan))
    if size is QUICK:
        return promises
    with compiled() as code:
        if code is not None:
            plan = size.runs, size.calls[0], size.seconds
            found = await compare(lambda: ours(code), peer, media, plan)
            promises += _costs(f"{size.calls[0]} calls, compiled", found)
    return promises


def _costs(what: str, found: Compared) -> list[Promise]:
    mine = statistics.median(one.micros for one in found.ours)
    # The median of the pairs' ratios: what else the machine did hit both of a pair.
    theirs = None if found.ratio is None else mine / found.ratio
    name = f"server CPU per forwarded packet, {what}, recorded"
    cost = at_most_of_peer(name, "us", 0.8, mine, (JANUS, theirs))
    fit = statistics.median(one.calls_per_core for one in found.ours)
    fit_there = None if theirs is None else fit * mine / theirs
    name = f"a core's recorded calls, from {what}"
    per_core = beside(at_least(name, "calls", 25.0, fit, JANUS), fit_there)
    name = f"of the packets arrived, {what}"
    came = at_least(name, "%", 99.0, _arrived(found.ours) or 0.0, JANUS)
    return [cost, per_core, beside(came, _arrived(found.peers))]


def _arrived(runs: list[Cost]) -> float | None:
    return 100 * min(one.arrived for one in runs) if runs else None


async def _growth(media: Media, size: Size) -> list[Promise]:
    calls, call = await many_calls(size.connected), await long_call(media, size.minutes)
    after = f"{size.connected} calls set up and torn down"
    long = f"a call of {size.minutes:g} min of RTP time"
    return [
        at_most(f"memory grown by {after}", "MB", 10.0, calls.megabytes, ITSELF),
        at_most(f"open files grown by {after}", "files", 0, calls.files, ITSELF),
        at_most(f"memory grown by {long}", "MB", 10.0, call.megabytes, ITSELF),
        at_most(f"open files grown by {long}", "files", 0, call.files, ITSELF),
    ]


async def _recording(media: Media, size: Size) -> list[Promise]:
    lost = await lost_by_kills(media, size.kills)
    soon = await playable(media, size.recorded)
    there = await janus_playable(media, size.recorded) if library() else None
    name = f"call end to playable, {size.recorded:g} s, three cameras"
    times = f"{sum(one <= 1.0 for one in lost)} of {len(lost)} times within"
    return [
        beside(at_most(name, "s", 1.0, soon, PP_REC), there),
        at_most(f"lost by kill -9 at worst, {times}", "s", 1.0, max(lost), ITSELF),
    ]


async def measure(size: Size) -> list[Promise]:
    """Measure everything, one thing after the other."""
    media = await asyncio.to_thread(encode, 4)
    promises = await _cpu(media, size)
    promises += await on_lines(few=size is QUICK)
    promises += await _growth(media, size)
    return promises + await _recording(media, size)


def main() -> int:
    """Measure and tell."""
    return tell("media", uvloop.run(measure(QUICK if quick() else FULL)))


if __name__ == "__main__":
    sys.exit(main())
