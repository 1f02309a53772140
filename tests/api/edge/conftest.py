"""A database of its own for each test of the edge, on SQLite and on Postgres; Prefect is away unless asked for."""

from collections.abc import AsyncIterator, Iterator

import pytest
import services
from logs import fresh_postgres
from prefect.settings import PREFECT_API_URL, temporary_settings

from api import prefect
from infra import limits
from infra.database import close_database
from infra.settings import settings


@pytest.fixture(scope="package")
def postgres() -> Iterator[str]:
    with services.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database(
    request: pytest.FixtureRequest, home: object, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[pytest.MonkeyPatch]:
    """Yields what sets environment variables; call `settings.cache_clear()` afterwards."""
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
        settings.cache_clear()
    yield monkeypatch
    await prefect.close()
    await limits.close_limits()
    await close_database()


@pytest.fixture
def no_prefect() -> Iterator[str]:
    """Nothing answers where Prefect should be."""
    url = f"http://127.0.0.1:{services.free_port()}/api"
    with temporary_settings({PREFECT_API_URL: url}):
        yield url
