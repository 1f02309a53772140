"""Money and engine seconds of a day: reserved, settled once, given back; never past the cap."""

import asyncio
import time

import pytest
from logs import fresh_postgres
from sqlalchemy import insert, select

from infra import ledger, limits, tables
from infra.database import close_database, reading, writing
from infra.errors import BudgetSpent
from infra.ledger import Cost, Usage
from infra.settings import settings


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request, home, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
    monkeypatch.setenv("FLYWHEEL_PRICE_PER_ENGINE_SECOND", "0.01")
    monkeypatch.setenv("FLYWHEEL_ENGINE_SECONDS_PER_DAY", "100")
    settings.cache_clear()
    yield monkeypatch
    await close_database()


async def reserve(run: str, seconds: float, tenant: str = "acme") -> None:
    async with writing() as db:
        await limits.alone(db, f"tenant:{tenant}")
        await ledger.reserve_within(db, tenant, "ann", run, Cost(seconds / 100, seconds))
        row = {"id": run, "flow": "text", "stream": run, "tenant": tenant, "user": "ann", "payload": "",
               "parameters": "{}", "state": "queued", "attempt": 1, "created": time.time()}  # fmt: skip
        await db.execute(insert(tables.runs).values(**row))


async def settle(run: str, seconds: float) -> bool:
    async with writing() as db:
        return await ledger.settle_within(db, run, seconds)


async def used(tenant: str = "acme") -> Usage:
    return await ledger.usage(tenant, "ann")


async def test_what_is_reserved_counts_until_it_is_settled(database):
    await reserve("r_1", 60)
    assert await used() == Usage(0.6, 60, 1, 0)
    assert await settle("r_1", 12.5)
    assert await used() == Usage(0.125, 12.5, 1, 0)


async def test_a_run_is_settled_once(database):
    await reserve("r_1", 60)
    assert await settle("r_1", 10)
    assert not await settle("r_1", 99)
    assert (await used()).engine_seconds == 10


async def test_a_run_without_a_reservation_is_settled_too(database):
    database.delenv("FLYWHEEL_ENGINE_SECONDS_PER_DAY")
    settings.cache_clear()
    await reserve("r_1", 1e9)
    async with reading() as db:
        assert (await db.execute(select(tables.ledger))).all() == []  # no cap, so no limit to the run either
    assert await settle("r_1", 7)
    assert not await settle("r_1", 8)
    assert not await settle("r_of_nobody", 8)
    assert await used() == Usage(0.07, 7, 1, 0)


async def test_what_never_began_is_given_back_and_what_was_spent_is_not(database):
    await reserve("r_1", 60)
    await reserve("r_2", 30)
    await settle("r_2", 20)
    async with writing() as db:
        await ledger.release_within(db, "r_1")
        await ledger.release_within(db, "r_2")
    assert (await used()).engine_seconds == 20


async def test_twenty_at_once_never_pass_the_cap(database):
    results = await asyncio.gather(*(reserve(f"r_{number}", 9) for number in range(20)), return_exceptions=True)
    assert results.count(None) == 11
    refused = [result for result in results if result is not None]
    assert all(isinstance(result, BudgetSpent) for result in refused)
    assert "FLYWHEEL_ENGINE_SECONDS_PER_DAY" in str(refused[0])
    assert (await used()).engine_seconds == 99
    await reserve("r_other", 100, tenant="other")  # another tenant's day is its own


async def test_money_has_its_own_cap(database):
    database.setenv("FLYWHEEL_MONEY_PER_DAY", "0.5")
    settings.cache_clear()
    left = await ledger.check("acme", Cost(0.2, 20))
    assert left == Cost(pytest.approx(0.3), 80)
    await reserve("r_1", 40)
    with pytest.raises(BudgetSpent, match="FLYWHEEL_MONEY_PER_DAY"):
        await reserve("r_2", 20)


async def test_a_new_day_is_empty(database, monkeypatch):
    await reserve("r_1", 100)
    with pytest.raises(BudgetSpent):
        await reserve("r_2", 1)
    monkeypatch.setattr(limits, "today", lambda: "2999-01-01")
    await reserve("r_2", 100)
