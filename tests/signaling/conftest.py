from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.signaling.site import Site, serving


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path)) as site:
        yield site
