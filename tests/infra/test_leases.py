"""Leases over processes, on SQLite and Postgres: one holder at a time, whoever dies."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from infra import database as databases
from infra import leases
from infra.database import close_database, reading, writing
from infra.errors import Unreachable

ROOT = Path(__file__).parents[2]

HOLDER = """
import asyncio, sys, time
from infra import leases

async def main():
    while True:
        async with leases.held("film", 2):
            print("in", time.time(), flush=True)
            await asyncio.sleep(float(sys.argv[1]))
            print("out", time.time(), flush=True)
        await asyncio.sleep(0.01)

asyncio.run(main())
"""


def holder(seconds: float) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def test_one_holds_and_another_does_not(database):
    lease = await leases.try_hold("a", 5)
    assert lease is not None
    assert await leases.try_hold("a", 5) is None
    assert await leases.alive(["a", "b"]) == {"a"}
    await leases.release(lease)
    assert await leases.alive(["a"]) == set()
    async with leases.held("a", 5) as again, writing() as db:
        assert await leases.holds(db, again)
        assert not await leases.holds(db, lease)


async def test_a_lease_lasts_from_when_it_was_taken_not_from_when_it_was_wanted(home):
    await leases.alive(["a"])  # the tables are there
    with contextlib.closing(sqlite3.connect(home / "flywheel.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        taking = asyncio.create_task(leases.try_hold("a", 2))
        await asyncio.sleep(2.2)
        lock.execute("ROLLBACK")
        lease = await taking
    assert lease is not None
    assert await leases.alive(["a"]) == {"a"}
    await leases.release(lease)
    await close_database()


async def test_it_is_renewed_for_as_long_as_it_is_held(database):
    async with leases.held("a", 2):
        for _ in range(10):
            await asyncio.sleep(0.3)
            assert await leases.alive(["a"]) == {"a"}


async def test_who_waits_gets_it_when_it_is_released(database):
    first = await leases.hold("a", 5)
    waiting = asyncio.create_task(leases.hold("a", 5))
    await asyncio.sleep(0.4)
    assert not waiting.done()
    await leases.release(first)
    await leases.release(await asyncio.wait_for(waiting, 2))


async def test_a_holder_that_was_frozen_learns_that_it_lost_it(database):
    lease = await leases.try_hold("film", 2)
    other = holder(60)
    await asyncio.sleep(2)
    assert not lease.lost.is_set()
    frozen(other)
    await asyncio.wait_for(lease.lost.wait(), 5)
    assert await leases.alive(["film"]) == {"film"}
    other.kill()
    other.communicate()


async def test_a_lease_that_cannot_be_renewed_for_whatever_reason_is_lost(database):
    lease = await leases.try_hold("a", 2)
    async with writing() as db:
        await db.execute(text("ALTER TABLE leases RENAME TO elsewhere"))
    await asyncio.wait_for(lease.lost.wait(), 5)
    async with writing() as db:
        await db.execute(text("ALTER TABLE elsewhere RENAME TO leases"))
    async with leases.held("b", 2):
        await asyncio.sleep(3)
        assert await leases.alive(["b"]) == {"b"}


async def test_a_pool_that_is_exhausted_is_a_database_that_does_not_answer(home, monkeypatch):
    monkeypatch.setattr(databases, "create_async_engine", partial(create_async_engine, pool_timeout=0.1))
    async with contextlib.AsyncExitStack() as busy:
        for _ in range(16):
            await busy.enter_async_context(reading())
        with pytest.raises(Unreachable):
            await busy.enter_async_context(reading())
    await close_database()


def frozen(other: subprocess.Popen) -> None:
    """Nothing of this process runs until the other holds the lease."""
    assert other.stdout.readline().startswith("in")


async def test_two_processes_never_hold_it_at_once_and_one_goes_on_when_the_other_is_killed(database):
    first, second = holder(0.05), holder(0.05)
    await asyncio.sleep(4)
    killed = time.time()
    first.send_signal(signal.SIGSTOP)  # most likely while it holds, or else while it waits: both must do no harm
    first.send_signal(signal.SIGKILL)
    await asyncio.sleep(4)
    second.kill()
    spans = []
    for process in (first, second):
        told = [line.split() for line in process.communicate()[0].splitlines()]
        spans += [
            (float(begin[1]), float(end[1]), process is second)
            for begin, end in zip(told[::2], told[1::2], strict=False)
        ]
    spans.sort()
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert {mine for *_, mine in spans} == {True, False}
    assert any(begun > killed for begun, _, mine in spans if mine)
    assert min(begun for begun, _, mine in spans if mine and begun > killed) < killed + 3
