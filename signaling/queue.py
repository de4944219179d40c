"""Who waits, which cases wait, and who is told."""

from casework.case import Case
from casework.cases import Cases
from casework.ports import TerminalStore, VisitStore
from casework.visit import Visit
from protocol.ids import TerminalId
from protocol.messages import CallsChanged, QueueChanged
from protocol.states import CaseState, TicketState
from protocol.views import CaseView, RunningCallView, TicketView
from signaling.policy import ANY_OFFICE, Act, Actor, may
from signaling.switchboard import DESKS, Switchboard, at_approvers, at_supervisors
from signaling.views import case_view, running_call, ticket_view

MOST_REVIEWS = 100


class Queue:
    """The waiting room, and the in-tray of those who decide."""

    def __init__(
        self,
        store: VisitStore,
        cases: Cases,
        terminals: TerminalStore,
        board: Switchboard,
    ) -> None:
        self._store = store
        self._cases = cases
        self._terminals = terminals
        self._board = board

    async def tell_desks(self) -> None:
        """Send the queue to every desk, the review list to those who decide."""
        visits = await self._store.open_ones()
        waiting = await self._waiting(visits)
        await self._board.send(DESKS, QueueChanged(waiting=waiting, review=[]))
        await self._tell_supervisors(visits)
        cases = await self._in_review()
        for office in self._offices():
            review = [case_view(case) for case in cases if _belongs(case, office)]
            told = QueueChanged(waiting=waiting, review=review)
            await self._board.send(at_approvers(office), told)

    async def tell_supervisors(self) -> None:
        """Send the calls that are on to those who watch over them."""
        await self._tell_supervisors(await self._store.open_ones())

    async def _tell_supervisors(self, visits: list[Visit]) -> None:
        running = await self._running(visits)
        for office in self._offices():
            await self._board.send(at_supervisors(office), _of_office(running, office))

    def _offices(self) -> set[str]:
        return {ANY_OFFICE, *self._cases.items.offices()}

    async def calls(self, office: str) -> CallsChanged:
        """Return the calls that are on for items of ``office``, oldest first."""
        return _of_office(await self._running(await self._store.open_ones()), office)

    async def of(self, actor: Actor) -> QueueChanged:
        """Return who waits, and which cases wait for a decision of ``actor``."""
        decides = may(actor, Act.DECIDE)
        review = await self.review(actor.office) if decides else []
        return QueueChanged(waiting=await self.waiting(), review=review)

    async def waiting(self) -> list[TicketView]:
        """Return who waits, first come first."""
        return await self._waiting(await self._store.open_ones())

    async def _waiting(self, visits: list[Visit]) -> list[TicketView]:
        waiting = [one for one in visits if one.state is TicketState.WAITING]
        return [
            ticket_view(one, place, await self.name_of(one.terminal))
            for place, one in enumerate(waiting, 1)
        ]

    async def review(self, office: str) -> list[CaseView]:
        """Return the cases that ``office`` has to decide, longest waiting first."""
        found = await self._in_review()
        return [case_view(case) for case in found if _belongs(case, office)]

    async def _in_review(self) -> list[Case]:
        states = [CaseState.SUBMITTED.value, CaseState.REVIEWING.value]
        return await self._cases.ledger.store.in_states(states, MOST_REVIEWS)

    async def _running(self, visits: list[Visit]) -> list[tuple[str, RunningCallView]]:
        """Return the office and the call of every visit that has one."""
        found = []
        for one in visits:
            call = running_call(one, await self.name_of(one.terminal))
            if call is not None:
                found.append((self._cases.items.item(one.item).office, call))
        return found

    async def name_of(self, terminal: TerminalId) -> str:
        """Return what people call a terminal."""
        return (await self._terminals.load(terminal)).name


def _belongs(case: Case, office: str) -> bool:
    return office in {case.office, ANY_OFFICE}


def _of_office(running: list[tuple[str, RunningCallView]], office: str) -> CallsChanged:
    mine = [call for its, call in running if office in {its, ANY_OFFICE}]
    return CallsChanged(calls=mine)
