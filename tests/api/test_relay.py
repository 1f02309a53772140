"""Prefect's states in our log, from a real Prefect server; runs that ended there alone end here too."""

import asyncio
import contextlib
import json
import time
from collections import Counter

import pytest
import pytest_asyncio
from prefect import flow, get_client, task
from prefect.flow_engine import run_flow_async
from prefect.states import Cancelled, Completed, Crashed, Failed, Running
from sqlalchemy import insert, select

from api import relay
from api.told import Told
from infra import leases, tables
from infra.database import close_database, reading, writing
from infra.eventlog import BEGINS, Entry, append_within, read, standing
from infra.ids import fresh

pytestmark = pytest.mark.usefixtures("prefect_server", "home")


@task
async def think(number: int) -> int:
    return number


@flow(name="relayed")
async def relayed(tasks: int = 3) -> None:
    await asyncio.gather(*[think.with_options(task_run_name=f"think · {n}")(n) for n in range(tasks)])


@flow(name="unlucky")
async def unlucky() -> None:
    raise ValueError("no luck")


@pytest_asyncio.fixture(autouse=True)
async def _closed(home):
    yield
    await close_database()


@contextlib.asynccontextmanager
async def relaying(count: int = 1):
    tasks = [asyncio.create_task(relay.keep_relaying()) for _ in range(count)]
    try:
        yield
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ours(flow_run: str, state: str = "running") -> str:
    """A run of ours for a flow run; its stream has its name."""
    run = fresh("r")
    row = {
        "id": run, "flow_run": flow_run, "flow": "film", "stream": run, "tenant": "local", "user": "local",
        "payload": run, "parameters": "{}", "state": state, "created": time.time(),
    }  # fmt: skip
    async with writing() as db:
        await db.execute(insert(tables.runs).values(**row))
        await append_within(db, run, [Entry(BEGINS, {"run": run}, f"{run}:queued:1", run)])
    return run


async def flow_run_of(kind=relayed, state=None):
    async with get_client() as client:
        return await client.create_flow_run(kind, state=state)


async def set_state(flow_run, state) -> None:
    async with get_client() as client:
        await client.set_flow_run_state(flow_run.id, state, force=True)


async def logged(run: str, *kinds: str):
    return [(e.kind, json.loads(e.data)) for e in await read(run) if not kinds or e.kind in kinds]


async def until(run: str, true, within_s=30.0):
    end = time.monotonic() + within_s
    while not true(told := await logged(run)):
        assert time.monotonic() < end, told
        await asyncio.sleep(0.1)
    return told


async def state_of(run: str) -> str:
    async with reading() as db:
        return await db.scalar(select(tables.runs.c.state).where(tables.runs.c.id == run))


def states(told, kind):
    return Counter(data["state"] for what, data in told if what == kind)


async def settled(within_s=2.0):
    """Until a relay that has begun is listening."""
    await asyncio.sleep(within_s)


async def test_states_come_as_they_happen_and_once(home):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id))
    async with relaying(2):
        await settled()
        await run_flow_async(relayed, flow_run=flow_run)
        told = await until(run, lambda told: states(told, "task.state")["Completed"] == 3)
        told = await until(run, lambda told: states(told, "flow.state")["Completed"] == 1)
    assert states(told, "task.state") == {"Running": 3, "Completed": 3}
    assert states(told, "flow.state") == {"Running": 1, "Completed": 1}  # nothing of Pending and Scheduled
    tasks = [data for kind, data in told if kind == "task.state"]
    assert {data["task"] for data in tasks} == {"think · 0", "think · 1", "think · 2"}
    assert {data["flow_run"] for kind, data in told if kind == "flow.state"} == {str(flow_run.id)}

    async with relaying():  # begins with what was
        await asyncio.sleep(2)
    assert len(await logged(run)) == len(told)
    assert await state_of(run) == "running"  # its worker's to end


async def test_what_was_missed_is_read_afterwards(home, monkeypatch):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id))
    await run_flow_async(relayed, flow_run=flow_run, parameters={"tasks": 8})
    await asyncio.sleep(6)  # Prefect writes its events down every five seconds
    async with relaying():
        told = await until(run, lambda told: states(told, "task.state")["Completed"] == 8)
    assert states(told, "flow.state")["Completed"] == 1


async def test_what_the_stream_drops_is_read_after_the_end(home, monkeypatch):
    monkeypatch.setattr(relay, "SETTLED_S", 6.0)
    monkeypatch.setattr(relay, "of_event", lambda event: None)  # as a burst is dropped
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id))
    async with relaying():
        await settled()
        await run_flow_async(relayed, flow_run=flow_run)
        told = await until(run, lambda told: states(told, "task.state")["Completed"] == 3)
    assert states(told, "flow.state") == {"Completed": 1}


async def test_states_wait_for_the_row_of_their_run(home):
    flow_run = await flow_run_of()
    async with relaying():
        await settled()
        await set_state(flow_run, Running())
        await asyncio.sleep(1.5)
        run = await ours(str(flow_run.id))
        await until(run, lambda told: states(told, "flow.state")["Running"] == 1, within_s=6)


async def test_states_that_come_while_others_are_written_are_kept_when_there_is_room_for_no_more(home, monkeypatch):
    monkeypatch.setattr(relay, "MOST_KEPT", 3)
    run = await ours("f_1")
    full = relay.Relay(None, "")
    for number in range(3):
        full._take(Told("f_1", "flow.state", {"number": number}, f"{number}", time.time()))
    writing_them = asyncio.create_task(full._write_told())
    await asyncio.sleep(0)
    for number in range(3, 6):
        full._take(Told("f_1", "flow.state", {"number": number}, f"{number}", time.time()))
    await writing_them
    await full._write_told()
    assert [data["number"] for _, data in await logged(run, "flow.state")] == [0, 1, 2, 3, 4, 5]


async def test_an_error_that_nobody_foresaw_does_not_end_the_relaying(home, monkeypatch):
    monkeypatch.setattr(relay, "AGAIN_S", 0.1)
    await ours("no-uuid")
    one = asyncio.create_task(relay.keep_relaying())
    await asyncio.sleep(2)
    assert not one.done()
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)


async def test_a_run_cancelled_in_prefect_while_it_is_queued_ends(home):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id), "queued")
    async with relaying():
        await settled()
        await set_state(flow_run, Cancelled())
        told = await until(run, lambda told: any(kind == "run.cancelled" for kind, _ in told))
        await asyncio.sleep(3)
        told = await logged(run, "run.cancelled", "run.failed")
    assert told == [("run.cancelled", {"by": "user"})]
    assert await state_of(run) == "cancelled"
    assert (await standing(run)).active == 0


async def test_one_that_was_cancelled_while_nobody_relayed_ends(home):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id), "queued")
    await set_state(flow_run, Cancelled())
    async with relaying():
        await until(run, lambda told: any(kind == "run.cancelled" for kind, _ in told))


async def test_an_approval_that_nobody_gave_ends_the_run_with_a_remedy(home):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id), "waiting")
    async with relaying():
        await settled()
        await set_state(flow_run, Failed(message="The flow was paused and never resumed."))
        await until(run, lambda told: any(kind == "run.failed" for kind, _ in told))
    [(_, data)] = await logged(run, "run.failed")
    assert data.keys() == {"error", "what", "remedy", "retryable"}
    assert data["error"] == "Unanswered"
    assert data["retryable"]
    assert "Run it again" in data["remedy"]


async def test_a_run_that_somebody_sees_to_is_left_to_them(home):
    flow_run = await flow_run_of()
    run = await ours(str(flow_run.id))
    lease = await leases.hold(f"run:{flow_run.id}", 8)
    async with relaying():
        await settled()
        await set_state(flow_run, Failed(message="It broke."))
        await asyncio.sleep(4)
        assert await logged(run, "run.failed") == []
        await leases.release(lease)
        await until(run, lambda told: any(kind == "run.failed" for kind, _ in told))
    [(_, data)] = await logged(run, "run.failed")
    assert (data["error"], data["what"]) == ("WorkerLost", "It broke.")


async def test_a_crash_is_the_workers_to_see_to_for_a_while(home, monkeypatch):
    monkeypatch.setitem(relay.ENDED, relay.StateType.CRASHED, 4.0)
    again, lost = await flow_run_of(), await flow_run_of()
    goes_on, ends = await ours(str(again.id)), await ours(str(lost.id))
    async with relaying():
        await settled()
        await set_state(again, Crashed())
        await set_state(lost, Crashed())
        await asyncio.sleep(2)
        assert await logged(goes_on, "run.failed") == await logged(ends, "run.failed") == []
        await set_state(again, Running())
        await until(ends, lambda told: any(kind == "run.failed" for kind, _ in told))
        await asyncio.sleep(2)
    assert await logged(goes_on, "run.failed") == []


async def test_a_flow_that_is_not_ours_is_not_relayed(home):
    flow_run = await flow_run_of(unlucky)
    run = await ours("00000000-0000-0000-0000-000000000000")
    async with relaying():
        await settled()
        with pytest.raises(ValueError, match="no luck"):
            await run_flow_async(unlucky, flow_run=flow_run)
        await set_state(await flow_run_of(), Completed())
        await asyncio.sleep(2)
    assert len(await logged(run)) == 1
