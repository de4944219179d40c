"""What every ``DueStore`` promises; each store's test inherits this."""

from casework.stamps import Due, DueStore
from protocol.ids import CaseId

ONE, OTHER = CaseId("a" * 32), CaseId("b" * 32)


class DueRules:
    """Inherit, and give a fixture ``store``."""

    async def test_what_is_due_comes_longest_overdue_first(
        self, store: DueStore
    ) -> None:
        late, later = Due(ONE, "receipt", 20.0), Due(OTHER, "receipt", 10.0)
        for due in (late, later, Due(ONE, "licence", 31.0)):
            await store.put(due)

        assert await store.until(30.0, 10) == [later, late]
        assert await store.until(30.0, 1) == [later]

    async def test_a_paper_is_due_once_at_the_time_said_last(
        self, store: DueStore
    ) -> None:
        await store.put(Due(ONE, "receipt", 10.0))
        await store.put(Due(ONE, "receipt", 50.0))

        assert await store.until(30.0, 10) == []
        assert await store.until(60.0, 10) == [Due(ONE, "receipt", 50.0)]

    async def test_a_dropped_paper_is_never_due(self, store: DueStore) -> None:
        await store.put(Due(ONE, "receipt", 10.0))

        for _ in range(2):
            await store.drop(ONE, "receipt")

        assert await store.until(30.0, 10) == []
