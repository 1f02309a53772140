"""One whole with sketch engines and one browser for all of the studio's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from driving import GENEROUS, Studio, shown

from tests.browser import CHROMIUM
from tests.whole import Whole, whole


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """`flywheel up --engine sketch`."""
    with whole(tmp_path_factory.mktemp("studio"), "--engine", "sketch", **GENEROUS) as up:
        yield up


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def studio(running: Whole) -> AsyncIterator[Studio]:
    """The studio, served and open to a browser."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    async with shown(running) as open_studio:
        yield open_studio
