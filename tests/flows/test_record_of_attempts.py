"""Our record of a run, on a real database: its attempts, what they may spend and what they spent."""

import asyncio
import contextlib
import sqlite3
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import select, update

from flows import record
from flows.execution import Ending
from infra import eventlog, leases, tables
from infra.database import close_database, reading, writing

DONE, FAILED = Ending("run.done", {}), Ending("run.failed", {"error": "EngineFailed"})


@pytest.fixture
async def flow_run(home):
    yield FlowRun(id=uuid4(), flow_id=uuid4(), name="tea", parameters={"topic": "tea"})
    await close_database()


async def opened(flow_run):
    return await record.opened(flow_run, "text", "w_1")


async def told(ending, run, seconds, lease=None):
    async with leases.held(f"run:{run.flow_run}", 8) as mine:
        return await ending.told(run, seconds, lease or mine)


async def ledger():
    async with reading() as db:
        return (await db.execute(select(tables.ledger))).one()


async def test_a_second_attempt_without_a_cap_may_spend_and_is_billed(flow_run):
    first = await opened(flow_run)
    assert await told(FAILED, first, 5.0)
    second = await opened(flow_run)
    assert second.attempt == 2
    allowed = await record.allowance(second)
    allowed.check()
    assert (allowed.seconds, allowed.money, allowed.spent_s) == (None, None, 0.0)
    assert await told(DONE, second, 3.0)
    assert not await told(DONE, second, 3.0)
    assert (await ledger()).spent_seconds == 8.0
    kinds = [event.kind for event in await eventlog.read(second.stream)]
    assert kinds == ["run.queued", "run.started", "run.failed", "run.queued", "run.started", "run.done"]


async def test_a_second_attempt_may_spend_what_the_first_left_of_its_reservation(flow_run):
    first = await opened(flow_run)
    await told(FAILED, first, 5.0)
    async with writing() as db:
        await db.execute(update(tables.ledger).values(reserved_seconds=60.0, reserved_micros=2_000_000))
    allowed = await record.allowance(await opened(flow_run))
    assert (allowed.seconds, allowed.money) == (55.0, 2.0)


async def test_an_end_is_told_once_the_database_answers_again(flow_run, home, monkeypatch):
    monkeypatch.setattr("infra.database.BUSY_S", 0.2)
    run = await opened(flow_run)
    lease = await leases.try_hold(f"run:{flow_run.id}", 8)
    with contextlib.closing(sqlite3.connect(home / "flywheel.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        telling = asyncio.create_task(FAILED.told(run, 1.0, lease))
        await asyncio.sleep(1.5)
        assert not telling.done()
        lock.execute("ROLLBACK")
        assert await telling
    await leases.release(lease)
