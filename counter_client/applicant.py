"""The simulated applicant: sits at a terminal, touches, shows, fills, signs.

It uses the agent exactly as the touch page does, so one person with one browser
tab can be the clerk. Somebody new sits down a moment after each visit.
"""

import asyncio
import logging
import math
from pathlib import Path

from counter_client.agent import OFFER_AGAIN, Agent, new_step
from counter_client.streams import MediaLeg, face_leg
from counter_client.tray import Shot
from protocol.ids import CallId, CaseId, ItemId, StepId
from protocol.messages import (
    AnswerMedia,
    FillForm,
    LeaveCounter,
    MediaLost,
    OfferMedia,
    SendChat,
    SessionChanged,
    SignApplication,
    TakeTicket,
)
from protocol.parts import PageSeen, Point
from protocol.states import CallState, Language, Leg, MaterialState, Phrase, Task
from protocol.views import CaseView, SessionView
from protocol.wire import ToTerminal, read_to_terminal

log = logging.getLogger(__name__)

ITEM = ItemId("foreign-enterprise")
SITS_DOWN_AFTER = 2.0
THINKS = 1.0
"""Seconds a person takes for one small thing. Machine time is counted without."""
FORM = {
    "company": "粵港示範科技（廣東）有限公司",
    "legal_representative": "陳示範",
    "kind": "有限责任公司（港澳台投资）",
    "capital": "100",
    "scope": "軟件開發；信息技術諮詢服務；貨物及技術進出口。",
    "address": "示範市示範區樣本路一號八樓",
    "telephone": "+852 5555 0100",
}
"""What the applicant fills in, field by field. All of it is invented."""


class Applicant:
    """A person made of code, at one terminal."""

    def __init__(self, agent: Agent, pocket: Path, thinks: float = THINKS) -> None:
        """``pocket`` is where the applicant puts the receipt they take home."""
        self._agent = agent
        self._pocket = pocket
        self._thinks = thinks
        self._inbox: asyncio.Queue[ToTerminal] = asyncio.Queue()
        self._session: SessionView | None = None
        self._leg: MediaLeg | None = None
        self._leg_call: CallId | None = None
        self._done: set[str] = set()
        self._offering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Sit down, be served, leave; again until cancelled."""
        self._agent.listen(self._hear)
        try:
            while True:
                await self._react(await self._inbox.get())
                if self._session is not None and self._inbox.empty():
                    # Only the newest state matters, whatever came after it.
                    await self._take_part(self._session)
        finally:
            self._agent.stop_listening(self._hear)
            await self._hang_up()

    def _hear(self, text: str) -> None:
        self._inbox.put_nowait(read_to_terminal(text))

    async def _react(self, message: ToTerminal) -> None:
        match message:
            case SessionChanged(session=session):
                await self._session_changed(session)
            case AnswerMedia(leg=Leg.APPLICANT, sdp=sdp):
                if self._leg is not None:
                    await self._leg.answered(sdp)
            case MediaLost():
                await self._hang_up()
                if self._session is not None:
                    await self._join_call(self._session)
            case _:
                pass

    async def _session_changed(self, session: SessionView | None) -> None:
        self._session = session
        if session is not None:
            return
        await self._hang_up()
        self._done.clear()
        await asyncio.sleep(SITS_DOWN_AFTER)
        if self._agent.session is None:
            await self._take_ticket()

    async def _take_ticket(self) -> None:
        step = StepId(new_step())
        language = Language.ZH_HANT
        await self._agent.say(TakeTicket(step=step, item=ITEM, language=language))

    async def _take_part(self, session: SessionView) -> None:
        await self._join_call(session)
        await self._answer_in_writing(session)
        case = session.case
        if case is None:
            return
        match case.task:
            case Task.IDENTITY | Task.MATERIALS:
                await self._show_paper(case)
            case Task.FORM:
                await self._fill_form(case)
            case Task.SIGN:
                await self._sign(case)
            case Task.RECEIPT:
                await self._leave(session)

    async def _answer_in_writing(self, session: SessionView) -> None:
        """Say yes to whatever the clerk writes."""
        last = session.chat[-1] if session.chat else None
        if session.call is None or last is None or last.by is not Leg.CLERK:
            return
        if self._first_time(f"line {last.at}"):
            step, call = StepId(new_step()), session.call.id
            await self._agent.say(SendChat(step=step, call=call, phrase=Phrase.YES))

    async def _join_call(self, session: SessionView) -> None:
        call = session.call
        if call is None or call.state is CallState.OVER:
            return
        lost = self._leg is not None and self._leg.lost(Leg.APPLICANT in call.legs)
        if call.id == self._leg_call and not lost:
            return
        await self._hang_up()
        self._leg_call = call.id
        self._leg = face_leg(call.ice)
        self._offering = asyncio.create_task(self._offer(call.id, self._leg))

    async def _offer(self, call: CallId, leg: MediaLeg) -> None:
        """Offer again while the media worker or the line is being restarted."""
        offer = await leg.offer()
        while self._leg is leg and not leg.answer_came:
            await self._agent.say(OfferMedia(call=call, leg=Leg.APPLICANT, sdp=offer))
            await asyncio.sleep(OFFER_AGAIN)

    async def _show_paper(self, case: CaseView) -> None:
        paper = next((one for one in case.materials if one.id == case.wanted), None)
        wanted = {MaterialState.WANTED, MaterialState.REFUSED}
        if paper is None or paper.state not in wanted or paper.reason == "page-blurred":
            return
        key = f"{paper.id} {paper.state} {paper.reason}"
        if self._first_time(key):
            await asyncio.sleep(self._thinks)
            await self._agent.tray.shoot(Shot(case=case.id, material=paper.id))

    async def _fill_form(self, case: CaseView) -> None:
        if not self._first_time("form"):
            return
        values: dict[str, str] = {}
        for name, value in FORM.items():
            values[name] = value
            await self._agent.say(FillForm(case=case.id, values=dict(values)))
            await asyncio.sleep(self._thinks / 4)

    async def _sign(self, case: CaseView) -> None:
        shown = next(one for one in case.documents if one.name == "application")
        if not self._first_time(f"sign {shown.sha256}"):
            return
        await asyncio.sleep(2 * self._thinks)
        await self._agent.say(
            SignApplication(
                step=StepId(new_step()),
                case=CaseId(case.id),
                sha256=shown.sha256,
                pages=[
                    PageSeen(page=page, seconds=1.0)
                    for page in range(1, shown.pages + 1)
                ],
                declared="touch",
                strokes=a_signature(),
                signer=next(one.id for one in case.signers if not one.signed),
            )
        )

    async def _leave(self, session: SessionView) -> None:
        if session.case and session.case.number and self._first_time("leave"):
            path = "/api/terminal/documents/receipt"
            receipt = await self._agent.office.ask("GET", path)
            self._pocket.mkdir(parents=True, exist_ok=True)
            (self._pocket / "receipt.pdf").write_bytes(receipt)
            await asyncio.sleep(8 * self._thinks)
            step = StepId(new_step())
            ticket = session.ticket.id
            await self._agent.say(LeaveCounter(step=step, ticket=ticket))

    def _first_time(self, key: str) -> bool:
        new = key not in self._done
        self._done.add(key)
        return new

    async def _hang_up(self) -> None:
        leg, self._leg, self._leg_call = self._leg, None, None
        if self._offering is not None:
            self._offering.cancel()
        if leg is not None:
            await leg.close()


def a_signature() -> list[list[Point]]:
    """Return three strokes that look like a hurried name."""
    strokes = []
    for number in range(3):
        points = []
        for step in range(40):
            along = step / 39
            x = 60 + 90 * number + 70 * along
            y = 110 + 45 * math.sin(6 * along + number) * (1 - along / 2)
            pressure = 0.3 + 0.5 * math.sin(math.pi * along)
            points.append(
                Point(
                    x=round(x, 1),
                    y=round(y, 1),
                    t=number * 450.0 + step * 8,
                    p=round(pressure, 2),
                )
            )
        strokes.append(points)
    return strokes
