"""WebRTC legs that the agent itself sends: the document camera, the simulated face."""

import abc
import asyncio
import fractions
import logging
import time
from collections.abc import Iterable

import av
import cv2
import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack

from counter_client.cameras import Camera, CameraGone
from counter_client.relays import configuration, why_nothing_passes
from counter_client.specimens import face
from document_capture.images import Image
from protocol.parts import Trouble
from protocol.states import Leg
from protocol.views import IceServer

log = logging.getLogger(__name__)

PICTURE = 640, 480
DOCUMENT_RATE = 5
"""Pictures a second: a paper does not move, and 2 cores do everything here."""
FACE_RATE = 12
PATIENCE = 10.0
"""Seconds from the answer until a leg without a path is complained about."""


class PacedTrack(VideoStreamTrack):
    """A video track of a few pictures a second."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self._rate = rate
        self._began: float | None = None
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        """Return the next picture when it is due."""
        if self._began is None:
            self._began = time.monotonic()
        due = self._began + self._count / self._rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        picture = await asyncio.to_thread(self.picture)
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = int(self._count * 90_000 / self._rate)
        frame.time_base = fractions.Fraction(1, 90_000)
        self._count += 1
        return frame

    @abc.abstractmethod
    def picture(self) -> Image:
        """Return the picture to send now, BGR."""


class DocumentTrack(PacedTrack):
    """What lies under the document camera."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(DOCUMENT_RATE)
        self._camera = camera

    def picture(self) -> Image:
        """Return the frame at the size of the preview; grey while unplugged."""
        try:
            frame = self._camera.frame()
        except CameraGone:
            return np.full((PICTURE[1], PICTURE[0], 3), 96, np.uint8)
        small: Image = cv2.resize(frame, PICTURE, interpolation=cv2.INTER_AREA)
        return small


class FaceTrack(PacedTrack):
    """The drawn face of the simulated applicant."""

    def __init__(self) -> None:
        super().__init__(FACE_RATE)

    def picture(self) -> Image:
        """Return the face as it is now."""
        picture = face(*PICTURE, time.monotonic())
        label = "simulated applicant"
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(picture, label, (16, 464), font, 0.6, (60, 60, 60), 1, cv2.LINE_AA)
        return picture


class MediaLeg:
    """One connection to the media worker."""

    def __init__(
        self,
        sends: list[MediaStreamTrack],
        receives: list[str],
        ice: list[IceServer],
    ) -> None:
        """``ice``: the relays that this leg may use."""
        self._ice = ice
        self._peer = RTCPeerConnection(configuration(ice))
        self._settled = asyncio.Event()
        self._offering: asyncio.Future[None] | None = None
        self._sink = MediaBlackhole()
        self.answer_came = False
        self._carried = False
        self.pictures = 0
        """Pictures that have come; the journey counts on them."""
        for track in sends:
            self._peer.addTransceiver(track, direction="sendonly")
        for kind in receives:
            self._peer.addTransceiver(kind, direction="recvonly")
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_state)

    def _on_state(self) -> None:
        if self._peer.connectionState == "connected":
            self._settled.set()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._sink.addTrack(_Counted(track, self) if track.kind == "video" else track)

    async def offer(self) -> str:
        """Return the SDP offer."""
        self._offering = asyncio.ensure_future(self._offer())
        # Sockets that are being opened are lost to whoever stops half-way.
        await asyncio.shield(self._offering)
        sdp = str(self._peer.localDescription.sdp)
        if self._ice and "typ relay" not in sdp:
            # The leg may still connect without it; the installer should know.
            log.warning("no relay for a leg: not reached, or it refused")
        return sdp

    async def _offer(self) -> None:
        await self._peer.setLocalDescription(await self._peer.createOffer())

    async def answered(self, sdp: str) -> None:
        """Take the answer; media flows soon. A second answer changes nothing."""
        if self.answer_came:
            return
        self.answer_came = True
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await self._sink.start()

    async def trouble(self, patience: float = PATIENCE) -> Trouble | None:
        """Wait for the path; return why there is none after so many seconds."""
        try:
            await asyncio.wait_for(self._settled.wait(), patience)
        except TimeoutError:
            return await why_nothing_passes(self._ice)
        return None

    def lost(self, carries: bool) -> bool:
        """Return whether the server has given this leg up.

        ``carries`` is whether the newest view lists the leg. One that was listed
        and is no more was lost while the line was cut; a new one is not up yet.
        """
        gone = self._carried and not carries
        self._carried = carries and self.answer_came
        return gone

    async def close(self) -> None:
        """Hang up."""
        self._settled.set()
        if self._offering is not None:
            await asyncio.wait([self._offering])
        await self._sink.stop()
        await self._peer.close()


class _Counted(MediaStreamTrack):
    kind = "video"

    def __init__(self, track: MediaStreamTrack, leg: MediaLeg) -> None:
        super().__init__()
        self._track = track
        self._leg = leg

    async def recv(self) -> "av.frame.Frame | av.packet.Packet[av.stream.Stream]":
        frame = await self._track.recv()
        self._leg.pictures += 1
        return frame


def document_leg(camera: Camera, ice: Iterable[IceServer] = ()) -> MediaLeg:
    """Return the leg that shows the document camera to the clerk."""
    own = [one for one in ice if one.leg is Leg.DOCUMENT]
    return MediaLeg([DocumentTrack(camera)], [], own)


def face_leg(ice: Iterable[IceServer] = ()) -> MediaLeg:
    """Return the leg of the simulated applicant: a drawn face, silence."""
    own = [one for one in ice if one.leg is Leg.APPLICANT]
    return MediaLeg([AudioStreamTrack(), FaceTrack()], ["audio", "video"], own)
