"""The two ends of a call, with aiortc in the place of browsers."""

import asyncio

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack

from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.control import AddLeg
from signaling.media.worker import Worker
from tests.line import Line

KEY = "11" * 32
BUNDLED = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
CALL = CallId("c0ffee")


class End:
    """One end of a call, with aiortc in the place of a browser."""

    def __init__(self, sends: list[MediaStreamTrack], receives: list[str]) -> None:
        self.peer = RTCPeerConnection(BUNDLED)
        self.tracks: list[MediaStreamTrack] = []
        for track in sends:
            self.peer.addTransceiver(track, direction="sendonly")
        for kind in receives:
            self.peer.addTransceiver(kind, direction="recvonly")
        self.peer.on("track", self.tracks.append)

    def ask(self, leg: Leg, call: CallId = CALL) -> AddLeg:
        """Return what the server asks of the worker for this end's offer."""
        sdp = self.peer.localDescription.sdp
        return AddLeg(id=1, call=call, leg=leg, sdp=sdp, journal_key=KEY)

    async def join(
        self, worker: Worker, leg: Leg, line: Line | None = None, call: CallId = CALL
    ) -> None:
        """Connect, over ``line`` if there is one."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        answer = worker.add_leg(self.ask(leg, call))
        sdp = line.through(answer) if line else answer
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))


def an_applicant() -> End:
    return End([AudioStreamTrack(), VideoStreamTrack()], ["audio", "video"])


def a_clerk() -> End:
    sends: list[MediaStreamTrack] = [AudioStreamTrack(), VideoStreamTrack()]
    return End(sends, ["audio", "video", "video"])


async def frames(end: End, index: int, count: int) -> list[object]:
    async with asyncio.timeout(15):
        return [await end.tracks[index].recv() for _ in range(count)]
