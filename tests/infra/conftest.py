"""Databases for tests of what is kept in one: SQLite, and one Postgres for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import services
from logs import fresh_postgres

from infra.database import close_database
from infra.settings import settings


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A Postgres server, once for the whole run."""
    with services.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """An empty database of either kind, which the settings name."""
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
        settings.cache_clear()
    yield request.param
    await close_database()
