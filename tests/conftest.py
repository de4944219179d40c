"""Fixtures that more than one folder of tests uses."""

import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from casework.papers.fonts import load_fonts
from tests.builders import FONTS, Office

# How long something takes never decides a test, and neither does chance: the same
# code passes or fails everywhere. `make explore` looks for examples nobody has seen.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what drives browsers or whole programs: it needs the machine to itself."""
    for item in items:
        used = [*vars(item.module), *map(_home, vars(item.module).values())]
        browser = any(name.startswith(("playwright.", "CHROMIUM")) for name in used)
        if browser or item.path.parent.name == "journey":
            item.add_marker("alone")


def _home(one: object) -> str:
    return str(getattr(one, "__module__", ""))


@pytest.fixture(autouse=True)
def no_peer_is_left_open() -> Iterator[None]:
    """A peer connection that nobody closes keeps the whole run from ending."""
    yield
    names = [one.name for one in threading.enumerate()]
    assert not [name for name in names if name.endswith("-decoder")]


@pytest.fixture(scope="session", autouse=True)
def fonts() -> None:
    load_fonts(FONTS)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = await Office(tmp_path).open()
    yield opened
    await opened.engine.dispose()
