"""Quotas of a user: requests a minute by modality, runs at a time, films a day; what the headers say."""

import asyncio
import json

import pytest
from admitting import all_runs, ask, film, project, who
from sqlalchemy import select, update

from api.edge import admit, quota
from infra import trials
from infra.database import reading, writing
from infra.errors import QuotaSpent
from infra.ledger import films_of
from infra.limits import counted
from infra.settings import settings
from infra.tables import exposures, runs

pytestmark = pytest.mark.usefixtures("no_prefect")


async def films_today(user: str = "ann") -> int:
    async with reading() as db:
        return await counted(db, films_of("acme", user))


async def end_all() -> None:
    async with writing() as db:
        await db.execute(update(runs).values(state="failed", ended=1.0))


async def test_the_headers_say_what_is_left(database):
    asked = ask()
    await quota.count(asked)
    assert asked.headers["RateLimit-Policy"] == '"text";q=30;w=60'
    assert asked.headers["RateLimit"] == '"text";r=29;t=60'
    assert asked.headers["Flywheel-Runs"] == "0/8"
    assert asked.headers["Flywheel-Films"] == "0/200"


async def test_the_31st_request_of_a_minute_is_refused(database):
    results = await asyncio.gather(*(quota.count(ask()) for _ in range(35)), return_exceptions=True)
    refused = [result for result in results if result is not None]
    assert len(refused) == 5
    error = refused[0]
    assert isinstance(error, QuotaSpent)
    assert 0 < error.retry_after_s <= 60
    assert error.headers["RateLimit"].startswith('"text";r=0;t=')
    await quota.count(ask("audio"))  # another modality has its own
    await quota.count(ask(by=who("bob")))
    await quota.count(ask(by=who(tenant="other")))


async def test_so_many_runs_at_a_time_however_they_come(database):
    database.setenv("FLYWHEEL_RUNS_PER_USER", "3")
    settings.cache_clear()
    results = await asyncio.gather(*(admit(ask(number=number)) for number in range(8)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 5
    assert all(isinstance(error, QuotaSpent) and "3 at a time" in str(error) for error in refused)
    assert len(await all_runs()) == 3
    await admit(ask(by=who("bob"), number=9))
    await end_all()
    assert (await admit(ask(number=10))).headers["Flywheel-Runs"] == "1/3"


async def test_what_was_refused_was_not_seen_by_an_experiment(database):
    database.setenv("FLYWHEEL_RUNS_PER_USER", "1")
    settings.cache_clear()
    await trials.begin("acme", "x", (trials.Variant("a", 1, {}), trials.Variant("b", 1, {"caption_style": "bold"})))
    await admit(ask())
    with pytest.raises(QuotaSpent):
        await admit(film(await project("p_1")))
    async with reading() as db:
        assert (await db.execute(select(exposures))).all() == []
    await end_all()
    made = await admit(film("p_1"))
    async with reading() as db:
        (seen,) = (await db.execute(select(exposures))).all()
    assert made.headers["Flywheel-Variant"] == f"{seen.experiment}={seen.variant}"


async def test_so_many_films_a_day_and_those_that_were_refused_do_not_count(database):
    database.setenv("FLYWHEEL_FILMS_PER_DAY", "3")
    database.setenv("FLYWHEEL_ENGINE_SECONDS_PER_DAY", "650")  # room for two films
    settings.cache_clear()
    names = [await project(f"p_{number}") for number in range(6)]
    results = await asyncio.gather(*(admit(film(name, topic=name)) for name in names), return_exceptions=True)
    assert sum(isinstance(result, BaseException) for result in results) == 4
    assert await films_today() == 2
    database.delenv("FLYWHEEL_ENGINE_SECONDS_PER_DAY")
    settings.cache_clear()
    results = await asyncio.gather(*(admit(film(name, topic=name, seed=2)) for name in names), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 5
    assert all(isinstance(error, QuotaSpent) and "3 films today" in str(error) for error in refused)
    assert 0 < refused[0].retry_after_s <= 24 * 3600
    assert await films_today() == 3
    await admit(ask())  # a job is no film
    assert json.loads((await all_runs())[-1].parameters)["prompt"] == "bees"
