"""What every bus promises. Implementations inherit this class."""

import asyncio

from signaling.bus import Bus, Letter


class BusRules:
    """Inherited by the tests of each implementation; they provide ``bus``."""

    async def test_every_listener_hears_every_letter_in_order(self, bus: Bus) -> None:
        heard: list[list[Letter]] = [[], []]

        async def listen(mine: list[Letter]) -> None:
            async for letter in bus.listen():
                mine.append(letter)

        tasks = [asyncio.create_task(listen(mine)) for mine in heard]
        await self._listening(bus, heard)
        sent = [Letter(to="desk", body=str(n)) for n in range(20)]
        for letter in sent:
            await bus.publish(letter)
        async with asyncio.timeout(5):
            while any(mine[-1:] != sent[-1:] for mine in heard):  # noqa: ASYNC110  # both, whenever
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()

        for mine in heard:
            assert [one for one in mine if one.to == "desk"] == sent

    async def _listening(self, bus: Bus, heard: list[list[Letter]]) -> None:
        """Knock until everybody answers: subscribing takes a moment."""
        async with asyncio.timeout(5):
            while not all(heard):  # knocks each time
                await bus.publish(Letter(to="knock", body=""))
                await asyncio.sleep(0.01)

    async def test_a_name_is_new_only_once(self, bus: Bus) -> None:
        answers = await asyncio.gather(*(bus.first_time("x", 60) for _ in range(8)))

        assert sorted(answers) == [False] * 7 + [True]
        assert await bus.first_time("y", 60)

    async def test_counting_goes_up(self, bus: Bus) -> None:
        assert [await bus.count("tries", 60) for _ in range(3)] == [1, 2, 3]

    async def test_a_group_knows_who_is_there_until_they_go(self, bus: Bus) -> None:
        for name in ("b", "a", "c"):
            await bus.here("experts", name, 60)
        await bus.here("experts", "a", 60)
        await bus.gone("experts", "c")

        assert await bus.who("experts") == ["a", "b"]
        assert await bus.who("others") == []

    async def test_who_is_not_heard_of_again_is_no_longer_there(self, bus: Bus) -> None:
        await bus.here("experts", "a", 60)
        await bus.here("experts", "b", -1)

        assert await bus.who("experts") == ["a"]

    async def test_what_is_kept_is_there_until_it_is_replaced(self, bus: Bus) -> None:
        await bus.keep("paper", "first", 60)
        await bus.keep("paper", "二", 60)

        assert await bus.kept("paper") == "二"
        assert await bus.kept("other") is None

    async def test_what_is_kept_for_no_time_is_not_there(self, bus: Bus) -> None:
        await bus.keep("paper", "first", 60)
        await bus.keep("paper", "second", 0)

        assert await bus.kept("paper") is None

    async def test_of_many_who_claim_a_place_one_has_it(self, bus: Bus) -> None:
        names = [str(n) for n in range(8)]

        answers = await asyncio.gather(*(bus.claim("seat", n, 60) for n in names))

        assert len(set(answers)) == 1
        assert await bus.claim("seat", "late", 60) == answers[0]
        assert await bus.kept("seat") == answers[0]

    async def test_it_says_whether_it_lives(self, bus: Bus) -> None:
        assert await bus.alive()
