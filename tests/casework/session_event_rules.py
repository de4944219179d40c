"""What every ``SessionEventStore`` promises; each store's test inherits this."""

import pytest

from casework.errors import AlreadyDone, NotFound
from casework.session_ports import SessionEvent, SessionEventStore
from protocol.ids import CallId
from protocol.states import EventKind
from tests.builders import NOON, a_step

CALL, OTHER = CallId("a" * 32), CallId("b" * 32)


def an_event(
    at: float = 0.0, kind: EventKind = EventKind.CHAT, text: str = "hello"
) -> SessionEvent:
    return SessionEvent(at=NOON + at, kind=kind, by="clerk", facts={"text": text})


class SessionEventRules:
    """Inherit, and give a fixture ``store``, and ``destroy(call)``."""

    store: SessionEventStore

    async def destroy(self, call: CallId) -> None:
        raise NotImplementedError

    async def test_what_happened_comes_back_in_order_of_time(self) -> None:
        late, early = an_event(2.0, EventKind.SHOWN), an_event(1.0)

        await self.store.add(CALL, [late])
        await self.store.add(CALL, [early])
        await self.store.add(OTHER, [an_event(text="of another call")])

        assert await self.store.of_call(CALL) == [early, late]

    async def test_the_latest_of_a_kind_come_oldest_first(self) -> None:
        lines = [an_event(n, text=str(n)) for n in range(4)]
        await self.store.add(CALL, [*lines, an_event(9.0, EventKind.TOUCHED)])

        found = await self.store.latest(CALL, EventKind.CHAT, 2)

        assert found == lines[2:]

    async def test_a_step_adds_its_events_once(self) -> None:
        await self.store.add(CALL, [an_event()], a_step("once"))

        with pytest.raises(AlreadyDone):
            await self.store.add(CALL, [an_event()], a_step("once"))

        assert len(await self.store.of_call(CALL)) == 1

    async def test_without_the_key_of_the_recording_there_is_nothing(self) -> None:
        await self.store.add(CALL, [an_event()])

        await self.destroy(CALL)

        with pytest.raises(NotFound):
            await self.store.of_call(CALL)
        with pytest.raises(NotFound):
            await self.store.add(CALL, [an_event()])
