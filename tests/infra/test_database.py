"""What a driver says of a database that is away is Unreachable, and nothing else is."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra.database import close_database, writing
from infra.errors import Unreachable
from infra.settings import settings
from tests import services


@pytest.fixture
async def database(home, monkeypatch):
    def use(url: str) -> None:
        monkeypatch.setenv("FLYWHEEL_DATABASE", url)
        settings.cache_clear()

    yield use
    await close_database()


async def test_a_server_whose_name_is_not_known_is_away(database):
    database("postgresql+asyncpg://nobody@no-such-host.invalid/none")
    with pytest.raises(Unreachable, match="FLYWHEEL_DATABASE"):
        async with writing():
            pass


async def test_postgres_says_itself_whether_the_same_may_succeed(database):
    with services.postgres() as url:
        database(url)
        for state in ("57P03", "53300", "08006", "40P01"):
            with pytest.raises(Unreachable):
                await fail(state)
        with pytest.raises(DBAPIError):
            await fail("22012")
        await close_database()


async def fail(state: str) -> None:
    async with writing() as db:
        await db.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))
