from __future__ import annotations

import time
from datetime import UTC, datetime

from conftest import created, set_run
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
    rows = [
        {"run": "r_a", "day": today, "reserved_micros": 9, "reserved_seconds": 9.0, "spent_micros": 2_000_000, "spent_seconds": 4.0},
        {"run": "r_b", "day": today, "reserved_micros": 500_000, "reserved_seconds": 1.0, "spent_micros": None, "spent_seconds": None},
        {"run": "r_c", "day": "2020-01-01", "reserved_micros": 7_000_000, "reserved_seconds": 7.0, "spent_micros": None, "spent_seconds": None},
    ]  # fmt: skip
    async with writing() as db:
        await db.execute(insert(tables.ledger), [{"tenant": "local", "user": "local", **row} for row in rows])
    after = (await client.get("/api/me/usage")).json()
    assert (before["runs"], before["films"]) == ({"used": 1, "limit": 8}, {"used": 2, "limit": 200})
    assert after["money"]["used"] - before["money"]["used"] == 2.5
    assert after["engine_seconds"]["used"] - before["engine_seconds"]["used"] == 5
    assert after["day"] == today
