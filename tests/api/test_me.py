from __future__ import annotations

import time
from datetime import UTC, datetime

from asking import created, set_run
from sqlalchemy import insert

from infra import tables
from infra.database import writing


async def test_the_caller_on_this_machine_is_local_and_may_do_all(client):
    assert (await client.get("/api/me")).json() == {
        "tenant": "local", "user": "local", "scopes": ["admin", "read", "write"],
    }  # fmt: skip


async def test_usage_counts_runs_films_and_money_of_today(client):
    first = await created(client, make=True)
    await created(client, make=True, brief={"topic": "Tea"})
    await set_run(first["run"], state="done", ended=time.time())
    before = (await client.get("/api/me/usage")).json()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    names = ("run", "day", "reserved_micros", "reserved_seconds", "spent_micros", "spent_seconds")
    rows = [
        ("r_a", today, 9, 9.0, 2_000_000, 4.0),
        ("r_b", today, 500_000, 1.0, None, None),
        ("r_c", "2020-01-01", 7_000_000, 7.0, None, None),
    ]
    whose = {"tenant": "local", "user": "local"}
    async with writing() as db:
        await db.execute(insert(tables.ledger), [whose | dict(zip(names, row, strict=True)) for row in rows])
    after = (await client.get("/api/me/usage")).json()
    assert (before["runs"], before["films"]) == ({"used": 1, "limit": 8}, {"used": 2, "limit": 200})
    assert after["money"]["used"] - before["money"]["used"] == 2.5
    assert after["engine_seconds"]["used"] - before["engine_seconds"]["used"] == 5
    assert after["day"] == today


async def test_a_retry_uses_another_film_of_the_day(client):
    run = (await created(client, make=True))["run"]
    await set_run(run, state="failed", ended=time.time(), created=time.time() - 3 * 86_400)
    again = await client.post(f"/api/runs/{run}/retry")
    films = (await client.get("/api/me/usage")).json()["films"]
    assert again.headers["flywheel-films"] == f"{films['used']:.0f}/{films['limit']:.0f}" == "2/200"
