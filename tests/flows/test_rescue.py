"""What becomes of a run that was stopped or has no worker: a cancel always counts. On a real Prefect server."""

import asyncio

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.states import Cancelled, Cancelling, Running
from sqlalchemy import update

from flows import deployments, journal, record, rescue
from flows.execution import Execution, lease_name
from infra import leases, tables
from infra.database import close_database, writing
from tests.flows.workers import begin, ended, row_of, state_of

pytestmark = pytest.mark.usefixtures("prefect_server", "home")
begun = asyncio.Event()


@flow(name="slow")
async def slow() -> None:
    """Work until it is stopped."""
    begun.set()
    await asyncio.sleep(60)


@pytest.fixture
async def client(monkeypatch):
    monkeypatch.setattr(deployments, "DEPLOYMENTS", {"slow": slow})
    async with get_client() as client:
        await deployments.register(client)
        yield client
    await close_database()


async def test_a_run_that_is_handed_back_and_cancelled_is_cancelled(client):
    name = await begin({}, deployment="slow/slow")
    async with journal.keeping() as book:
        execution = Execution(client, book, "w_1", await client.read_flow_run(name), slow)
        executed = execution.start()
        await asyncio.wait_for(begun.wait(), 20)
        await client.set_flow_run_state(name, Cancelling())
        execution.stop("handed back")
        assert await executed
    assert (await ended(name, 5)).kind == "run.cancelled"
    assert await state_of(name) == "Cancelled"


async def test_a_run_that_is_cancelled_while_it_is_rescued_is_not_begun_again(client):
    name = await begin({}, deployment="slow/slow")
    await client.set_flow_run_state(name, Running(), force=True)
    seen = await client.read_flow_run(name)
    await client.set_flow_run_state(name, Cancelling())
    async with leases.held(lease_name(seen), 8) as lease:
        await rescue._decided(client, seen, seen.state, lease)
    assert await state_of(name) == "Cancelling"


async def test_runs_that_no_worker_began_are_looked_at_now_and_then(client):
    name = await begin({}, deployment="slow/slow")
    flow_run = await client.read_flow_run(name)
    run = await record.opened(flow_run, "slow", "w_1")
    await record.waits(run)
    assert await record.unfinished(queued=False) == {str(name)}
    await queued_again(run)
    assert await record.unfinished(queued=False) == set()
    await client.set_flow_run_state(name, Cancelled(), force=True)
    of = [flow_run.deployment_id]
    await rescue.rescue(client, of, queued=False)
    assert (await row_of(name)).state == "queued"
    await rescue.rescue(client, of)
    assert (await row_of(name)).state == "cancelled"


async def queued_again(run: record.Run) -> None:
    async with writing() as db:
        await db.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(state="queued"))
