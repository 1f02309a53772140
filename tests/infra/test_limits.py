"""N of N: how many hits are granted over processes, on SQLite, Postgres and Redis."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest
import services
from logs import ROOT, fresh_postgres
from sqlalchemy import insert

from infra import limits, tables
from infra.database import close_database, reading, writing
from infra.errors import Unreachable
from infra.settings import settings

LIMIT = 30

HITTER = """
import asyncio, json, sys
from infra import limits
from infra.database import close_database

async def main():
    standings = await asyncio.gather(*(limits.hit(("t", "u", "film"), 30) for _ in range(int(sys.argv[1]))))
    print(json.dumps([standing.remaining for standing in standings if standing.granted]))
    await limits.close_limits()
    await close_database()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def redis():
    with services.redis() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres", "redis"])
async def counted(request, home, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
    if request.param == "redis":
        monkeypatch.setenv("FLYWHEEL_REDIS", request.getfixturevalue("redis"))
    settings.cache_clear()
    yield request.param
    await limits.close_limits()
    await close_database()


def hitters(processes: int, each: int) -> list[int]:
    """What was left after each hit that was granted, over so many processes at once."""
    command = [sys.executable, "-c", HITTER, str(each)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(processes)
    ]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes
    return [remaining for text in said for remaining in json.loads(text)]


def test_four_processes_are_granted_exactly_the_limit(counted):
    left = hitters(4, 25)
    assert len(left) == LIMIT
    if counted != "redis":  # there, what is left is read after the hit
        assert sorted(left, reverse=True) == list(range(LIMIT - 1, -1, -1))


async def test_tells_what_is_left_and_when_there_is_more(counted):
    key = ("one", counted)
    first, second, third = [await limits.hit(key, 2, 5) for _ in range(3)]
    assert (first.granted, first.remaining, first.limit) == (True, 1, 2)
    assert first.reset_s == pytest.approx(5, abs=1)
    assert (second.granted, second.remaining) == (True, 0)
    assert (third.granted, third.remaining) == (False, 0)
    assert 0 < third.reset_s <= second.reset_s <= first.reset_s


async def test_the_window_moves(counted):
    key = ("moving", counted)
    await limits.hit(key, 2, 2)
    await asyncio.sleep(1)
    await limits.hit(key, 2, 2)
    refused = await limits.hit(key, 2, 2)
    assert not refused.granted
    await asyncio.sleep(refused.reset_s + 0.1)
    assert (await limits.hit(key, 2, 2)).granted
    assert not (await limits.hit(key, 2, 2)).granted  # the second is not yet forgotten


async def test_keys_do_not_know_each_other(counted):
    long = "x" * 64
    assert (await limits.hit((long, long, "film"), 1)).granted
    assert (await limits.hit((long, long, "text"), 1)).granted
    assert not (await limits.hit((long, long, "film"), 1)).granted


async def test_redis_that_is_away_is_told(home, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_REDIS", f"redis://127.0.0.1:{services.free_port()}")
    settings.cache_clear()
    with pytest.raises(Unreachable, match="FLYWHEEL_REDIS"):
        await limits.hit(("a",), 1)
    await limits.close_limits()


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request, home, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
        settings.cache_clear()
    yield request.param
    await close_database()


async def test_a_day_has_its_number(database):
    async def one(fails: bool) -> int | None:
        async with writing() as db:
            count = await limits.count_within(db, ("films", "t", "u"), 5)
            if fails:
                raise RuntimeError
            return count

    counts = await asyncio.gather(*(one(number % 3 == 2) for number in range(12)), return_exceptions=True)
    assert sorted(count for count in counts if isinstance(count, int)) == [1, 2, 3, 4, 5]
    assert counts.count(None) == 3
    async with reading() as db:
        assert await limits.counted(db, ("films", "t", "u")) == 5
        assert await limits.counted(db, ("films", "t", "other")) == 0


async def test_runs_that_have_not_ended(database):
    def run(number: int, state: str, user: str = "ann") -> dict[str, object]:
        return {
            "id": f"r_{number}", "flow": "text", "stream": f"r_{number}", "tenant": "acme", "user": user,
            "payload": "", "parameters": "{}", "state": state, "attempt": 1, "created": time.time(),
        }  # fmt: skip

    states = ["queued", "running", "waiting", "done", "failed", "cancelled"]
    async with writing() as db:
        await db.execute(insert(tables.runs), [run(number, state) for number, state in enumerate(states)])
        await db.execute(insert(tables.runs), [run(7, "queued", "bob")])
    async with reading() as db:
        assert await limits.under_way(db, "acme", "ann") == 3
        assert await limits.under_way(db, "other", "ann") == 0


async def test_one_after_the_other(database):
    inside = 0

    async def visit() -> None:
        nonlocal inside
        async with writing() as db:
            await limits.alone(db, "tenant:acme")
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.02)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(5)))
