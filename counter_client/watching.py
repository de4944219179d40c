"""Watches the tray while a page shows it: guides the person, and shoots by itself."""

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import cv2
import numpy as np

from counter_client.cameras import CameraGone
from counter_client.tray import Shot, Tray
from document_capture.findings import Duplicate
from document_capture.guidance import LEFT_FOR, Guide, Sight
from document_capture.images import Array, Image
from document_capture.straighten import to_jpeg
from document_capture.tracking import Followed
from protocol.ids import CaseId, MaterialId
from protocol.scan_messages import PaperSeen

log = logging.getLogger(__name__)

SHOWN = 800, 600
"""Pixels within which the picture on the touch page lies."""
QUALITY = 75
EVERY = 0.1
"""Seconds between looks: ten a second follow a hand."""
TOLD_EVERY = 0.2
"""Seconds between words to the clerk's desk, while the paper moves."""
REPEATED_EVERY = 1.0
"""Seconds after which the same is said again: pages forget what is 2 s old, and a paper
that lies there with something wrong is still wrong."""
LOOKED_AT = 160, 120
CHANGED = 1.5
"""Mean grey levels by which a frame must differ from one that was steady."""
RECENT = 0.3
"""Seconds for which a paper lies where it was seen: three looks, or a slow one."""
LOOKS = 2 + math.ceil(LEFT_FOR / EVERY)
"""After a visit, by which it is known whether something was left behind."""
GREY = 96
"""What is shown while there is no camera."""


class Watcher:
    """One per terminal; looks only while somebody looks at the picture."""

    def __init__(
        self,
        tray: Tray,
        wanted: Callable[[], tuple[CaseId | None, Shot | None]],
        told: Callable[[PaperSeen, bool], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Watch ``tray``.

        Args:
            tray: has the camera, and takes the shot.
            wanted: the open case, and the shot to take by itself, if any.
            told: hears what is seen; with ``True`` the clerk is to hear it too.
            clock: returns seconds that only grow.
            pause: returns after so many of them.
        """
        self._tray = tray
        self._clock = clock
        self._pause = pause
        self._wanted = wanted
        self._told = told
        self._guide = Guide()
        self._judging = threading.Lock()
        self._shots = 0
        self._looked = False
        self._may_shoot = False
        self._shot_for: MaterialId | None = None
        self._viewers = 0
        self._picture = b""
        self._sight: Sight | None = None
        self._small: Array | None = None
        self._looked_at = float("-inf")
        self._said: PaperSeen | None = None
        self._said_at = 0.0
        self._new = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def pictures(self) -> AsyncGenerator[bytes, None]:
        """Yield JPEGs of what lies there now, ten a second, for one viewer."""
        self._viewers += 1
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        try:
            while True:
                async with self._new:
                    await self._new.wait()
                yield self._picture
        finally:
            self._viewers -= 1

    @property
    def holds_nothing(self) -> bool:
        """Whether no picture of what lay there is kept."""
        return (
            not self._picture and self._small is None and self._guide.followed is None
        )

    @property
    def followed(self) -> Followed | None:
        """The page that was followed until just now, if it lay alone."""
        recent = self._clock() - self._looked_at <= RECENT
        return self._guide.followed if recent else None

    async def shoot(self, shot: Shot) -> str:
        """Take the picture, now; return why not, or nothing.

        This paper is not shot again by itself, unless it was refused, or its page is
        taken out: then as soon as it lies otherwise.
        """
        followed = self.followed
        self._guide.taken()
        self._shots += 1
        self._sight, self._shot_for = None, shot.material
        why = "internal"
        try:
            why = await self._tray.shoot(shot, followed)
        finally:
            if why and why != Duplicate.code:
                self._guide.refused()
        return why

    async def visit_over(self) -> None:
        """What lies there now was left behind: nobody's picture to take by itself.

        It is looked for until it is seen, or surely nothing lies there. Where a hand
        or a dark picture hides it, it is known by where it lies when it is seen first.
        """
        if not self._looked:
            return  # what is known of the desk has not changed
        self._looked, self._shot_for = False, None
        self._guide, self._sight, self._small = Guide(), None, None
        self._guide.left_behind()
        with contextlib.suppress(CameraGone):
            for _ in range(LOOKS):
                if self._task is None:
                    frame = await asyncio.to_thread(self._tray.camera.frame)
                    await asyncio.to_thread(self._judged, frame)
                if self._guide.knows:
                    break
                await self._pause(EVERY)
        if self._task is None:
            self._guide.rest()

    async def ended(self) -> None:
        """Wait until nothing is looked at, if nobody looks any more."""
        if self._task is not None and not self._viewers:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        told = False
        try:
            while self._viewers:
                began = self._clock()
                try:
                    await self._look_once()
                except Exception:
                    # Whoever sits there goes on seeing the tray; it is told once.
                    if not told:
                        log.exception("the tray was not looked at")
                    told = True
                await self._pause(max(0.0, began + EVERY - self._clock()))
        finally:
            # Nobody looks any more: nothing of what lay there is kept.
            self._picture, self._sight, self._small = b"", None, None
            self._guide.rest()
            self._task = None

    async def _look_once(self) -> None:
        sight = await asyncio.to_thread(self._look)
        async with self._new:
            self._new.notify_all()
        if sight is not None:
            await self._follow(sight)

    def _look(self) -> Sight | None:
        """Take a frame; a scene that was steady and has not changed is not judged."""
        self._looked = True
        try:
            frame = self._tray.camera.frame()
        except CameraGone:
            self._picture = to_jpeg(np.full((*SHOWN[::-1], 3), GREY, np.uint8), QUALITY)
            self._sight, self._small = None, None
            self._guide.rest()
            return None
        self._picture = to_jpeg(_within(frame), QUALITY)
        small = cv2.resize(frame, LOOKED_AT, interpolation=cv2.INTER_AREA)
        before, self._small = self._small, small
        last = self._sight
        was_steady = last is not None and last.steady and before is not None
        if was_steady and np.abs(small.astype(np.int16) - before).mean() < CHANGED:
            self._small, self._looked_at = before, self._clock()
            return last
        shots = self._shots
        sight = self._judged(frame)
        self._looked_at = self._clock()
        # What was seen before the picture was taken is not true any more.
        self._sight = sight if shots == self._shots else None
        return self._sight

    def _judged(self, frame: Image) -> Sight:
        with self._judging:
            now, may = self._clock(), self._may_shoot
            return self._guide.look(frame, now, may_shoot=may)

    async def _follow(self, sight: Sight) -> None:
        case, shot = self._wanted()
        if self._may_shoot != (shot is not None):
            self._may_shoot, self._sight = shot is not None, None
            if shot is not None and shot.material == self._shot_for:
                self._guide.refused()  # by the clerk, or the page was taken out
        if sight.shoot and shot is None:
            self._guide.another()
        if case is None:
            return
        await self._say(sight, case)
        if sight.shoot and shot is not None:
            await self.shoot(shot)

    async def _say(self, sight: Sight, case: CaseId) -> None:
        now = self._clock()
        corners = [(x, y) for x, y in sight.corners]
        seen = PaperSeen(
            case=case,
            corners=corners,
            hint=f"hint-{sight.hint}",
            steady=sight.steady,
            others=[[(x, y) for x, y in other] for other in sight.others],
        )
        if self._said == seen and now - self._said_at < REPEATED_EVERY:
            return
        news = self._said is None or self._said.hint != seen.hint
        to_clerk = news or now - self._said_at >= TOLD_EVERY
        self._said = seen
        if to_clerk:
            self._said_at = now
        await self._told(seen, to_clerk)


def _within(frame: Image) -> Image:
    scale = min(1.0, SHOWN[0] / frame.shape[1], SHOWN[1] / frame.shape[0])
    small: Image = cv2.resize(
        frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    return small
