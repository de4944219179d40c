from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from signaling.bus import Bus
from signaling.bus_memory import MemoryBus
from signaling.bus_redis import RedisBus
from signaling.embedded import embedded_valkey
from tests.signaling.bus_rules import BusRules


class TestMemoryBus(BusRules):
    @pytest.fixture
    def bus(self) -> Bus:
        return MemoryBus()

    async def test_a_name_is_new_again_when_its_time_is_over(self) -> None:
        now = [0.0]
        bus = MemoryBus(lambda: now[0])

        assert await bus.first_time("x", 10)
        assert not await bus.first_time("x", 10)
        now[0] = 11.0
        assert await bus.first_time("x", 10)

    async def test_a_place_is_free_again_when_its_time_is_over(self) -> None:
        now = [0.0]
        bus = MemoryBus(lambda: now[0])
        await bus.claim("seat", "first", 10)

        now[0] = 11.0

        assert await bus.kept("seat") is None
        assert await bus.claim("seat", "second", 10) == "second"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


class TestRedisBus(BusRules):
    @pytest.fixture
    async def bus(self, engine: str) -> AsyncIterator[Bus]:
        bus = RedisBus(engine)
        await bus._redis.flushall()
        yield bus
        await bus.close()


async def test_what_the_engine_was_told_survives_a_kill(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as url:
        bus = RedisBus(url)
        assert await bus.first_time("proof", 3600)
        await bus.close()
    assert (tmp_path / "appendonlydir").exists()

    with embedded_valkey(tmp_path) as url:
        bus = RedisBus(url)
        assert not await bus.first_time("proof", 3600)
        await bus.close()


def test_the_engine_listens_on_no_network_port(engine: str) -> None:
    assert engine.startswith("unix://")
    path = Path(engine.removeprefix("unix://"))
    assert path.stat().st_mode & 0o077 == 0
