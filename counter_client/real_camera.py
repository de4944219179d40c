"""A camera that may hang, go and come back, behind calls that never wait long.

A thread of its own owns the device and takes every frame out of its queue, so
that what is asked for is what lies there now and not what lay there a second
ago. Only frames that somebody asked for are decoded.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from counter_client.camera_settings import Crop
from counter_client.cameras import CameraGone
from document_capture.images import Image

PATIENCE = 4.0
"""Seconds that a frame may take; opening a USB camera takes one or two of them."""
REOPEN_AFTER = 1.0
"""Seconds until a camera that is gone is looked for again."""
RELEASED_WITHIN = 0.5
"""Seconds that a device which was let go may take: opened earlier, it is busy."""
MOST_STUCK = 2
"""Threads that may hang in a dead device before no further one is spent on it."""
MOST_UNASKED = 300
"""Frames that nobody asked for until the device is let go: ten seconds or more."""


class Capture(Protocol):
    """An opened device; the one part that needs a real camera."""

    def grab(self) -> bool:
        """Wait for the next frame and take it out of the queue; false: it is gone."""
        ...

    def retrieve(self) -> Image | None:
        """Decode the frame that was taken last; ``None`` if it cannot be."""
        ...

    def release(self) -> None:
        """Let go of the device."""
        ...


Opener = Callable[[], Capture]
"""Opens the device; raises ``CameraGone``. It may hang as well."""


class _Reader:
    """One opening of the device, from its first frame to its last."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._change = threading.Condition()
        self._wanted = False
        self._stopping = threading.Event()
        self._frame: Image | None = None
        self._number = 0
        self.over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def next_frame(self, patience: float) -> Image | None:
        """Return a frame taken after this call, or ``None`` if none comes."""
        with self._change:
            before = self._number
            self._wanted = True
            self._change.wait_for(
                lambda: self._number > before or self.over or self._stopping.is_set(),
                patience,
            )
            return self._frame if self._number > before else None

    def await_end(self, patience: float) -> None:
        self._thread.join(patience)

    def stop(self) -> None:
        with self._change:
            self._stopping.set()
            self._frame = None
            self._change.notify_all()

    def _run(self) -> None:
        try:
            capture = self._opener()
            try:
                self._read(capture)
            finally:
                capture.release()
        except CameraGone:
            pass  # whoever waits hears it from ``over``
        finally:
            with self._change:
                self.over = True
                self._frame = None
                self._change.notify_all()

    def _read(self, capture: Capture) -> None:
        unasked = 0
        while unasked < MOST_UNASKED and not self._stopping.is_set():
            # Asked first: a frame that waited in the queue is older than the wish.
            wanted, self._wanted = self._wanted, False
            if not capture.grab():
                return
            unasked += 1
            if not wanted:
                continue
            frame = capture.retrieve()
            if frame is None or frame.size == 0:
                return
            unasked = 0
            with self._change:
                if self._stopping.is_set():
                    return
                self._frame = frame
                self._number += 1
                self._change.notify_all()


class RealCamera:
    """A camera of this machine; plugged out and in again without a restart."""

    def __init__(
        self,
        opener: Opener,
        crop: Crop = Crop(),  # noqa: B008  # frozen
        patience: float = PATIENCE,
        reopen_after: float = REOPEN_AFTER,
    ) -> None:
        self._opener = opener
        self._crop = crop
        self._patience = patience
        self._reopen_after = reopen_after
        self._lock = threading.Lock()
        self._reader: _Reader | None = None
        self._stuck: list[_Reader] = []
        self._failed = -reopen_after

    def lay(self, paper: str) -> None:
        """A person does this."""

    def frame(self) -> Image:
        """Return the newest frame, the tray's part of it.

        Waits at most the patience; call it in a thread, never on the event loop.

        Raises:
            CameraGone: no frame came; the device is looked for again, later.
        """
        reader = self._running()
        frame = reader.next_frame(self._patience)
        if frame is None:
            self._give_up(reader)
            raise CameraGone
        return cropped(frame, self._crop)

    def close(self) -> None:
        """Let go of the device; the next frame opens it again."""
        with self._lock:
            if self._reader is not None:
                self._let_go(self._reader)

    def _running(self) -> _Reader:
        with self._lock:
            if self._reader is not None and not self._reader.over:
                return self._reader
            if time.monotonic() - self._failed < self._reopen_after:
                raise CameraGone
            for old in self._stuck:
                old.await_end(RELEASED_WITHIN)
            self._stuck = [one for one in self._stuck if one.alive]
            if len(self._stuck) >= MOST_STUCK:
                self._failed = time.monotonic()
                raise CameraGone
            self._reader = _Reader(self._opener)
            return self._reader

    def _give_up(self, reader: _Reader) -> None:
        with self._lock:
            if self._reader is reader:
                self._failed = time.monotonic()
                self._let_go(reader)

    def _let_go(self, reader: _Reader) -> None:
        """Tell the thread to end; it may be stuck, so nobody waits for it."""
        reader.stop()
        self._stuck.append(reader)
        self._reader = None


def cropped(frame: Image, crop: Crop) -> Image:
    """Return the part of ``frame`` that ``crop`` names, at least one pixel."""
    height, width = frame.shape[:2]
    left, top = int(crop.x * width), int(crop.y * height)
    right = max(left + 1, round((crop.x + crop.width) * width))
    bottom = max(top + 1, round((crop.y + crop.height) * height))
    return frame[top:bottom, left:right].copy() if crop != Crop() else frame
