"""Who gets how much of a line that is full: sound, then the first picture."""

import dataclasses
from collections.abc import Mapping, Sequence

from signaling.media.streams import Mode, Outbound

SOUND = 42_000.0
"""Bits per second kept free for each stream of sound, headers included."""
LEAST_VIDEO = 90_000.0
"""Bits per second below which moving pictures are of no use."""
LEAST_STILL = 40_000.0
MARGIN = 1.3
"""A picture that was stopped comes back only with so much more."""
PAUSE = 4.0
"""Seconds before a picture that was stopped may come back."""


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """``modes``: by mid of each video. ``each``: bits per second per live video."""

    modes: Mapping[str, Mode]
    each: float | None
    changed: float = 0.0


def comfort(outs: Sequence[Outbound]) -> float:
    """Return the bits per second with which everything that is sent comes back."""
    there = [out.kind for out in outs if out.inbound is not None]
    sounds, videos = there.count("audio"), there.count("video")
    return SOUND * sounds + 1.1 * MARGIN * LEAST_VIDEO * videos


def share_out(
    rate: float | None, outs: Sequence[Outbound], before: Share, now: float
) -> Share:
    """Return what each video of a peer may use; the first in order live longest.

    Args:
        rate: bits per second that the line carries, ``None`` for no known limit.
        outs: everything that is sent to the peer.
        before: what held until now.
        now: seconds; a stopped video does not come back within ``PAUSE``.
    """
    videos = [out.mid for out in outs if out.kind == "video" and out.inbound]
    if rate is None or not videos:
        modes = dict.fromkeys(videos, Mode.LIVE)
        return Share(modes, None, before.changed)
    sounds = sum(out.kind == "audio" and out.inbound is not None for out in outs)
    left = max(0.0, rate - SOUND * sounds)
    living = sum(before.modes.get(mid, Mode.LIVE) is Mode.LIVE for mid in videos)
    fit = min(len(videos), int(left // LEAST_VIDEO))
    if fit > living:
        may = now - before.changed > PAUSE and left > MARGIN * LEAST_VIDEO * fit
        fit = fit if may else living
    stopped = Mode.STILLS if left >= LEAST_STILL else Mode.OFF
    modes = {
        mid: Mode.LIVE if place < fit else stopped for place, mid in enumerate(videos)
    }
    changed = before.changed if fit == living else now
    return Share(modes, left / fit if fit else 0.0, changed)
