"""The journey without a browser: the simulated terminal and a scripted clerk.

Both are on the real wire: HTTP, WebSocket, WebRTC through the media worker.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

import aiohttp
import msgspec
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import (
    AudioStreamTrack,
    MediaStreamError,
    MediaStreamTrack,
    VideoStreamTrack,
)

from protocol.ids import CallId, CaseId, StepId
from protocol.messages import (
    AcceptForm,
    AnswerMedia,
    AnswerTicket,
    Countersign,
    DecideCase,
    Failed,
    MediaLost,
    OfferMedia,
    QueueChanged,
    SessionChanged,
)
from protocol.scan_messages import AcceptMaterial, ConfirmIdentity
from protocol.states import Leg, MaterialState, Task
from protocol.views import CaseView, SessionView
from protocol.wire import FromDesk, read_to_desk
from signaling.journey import Desk, JourneyFailed, Stopwatch, read_receipt, signed_in
from signaling.stack import Plan

PATIENCE = 30.0
FIELDS_OF_FORM = 7
LOOK_EVERY = 0.02


class ScriptedDesk:
    """One desk that does as it is told, and remembers what it saw."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.session: SessionView | None = None
        self.queue = QueueChanged(waiting=[], review=[])
        self.answer = ""
        self.pictures = 0
        self.lost = 0
        """How often a media worker went away with the call."""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._peer: RTCPeerConnection | None = None
        self._failed = ""
        self._draining: list[asyncio.Task[None]] = []

    async def listen(self) -> None:
        """Hear everything until cancelled."""
        base = self._desk.base
        async with self._desk.session.ws_connect(f"{base}/ws/desk") as self._socket:
            async for frame in self._socket:
                match read_to_desk(frame.data):
                    case SessionChanged(session=session):
                        self.session = session
                    case QueueChanged() as queue:
                        self.queue = queue
                    case AnswerMedia(sdp=sdp):
                        self.answer = sdp
                    case MediaLost():
                        self.lost += 1
                    case Failed(code=code):
                        self._failed = code
                    case _:
                        pass

    async def say(self, message: FromDesk) -> None:
        """Send one message."""
        assert self._socket is not None, "listening"
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def until(self, what: str, there: Callable[[], bool]) -> None:
        """Wait until ``there``; raises ``JourneyFailed`` with ``what`` it was."""
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            if self._failed:
                raise JourneyFailed(f"{what}: {self._failed}")
            if there():
                return
            await asyncio.sleep(LOOK_EVERY)
        raise JourneyFailed(f"waited in vain: {what}")

    async def join(self, call: CallId) -> None:
        """Send and receive media, as the desk's page does."""
        configuration = RTCConfiguration(
            iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE
        )
        self._peer = peer = RTCPeerConnection(configuration)
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            peer.addTransceiver(track, direction="sendonly")
        for kind in ("audio", "video", "video"):
            peer.addTransceiver(kind, direction="recvonly")
        peer.on("track", self._on_track)
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        await self.say(OfferMedia(call=call, leg=Leg.CLERK, sdp=sdp))
        await self.until("media answer", lambda: bool(self.answer))
        await peer.setRemoteDescription(RTCSessionDescription(self.answer, "answer"))

    def _on_track(self, track: MediaStreamTrack) -> None:
        async def drain() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    await track.recv()
                    self.pictures += track.kind == "video"

        self._draining.append(asyncio.create_task(drain()))

    async def close(self) -> None:
        """Hang up."""
        if self._peer is not None:
            await self._peer.close()

    @property
    def case(self) -> CaseView:
        """The case of the present visit."""
        if self.session is None or self.session.case is None:
            raise JourneyFailed("no case")
        return self.session.case

    @property
    def countersigned(self) -> bool:
        """Whether the case is sealed, or the applicant has gone already."""
        return self.session is None or self.case.countersigned

    def digest(self) -> str:
        """Return the digest of the page that lies before the clerk."""
        return next(m.sha256 for m in self.case.materials if m.id == self.case.wanted)

    def material_in(self, state: MaterialState) -> Callable[[], bool]:
        """Return a check: the wanted paper is in ``state``."""

        def there() -> bool:
            case = self.session.case if self.session else None
            return case is not None and any(
                one.id == case.wanted and one.state is state for one in case.materials
            )

        return there

    def task_is(self, task: Task) -> Callable[[], bool]:
        """Return a check: the case waits for ``task``."""

        def there() -> bool:
            case = self.session.case if self.session else None
            return case is not None and case.task is task

        return there


class WirePlayers:
    """The simulated applicant plays by itself; this is the staff."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.receipt = b""

    async def play(self, watch: Stopwatch) -> tuple[str, str]:
        """Play up to the sheet; return acceptance number and case id."""
        async with signed_in(self._plan, "clerk") as http:
            desk = ScriptedDesk(http)
            listening = asyncio.create_task(desk.listen())
            try:
                case = await self._serve(desk, watch)
            finally:
                await desk.close()
                listening.cancel()
        await self._approve(case, watch)
        pocket = self._plan.folder / "applicant" / "pocket" / "receipt.pdf"
        self.receipt = pocket.read_bytes()
        number, code = read_receipt(self.receipt)
        await self._print(number, code, watch)
        return number, case

    async def _serve(self, desk: ScriptedDesk, watch: Stopwatch) -> CaseId:
        await desk.until("a ticket", lambda: bool(desk.queue.waiting))
        with watch.step("answer to first picture"):
            ticket = desk.queue.waiting[0].id
            await desk.say(AnswerTicket(step=new_step(), ticket=ticket))
            await desk.until("a call", lambda: bool(desk.session and desk.session.call))
            assert desk.session is not None and desk.session.call is not None, "waited"
            await desk.join(desk.session.call.id)
            await desk.until("a picture", lambda: desk.pictures > 0)
        with watch.step("identity document"):
            await desk.until("identity", desk.material_in(MaterialState.CHECKED))
            await desk.say(
                ConfirmIdentity(
                    step=new_step(), case=desk.case.id, sha256=desk.digest()
                )
            )
            await desk.until("materials", desk.task_is(Task.MATERIALS))
        while desk.case.task is Task.MATERIALS:
            await self._take_paper(desk, watch)
        with watch.step("form filled"):
            await desk.until("form", lambda: len(desk.case.form) == FIELDS_OF_FORM)
        with watch.step("application, signature, receipt"):
            await desk.say(AcceptForm(step=new_step(), case=desk.case.id))
            await desk.until("receipt", desk.task_is(Task.RECEIPT))
        case = desk.case.id
        with watch.step("countersigned and sealed"):
            await desk.say(Countersign(step=new_step(), case=case))
            await desk.until("the seal", lambda: desk.countersigned)
        await desk.until("the applicant leaves", lambda: desk.session is None)
        return case

    async def _take_paper(self, desk: ScriptedDesk, watch: Stopwatch) -> None:
        wanted = desk.case.wanted
        assert wanted is not None, "the task says so"
        with watch.step(f"page {wanted}"):
            await desk.until("a page", desk.material_in(MaterialState.CHECKED))
            message = AcceptMaterial(
                step=new_step(),
                case=desk.case.id,
                material=wanted,
                sha256=desk.digest(),
            )
            await desk.say(message)
            await desk.until("accepted", lambda: desk.case.wanted != wanted)

    async def _approve(self, case: CaseId, watch: Stopwatch) -> None:
        async with signed_in(self._plan, "approver") as http:
            desk = ScriptedDesk(http)
            listening = asyncio.create_task(desk.listen())

            def mine() -> bool:
                return any(one.id == case for one in desk.queue.review)

            await desk.until("the case in review", mine)
            with watch.step("approval, licence sealed"):
                step = new_step()
                message = DecideCase(step=step, case=case, decision="approve")
                await desk.say(message)
                await desk.until("decided", lambda: not mine())
            listening.cancel()

    async def _print(self, number: str, code: str, watch: Stopwatch) -> None:
        origin = self._plan.counter_url.rstrip("/")
        async with aiohttp.ClientSession(headers={"Origin": origin}) as window:
            with watch.step("release, sheet in the tray"):
                body = {"number": number, "code": code}
                async with window.post(f"{origin}/local/releases", json=body) as made:
                    made.raise_for_status()
                    job = (await made.json())["job"]
                for _ in range(int(PATIENCE / LOOK_EVERY)):
                    async with window.get(f"{origin}/local/jobs/{job}") as found:
                        state = (await found.json())["state"]
                    if state == "sheet-out":
                        return
                    await asyncio.sleep(LOOK_EVERY)
        raise JourneyFailed(f"no sheet: {state}")


def new_step() -> StepId:
    """Return a fresh step."""
    return StepId(secrets.token_hex(16))
