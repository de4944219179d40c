"""The server's rules around one call, with fakes for media workers and the bus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from casework.ports import Terminal
from casework.stores.sql_events import SqlSessionEventStore
from casework.timeline import Timeline
from casework.visit import Visit
from protocol.ids import CallId, StaffId, TerminalId
from protocol.messages import SessionChanged
from protocol.states import Leg, Role, TicketState
from protocol.views import SessionView
from protocol.wire import ToDesk
from signaling.bus import Letter
from signaling.bus_memory import MemoryBus
from signaling.calls import Calls
from signaling.company import Company
from signaling.media_pool import MediaPool
from signaling.policy import Actor
from signaling.queue import Queue
from signaling.switchboard import Switchboard
from signaling.visits import Visits
from tests.builders import (
    CLERK,
    TERMINAL,
    FixedClock,
    Office,
    a_step,
    a_visit,
    no_relays,
)

CALL = CallId("a" * 32)
OFFICE = "market-regulation"
EXPERT = StaffId("expert")


def an_actor(role: Role, name: str = "", office: str = OFFICE) -> Actor:
    return Actor(StaffId(name or role.value), name, role, office, demo=False)


THE_CLERK = an_actor(Role.CLERK, CLERK)
THE_EXPERT = an_actor(Role.EXPERT)
A_SUPERVISOR = an_actor(Role.SUPERVISOR)


class Post(MemoryBus):
    """A bus that remembers every letter."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Letter] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens elsewhere while the next letter is on its way."""
        self._posted = asyncio.Event()

    async def publish(self, letter: Letter) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()
        self.letters.append(letter)
        self._posted.set()

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait until the letters are as they should be."""
        while not there():
            self._posted.clear()
            await self._posted.wait()

    def to(self, address: str) -> list[ToDesk]:
        return [
            msgspec.json.decode(one.body, type=ToDesk)
            for one in self.letters
            if one.to == address
        ]

    def session(self, address: str) -> SessionView | None:
        """Return the newest view that was sent to ``address``."""
        told = [one for one in self.to(address) if isinstance(one, SessionChanged)]
        return told[-1].session


class Workers(MediaPool):
    """Media workers that answer everything and remember what was asked."""

    def __init__(self, office: Office) -> None:
        super().__init__([], no_relays())
        self.said: list[tuple[str, Leg, list[Leg]]] = []
        self.logged: list[str] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self._office = office

    async def add_leg(self, call: CallId, leg: Leg, sdp: str, key: bytes) -> str:
        self.logged = await kinds(self._office)
        self.said.append(("add", leg, []))
        if self.meanwhile is not None:
            await self.meanwhile()
        return f"answer to {sdp}"

    def set_voice(self, call: CallId, leg: Leg, to: list[Leg]) -> None:
        self.said.append(("voice", leg, to))

    def drop_leg(self, call: CallId, leg: Leg) -> None:
        self.said.append(("drop", leg, []))

    def end_call(self, call: CallId) -> None:
        self.said.append(("end", Leg.CLERK, []))


class Names:
    """One terminal, whatever is asked for."""

    async def load(self, terminal: TerminalId) -> Terminal:
        return Terminal(id=terminal, name="Counter 1", public_key="", enrolled=0.0)

    async def all(self) -> list[Terminal]:
        return [await self.load(TERMINAL)]

    async def offer_code(self, digest: str, expires: float) -> None:
        raise NotImplementedError

    async def enrol(self, terminal: Terminal, digest: str) -> None:
        raise NotImplementedError


async def kinds(office: Office) -> list[str]:
    found = [msgspec.json.decode(one.leaf) for one in await office.store.entries()]
    return [leaf["kind"] for leaf in found]


class House:
    """The server's rules around one call that is on."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.post, self.media = Post(), Workers(office)
        board, clock = Switchboard(self.post), FixedClock()
        queue = Queue(office.visits, office.cases, Names(), board)
        media = self.media
        events = SqlSessionEventStore(office.engine, office.recordings.key)
        self.timeline = Timeline(events, clock)
        visits = Visits(office.visits, office.cases, queue, board, media, self.timeline)
        self.visits, self.queue = visits, queue
        self.company = Company(office.visits, office.store, visits, media, clock)
        self.calls = Calls(
            office.visits, office.recordings, visits, board, media, self.company
        )

    async def begin(self, **more: object) -> Visit:
        visit = a_visit(TicketState.SERVING, **more)
        await self.office.visits.add(visit, a_step(visit.id))
        await self.office.cases.open(visit)
        return visit

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Have desks told how the queue stands, as a server does."""
        work = asyncio.create_task(self.visits.keep_telling())
        yield
        work.cancel()

    async def offer(self, actor: Actor, leg: Leg) -> str:
        return await self.calls.offer_media(CALL, leg, "offer", actor.id)

    def seen_by(self, actor: Actor) -> SessionView | None:
        return self.post.session(f"desk {actor.id}")

    def seen_by_applicant(self) -> SessionView:
        view = self.post.session(f"terminal {TERMINAL}")
        assert view is not None
        return view
