"""The agent of one terminal: what it does by itself when the server speaks.

Pages (or the simulated applicant) hear everything that the server says; the
agent beside them keeps the document camera's leg up, photographs when asked,
and forgets everything about an applicant when the visit ends.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine

import msgspec

from counter_client.cameras import BLANK_DESK, Camera
from counter_client.office import ServerOffice
from counter_client.outbox import Outbox
from counter_client.streams import PATIENCE, MediaLeg, document_leg
from counter_client.tray import Shot, Tray
from counter_client.uploader import Uploader
from counter_client.watching import Watcher
from protocol.ids import CallId, CaseId
from protocol.messages import (
    AnswerMedia,
    LegFailed,
    LineChanged,
    MediaLost,
    OfferMedia,
    SessionChanged,
    TerminalWelcome,
)
from protocol.parts import Trouble
from protocol.scan_messages import PaperSeen, ShootPage
from protocol.states import CallState, Leg, MaterialState, Task
from protocol.views import CallView, SessionView
from protocol.wire import FromTerminal, ToTerminal

log = logging.getLogger(__name__)

Listener = Callable[[str], None]

ASKED_FOR = {MaterialState.WANTED, MaterialState.REFUSED}
OFFER_AGAIN = 0.8
"""Seconds until an offer that nobody answered is made again."""

FACES_FIRST = 0.7
"""Seconds that the document camera of a new call leaves line and machine to the
people: they look at each other first. Then it comes, whoever is missing."""


class Agent:
    """Owns the camera and the line of one terminal."""

    def __init__(
        self,
        office: ServerOffice,
        camera: Camera,
        outbox: Outbox,
        patience: float = PATIENCE,
    ) -> None:
        """``patience``: seconds that a leg has to find its path."""
        self.office = office
        self._patience = patience
        self.session: SessionView | None = None
        self.tray = Tray(camera, Uploader(office, outbox), self.say)
        self.watcher = Watcher(self.tray, self._wanted, self._paper_seen)
        self._listeners: set[Listener] = set()
        self._welcome = ""
        self._line = False
        self._leg: MediaLeg | None = None
        self._leg_call: CallId | None = None
        self._trouble: Trouble | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._following = asyncio.Lock()
        self._faces = asyncio.Event()

    async def run(self) -> None:
        """Keep the line up, and pages going over it, until cancelled."""
        self._start(self.tray.run())
        await self.office.run(self._heard, self._line_changed)

    async def close(self) -> None:
        """Hang up and let go of the camera."""
        for task in list(self._tasks):
            task.cancel()
        await self.watcher.close()
        await self._drop_leg()
        self.tray.camera.close()

    def listen(self, listener: Listener) -> None:
        """Pass everything the server says to ``listener``, from the present state."""
        self._listeners.add(listener)
        listener(_text(LineChanged(up=self._line)))
        if self._welcome:
            listener(self._welcome)
            listener(_text(SessionChanged(session=self.session)))

    def stop_listening(self, listener: Listener) -> None:
        """Stop passing messages."""
        self._listeners.discard(listener)

    async def say(self, message: FromTerminal) -> None:
        """Say something to the server in the name of whoever sits here."""
        await self.office.say(message)

    def _heard(self, message: ToTerminal) -> None:
        match message:
            case TerminalWelcome():
                self._welcome = _text(message)
            case SessionChanged(session=session):
                self._session_changed(session)
            case AnswerMedia(leg=Leg.DOCUMENT, sdp=sdp):
                if self._leg is not None:
                    self._start(self._leg.answered(sdp))
                return
            case MediaLost(call=call):
                if call == self._leg_call:
                    self._leg_call = None
                    self._start(self._follow_call())
            case ShootPage():
                self._start(self._shoot_for_clerk(message))
            case _:
                pass
        self._tell(_text(message))

    def _wanted(self) -> tuple[CaseId | None, Shot | None]:
        """Return the open case, and the paper whose first page is wanted now."""
        case = self.session.case if self.session else None
        if case is None or case.task not in {Task.IDENTITY, Task.MATERIALS}:
            return None, None
        # Whoever is elsewhere shows who they are from there.
        elsewhere = {one.identity for one in case.signers if one.away}
        for one in case.materials:
            here = one.id == case.wanted and one.id not in elsewhere
            if here and one.state in ASKED_FOR:
                return case.id, Shot(case=case.id, material=one.id)
        return case.id, None

    async def _paper_seen(self, seen: PaperSeen, for_clerk: bool) -> None:
        self._tell(_text(seen))
        if for_clerk:
            await self.say(seen)

    def _session_changed(self, session: SessionView | None) -> None:
        before, self.session = self.session, session
        self._await_faces(_call_of(before), _call_of(session))
        if session is None:
            self.tray.forget()
            self._start(self._clear_tray())
        else:
            for message in self.tray.follow(session):
                self._start(self.say(message))
        wanted = session.case.wanted if session and session.case else None
        self.tray.camera.lay(wanted or BLANK_DESK)
        self._start(self._follow_call())

    def _await_faces(self, before: CallView | None, call: CallView | None) -> None:
        if call is None or Leg.APPLICANT in call.legs:
            self._faces.set()
        elif before is None or before.id != call.id:
            self._faces.clear()

    async def _clear_tray(self) -> None:
        await self.watcher.visit_over()
        if self.session is None:
            self.tray.camera.close()

    async def _shoot_for_clerk(self, asked: ShootPage) -> None:
        self.tray.camera.lay(asked.material)
        shot = Shot(
            case=asked.case,
            material=asked.material,
            replaces=asked.replaces,
            overridden=asked.overrides,
            why=asked.why,
            same_again=not asked.replaces,
        )
        await self.watcher.shoot(shot)

    async def _follow_call(self) -> None:
        """Have a document leg exactly while there is a call."""
        async with self._following:
            call = self.session.call if self.session else None
            wanted = call.id if call and call.state is not CallState.OVER else None
            carries = call is not None and Leg.DOCUMENT in call.legs
            lost = self._leg is not None and self._leg.lost(carries)
            if wanted == self._leg_call and not lost:
                return
            await self._drop_leg()
            self._leg_call = wanted
            if wanted is not None and call is not None:
                self._leg = document_leg(self.tray.camera, call.ice)
                self._start(self._connect(wanted, self._leg))

    async def _connect(self, call: CallId, leg: MediaLeg) -> None:
        """Bring a leg up; what does not get through is told, and tried afresh."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._faces.wait(), FACES_FIRST)
        self._faces.set()
        await self._offer_until_answered(call, leg)
        reason = await leg.trouble(self._patience)
        if self._leg is not leg:
            return
        if reason and reason != self._trouble:
            await self.say(LegFailed(call=call, leg=Leg.DOCUMENT, reason=reason))
        self._trouble = reason
        if reason:
            self._leg_call = None
            await self._follow_call()

    async def _offer_until_answered(self, call: CallId, leg: MediaLeg) -> None:
        """Offer again while the media worker or the line is being restarted."""
        offer = await leg.offer()
        while self._leg is leg and not leg.answer_came:
            await self.say(OfferMedia(call=call, leg=Leg.DOCUMENT, sdp=offer))
            await asyncio.sleep(OFFER_AGAIN)

    async def _drop_leg(self) -> None:
        leg, self._leg, self._leg_call = self._leg, None, None
        if leg is not None:
            await leg.close()

    def _line_changed(self, up: bool) -> None:  # a callback of one fact
        if up != self._line:
            self._line = up
            self._tell(_text(LineChanged(up=up)))

    def _tell(self, text: str) -> None:
        for listener in list(self._listeners):
            listener(text)

    def _start(self, work: Coroutine[None, None, object]) -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[object]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("background work failed", exc_info=task.exception())


def new_step() -> str:
    """Return a fresh step id."""
    return secrets.token_hex(16)


def _text(message: msgspec.Struct) -> str:
    return msgspec.json.encode(message).decode()


def _call_of(session: SessionView | None) -> CallView | None:
    return session.call if session else None
