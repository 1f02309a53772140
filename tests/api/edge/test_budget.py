"""The budget of the day: what is reserved for an ask, and that it is never overdrawn."""

import asyncio

import pytest
from admitting import all_runs, ask, film, who
from sqlalchemy import update

from api import ending
from api.edge import admit, budget
from infra import ledger
from infra.database import writing
from infra.errors import BudgetSpent
from infra.eventlog import Entry, append
from infra.ledger import Cost
from infra.settings import settings
from infra.tables import runs

pytestmark = pytest.mark.usefixtures("no_prefect")


@pytest.fixture
def capped(database):
    database.setenv("FLYWHEEL_ENGINE_SECONDS_PER_DAY", "500")
    database.setenv("FLYWHEEL_MONEY_PER_DAY", "5")
    database.setenv("FLYWHEEL_PRICE_PER_ENGINE_SECOND", "0.01")
    settings.cache_clear()
    return database


def test_twice_the_estimate_is_reserved(home, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_PRICE_PER_ENGINE_SECOND", "0.5")
    settings.cache_clear()
    asked = ask()
    asked.seconds = 20
    assert budget.reservation(asked) == Cost(20, 40)
    asked.money = 3
    assert budget.reservation(asked) == Cost(6, 40)


def test_what_comes_without_an_estimate_has_a_usual_one(home):
    assert budget.reservation(ask("text")).engine_seconds == 120
    assert budget.reservation(film("p_1", seconds=5)).engine_seconds == 300
    assert budget.reservation(film("p_1", seconds=300)).engine_seconds == 3000


async def test_without_a_cap_nothing_is_reserved(database):
    made = await admit(ask())
    assert made.headers["Flywheel-Budget"] == "unlimited"
    assert (await ledger.usage("acme", "ann")).engine_seconds == 0


async def test_the_header_says_what_would_be_left(capped):
    made = await admit(ask())
    assert made.headers["Flywheel-Budget"] == "money;reserved=1.2;left=3.8, engine-seconds;reserved=120;left=380"


async def test_a_tenant_never_overdraws_its_day(capped):
    asks = [ask(by=who(f"user{number}"), number=number) for number in range(10)]
    results = await asyncio.gather(*map(admit, asks), return_exceptions=True)
    assert sum(isinstance(result, BudgetSpent) for result in results) == 6
    assert len(await all_runs()) == 4
    assert (await ledger.usage("acme", "ann")).engine_seconds == 480
    await admit(ask(by=who(tenant="other")))


@pytest.mark.parametrize(("told", "left"), [(37.5, 37.5), (None, 120)])
async def test_what_a_run_has_spent_is_not_given_back_when_it_is_cancelled_at_a_gate(capped, told, left):
    made = await admit(ask())
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == made.run).values(state="waiting"))
    if told:
        await append(made.stream, [Entry("cost", {"engine_seconds": told}, f"{made.run}:cost", made.run)])
    assert await ending.cancelled(made.run)
    assert (await ledger.usage("acme", "ann")).engine_seconds == left


async def test_a_cancelled_run_gives_its_reservation_back(capped):
    made = await admit(ask())
    assert (await ledger.usage("acme", "ann")).money == pytest.approx(1.2)
    assert await ending.cancelled(made.run)
    assert (await ledger.usage("acme", "ann")).money == 0
    assert not await ending.cancelled(made.run)
