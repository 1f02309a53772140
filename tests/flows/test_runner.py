"""Real workers on a real Prefect server: every run exactly once, whatever happens to the workers."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import time
from collections import Counter
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Cancelled, Cancelling, Scheduled
from sqlalchemy import insert, select

from flows.deployments import DEPLOYMENTS
from infra import eventlog, leases, tables, workers
from infra.database import close_database, is_sqlite, reading, writing
from infra.errors import Unreachable
from infra.settings import settings
from tasks.schema import Film
from tests import services
from tests.flows.workers import (
    BRIEF,
    Workers,
    begin,
    data,
    ended,
    kinds,
    row_of,
    state_of,
    told,
    until,
)

pytestmark = pytest.mark.usefixtures("prefect_server")
LONG = {**BRIEF, "topic": "How rivers shape valleys", "seconds": 40}


@pytest.fixture(scope="module")
def postgres():
    with services.postgres() as url:
        yield url


@pytest.fixture
def on_postgres(home, postgres, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_DATABASE", postgres)
    settings.cache_clear()


@pytest.fixture(params=["sqlite"])
async def crew(request, home):
    if request.param == "postgres":
        request.getfixturevalue("on_postgres")
    await give_up_the_rest()
    crew = Workers(home)
    try:
        yield crew
    finally:
        crew.stop()
        await close_database()


async def give_up_the_rest() -> None:
    """Runs that other tests have left on the server would be executed here, too."""
    async with get_client() as client:
        for run in await client.read_flow_runs():
            if run.state is None or not run.state.is_final():
                await client.set_flow_run_state(run.id, Cancelled(), force=True)


async def asked(topic: str) -> tuple[str, UUID]:
    """A film as the API asks for one: our rows first, then Prefect, with our id as its idempotency key."""
    run, project, brief = f"r_{topic}", f"p_{topic}", json.dumps({**BRIEF, "topic": topic})
    parameters = {"brief": json.loads(brief), "edits": {}}
    row = {
        "id": run, "flow": "film", "stream": project, "tenant": "t", "user": "u", "version": 1, "payload": "",
        "parameters": json.dumps(parameters), "state": "queued", "attempt": 1, "created": time.time(),
    }  # fmt: skip
    given = {"brief": brief, "edits": "{}", "created": 1.0}
    async with writing() as db:
        await db.execute(
            insert(tables.projects).values(id=project, tenant="t", user="u", title=topic, updated=1.0, **given)
        )
        await db.execute(insert(tables.versions).values(project=project, number=1, run=run, **given))
        await db.execute(insert(tables.runs).values(**row))
        queued = eventlog.Entry("run.queued", {"run": run, "flow": "film", "version": 1}, f"{run}:queued:1", run)
        await eventlog.append_within(db, project, [queued])
    return run, await begin(parameters, run)


async def once(flow_run: UUID) -> None:
    """Every happening is in the log once, and the end is the last."""
    events = await told(flow_run)
    async with reading() as db:
        chosen = select(tables.events.c.uid).where(tables.events.c.stream == events[0].stream)
        uids = list(await db.scalars(chosen))
    assert len(uids) == len(set(uids))
    assert [event.kind in eventlog.ENDS for event in events] == [False] * (len(events) - 1) + [True]
    alike = Counter((e.kind, e.data) for e in events if e.kind not in {"progress", "cost", "segment.writing"})
    assert set(alike.values()) == {1}


async def test_two_workers_execute_each_run_once(crew):
    first, second = await asyncio.gather(crew.start(), crew.start())
    assert {worker.id for worker in await workers.alive()} == {first.worker, second.worker}
    assert (await workers.alive())[0].offers["flows"] == sorted([*DEPLOYMENTS, "gated"])
    runs = [await asked(f"Topic{n}") for n in range(10)]
    by = Counter()
    for run, flow_run in runs:
        end = await ended(flow_run, 180)
        assert end.kind == "run.done", end
        assert end.run == run
        await once(flow_run)
        by[data(next(e for e in await told(flow_run) if e.kind == "run.started"))["worker"]] += 1
        row = await row_of(flow_run)
        assert (row.id, row.state, row.attempt) == (run, "done", 1)
        assert row.ended
        await until(lambda name=flow_run: is_state(name, "Completed"), 10)
    assert set(by) == {first.worker, second.worker}
    assert max(Counter(crew.computed()).values()) == 1
    async with reading() as db:
        version = (await db.execute(select(tables.versions).where(tables.versions.c.project == "p_Topic3"))).one()
        project = (await db.execute(select(tables.projects).where(tables.projects.c.id == "p_Topic3"))).one()
        counts = {row.step: row.count for row in await db.execute(select(tables.timings))}
    film = Film.model_validate_json(version.film)
    assert (project.version, project.title, project.updated > 1) == (1, film.title, True)
    assert counts["set_anchor"] == 10
    async with reading() as db:
        spent = {row.run: row.spent_seconds for row in await db.execute(select(tables.ledger))}
    cost = [data(event) for event in await eventlog.read("p_Topic3") if event.kind == "cost"][-1]
    assert spent["r_Topic3"] == pytest.approx(cost["engine_seconds"], abs=0.01)
    assert spent["r_Topic3"] > 0.1
    assert await eventlog.standing("p_Topic3") == eventlog.Standing(len(await eventlog.read("p_Topic3")), 0)
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
    assert [process.wait(20) for process in (first, second)] == [0, 0]
    assert await workers.alive() == []


@pytest.mark.parametrize("crew", ["sqlite", "postgres"], indirect=True)
async def test_a_film_goes_on_when_its_worker_is_killed(crew):
    processes = await asyncio.gather(crew.start(), crew.start())
    flow_run = await begin({"brief": LONG})
    await until(lambda: told_of(flow_run, "clip.spoken"), 60)
    owner = data(next(e for e in await told(flow_run) if e.kind == "run.started"))["worker"]
    next(process for process in processes if process.worker == owner).kill()
    before = len(crew.computed())
    killed = time.monotonic()
    assert not set(await kinds(flow_run)) & eventlog.ENDS
    await until(lambda: len(crew.computed()) > before, 30)
    assert time.monotonic() - killed < 20
    assert (await ended(flow_run, 120)).kind == "run.done"
    await once(flow_run)
    assert max(Counter(crew.computed()).values()) == 1
    # A run that Prefect started shows as a project.
    row = await row_of(flow_run)
    async with reading() as db:
        project = (await db.execute(select(tables.projects).where(tables.projects.c.id == row.stream))).one()
    assert (project.tenant, project.user, project.version) == ("local", "prefect", 1)
    assert json.loads(project.brief)["topic"] == LONG["topic"]
    fractions = [data(event)["fraction"] for event in await told(flow_run) if event.kind == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


@pytest.mark.parametrize("crew", ["sqlite", "postgres"], indirect=True)
async def test_a_worker_that_was_frozen_leaves_its_run_to_another(crew):
    first = await crew.start()
    flow_run = await begin({"brief": LONG})
    await until(lambda: told_of(flow_run, "script.outlined"), 60)
    freeze(first, crew.home)
    await crew.start()
    await until(lambda: told_of(flow_run, "clip.spoken"), 60)
    first.send_signal(signal.SIGCONT)
    assert (await ended(flow_run, 120)).kind == "run.done"
    await until(lambda: is_state(flow_run, "Completed"), 10)
    await asyncio.sleep(3)
    await once(flow_run)
    assert await state_of(flow_run) == "Completed"
    assert first.poll() is None
    assert await leases.alive([f"run:{flow_run}"]) == set()


def freeze(process, home) -> None:
    """Stop a worker where it does not hold SQLite's lock on all writes; there it would stop everybody."""
    while True:
        process.send_signal(signal.SIGSTOP)
        if not is_sqlite():
            return
        try:
            with contextlib.closing(sqlite3.connect(home / "flywheel.db", timeout=0.3, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        else:
            return


async def test_a_cancelled_run_ends_at_once(crew):
    await crew.start()
    flow_run = await begin({"brief": LONG})
    await until(lambda: told_of(flow_run, "frame.drawn"), 60)
    async with get_client() as client:
        await client.set_flow_run_state(flow_run, Cancelling())
    end = await ended(flow_run, 5)
    assert (end.kind, data(end)) == ("run.cancelled", {"by": "user"})
    await until(lambda: is_state(flow_run, "Cancelled"), 5)
    assert (await row_of(flow_run)).state == "cancelled"
    await once(flow_run)


async def test_a_worker_that_is_stopped_hands_its_run_back(crew):
    first = await crew.start(drain=0.5)
    flow_run = await begin({"brief": LONG})
    await until(lambda: told_of(flow_run, "frame.drawn"), 60)
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    assert await state_of(flow_run) == "Scheduled"
    assert not set(await kinds(flow_run)) & eventlog.ENDS
    await crew.start()
    assert (await ended(flow_run, 120)).kind == "run.done"
    await once(flow_run)
    assert max(Counter(crew.computed()).values()) == 1


async def test_a_failure_says_what_to_do_and_a_retry_is_another_attempt(crew):
    await crew.start()
    flow_run = await begin({"brief": BRIEF, "edits": {"captions": {"s9": "No."}}})
    end = await ended(flow_run)
    assert end.kind == "run.failed"
    told_so = data(end)
    assert told_so["error"] == "BadInput"
    assert "no shot s9" in told_so["what"]
    assert told_so["remedy"].startswith("Name one")
    assert told_so["retryable"] is False
    await until(lambda: is_state(flow_run, "Failed"), 10)
    async with get_client() as client:
        await client.set_flow_run_state(flow_run, Scheduled(), force=True)
    assert (await ended(flow_run, attempt=2)).kind == "run.failed"
    lives = [kind for kind in await kinds(flow_run) if kind.startswith("run.")]
    assert lives == ["run.queued", "run.started", "run.failed"] * 2
    row = await row_of(flow_run)
    assert row.attempt == 2
    assert (await eventlog.standing(row.stream)).active == 0


async def test_a_run_that_waits_for_a_human_has_not_ended(crew):
    await crew.start()
    flow_run = await begin({"word": "tea"}, deployment="gated/gated")
    await until(lambda: is_state(flow_run, "Suspended"), 30)
    await until(lambda: is_row(flow_run, "waiting"), 10)
    await asyncio.sleep(4)
    row = await row_of(flow_run)
    assert (row.state, row.stream, row.flow, row.version) == ("waiting", row.id, "gated", None)
    assert (await eventlog.standing(row.stream)).active == 1
    assert (await workers.alive())[0].running == 0
    async with get_client() as client:
        await client.resume_flow_run(flow_run)
    assert (await ended(flow_run, 30)).kind == "run.done"
    assert await kinds(flow_run) == ["run.queued", "run.started", "job.phase", "run.done"]
    async with reading() as db:
        [settled] = (await db.execute(select(tables.ledger))).all()
    assert (settled.run, settled.spent_seconds) == (row.id, 0)


async def test_a_run_that_meets_an_outage_of_prefect_goes_on(crew):
    await crew.start()
    flow_run = await begin({"word": "outage"}, deployment="gated/gated")
    assert (await ended(flow_run, 60)).kind == "run.done"
    assert await kinds(flow_run) == ["run.queued", "run.started", "job.phase", "run.done"]


async def is_row(flow_run: UUID, state: str) -> bool:
    return (await row_of(flow_run)).state == state


async def is_state(flow_run: UUID, name: str) -> bool:
    return await state_of(flow_run) == name


async def told_of(flow_run: UUID, kind: str) -> bool:
    try:
        return kind in await kinds(flow_run)
    except Unreachable:
        return False
