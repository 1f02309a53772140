"""Equal requests are answered by one run: hit, joined, miss; and never by another tenant's."""

import asyncio
import json
import time

import pytest
from admitting import all_runs, ask, film, others, project, who
from sqlalchemy import insert, update

from api.edge import admit
from infra.database import writing
from infra.eventlog import Entry, append
from infra.settings import settings
from infra.store import open_store
from infra.tables import projects, runs, versions

pytestmark = pytest.mark.usefixtures("no_prefect")


def kept(tmp_path, data: bytes) -> dict[str, object]:
    path = tmp_path / "asset"
    path.write_bytes(data)
    return {"sha256": open_store().put(path), "media_type": "audio/flac", "size_bytes": len(data)}


async def end(run: str, state: str) -> None:
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == run).values(state=state, ended=time.time()))


async def finish_job(run: str, content: object) -> None:
    data = {"phase": "final", "content": content}
    await append(run, [Entry("job.phase", data, f"{run}:final", run)])
    await end(run, "done")


async def finish_film(name: str, run: str, asset: dict[str, object]) -> None:
    row = {"project": name, "number": 1, "brief": "{}", "edits": "{}", "run": run, "created": time.time()}
    async with writing() as db:
        await db.execute(insert(versions).values(film=json.dumps({"master": asset, "manifest": None}), **row))
    await end(run, "done")


async def test_a_job_that_is_under_way_is_joined(database):
    first = await admit(ask())
    for state in ("queued", "running", "waiting"):
        await end(first.run, state)
        again = await admit(ask(by=who("bob")))
        assert (again.run, again.stream, again.cache) == (first.run, first.run, "joined")
        assert again.headers["Flywheel-Cache"] == "joined"
        assert again.headers["Flywheel-Run"] == first.run
    assert (await admit(ask(number=2))).cache == "miss"


async def test_a_job_that_is_done_is_hit_while_its_results_are_there(database, tmp_path):
    first = await admit(ask())
    asset = kept(tmp_path, b"song")
    await finish_job(first.run, {"clips": [{"asset": asset}]})
    again = await admit(ask())
    assert (again.run, again.cache) == (first.run, "hit")
    sha = str(asset["sha256"])
    (settings().store / sha[:2] / sha[2:]).unlink()
    lost = await admit(ask())
    assert lost.cache == "miss"
    assert lost.run != first.run


async def test_a_job_that_left_no_result_is_made_anew(database):
    first = await admit(ask())
    await end(first.run, "done")
    assert (await admit(ask())).cache == "miss"


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_a_run_that_did_not_succeed_is_made_anew(database, state):
    first = await admit(ask())
    await end(first.run, state)
    assert (await admit(ask())).cache == "miss"


async def test_another_tenant_sees_nothing_of_it(database):
    first = await admit(ask())
    other = await admit(ask(by=who(tenant="other")))
    assert other.cache == "miss"
    await finish_job(first.run, {"text": "bees"})
    await end(other.run, "failed")
    assert (await admit(ask(by=who(tenant="other")))).cache == "miss"
    assert (await admit(ask())).cache == "hit"


async def test_a_film_under_way_is_joined_within_its_project_alone(database):
    first = await admit(film(await project("p_1")))
    assert (await admit(film("p_1"))).cache == "joined"
    other = await admit(film(await project("p_2")))
    assert (other.stream, other.cache) == ("p_2", "miss")
    assert other.run != first.run


async def test_a_finished_film_answers_anywhere_unless_its_project_was_deleted(database, tmp_path):
    first = await admit(film(await project("p_1")))
    await finish_film("p_1", first.run, kept(tmp_path, b"film"))
    again = await admit(film(await project("p_2")))
    assert (again.run, again.stream, again.cache) == (first.run, "p_1", "hit")
    async with writing() as db:
        await db.execute(update(projects).where(projects.c.id == "p_1").values(deleted=time.time()))
    assert (await admit(film("p_2"))).cache == "miss"


async def test_a_run_that_ends_while_a_request_waits_answers_it(database):
    from api.edge import trigger

    before = time.time()
    first = await admit(ask())
    await end(first.run, "done")
    late = await trigger.start(ask(), before)
    assert (late.run, late.cache) == (first.run, "hit")


async def test_headers_are_ascii_whatever_the_names(database):
    made = await admit(ask(by=who("王芳", "工作室 1")))
    assert made.headers["Flywheel-Tenant"] == "%E5%B7%A5%E4%BD%9C%E5%AE%A4%201"
    assert all(value.isascii() for value in made.headers.values())


async def test_twenty_at_once_make_one_run(database):
    made = await asyncio.gather(*(admit(ask(by=who(f"user{number % 4}"))) for number in range(20)))
    assert len({answer.run for answer in made}) == 1
    assert sorted(answer.cache for answer in made) == ["joined"] * 19 + ["miss"]
    assert [run.id for run in await all_runs()] == [made[0].run]


async def test_twenty_at_once_over_four_processes_make_one_run(database):
    answers = await asyncio.to_thread(others, 4, 5)
    assert [answer for answer in answers if "error" in answer] == []
    assert sorted(answer["cache"] for answer in answers) == ["joined"] * 19 + ["miss"]
    assert {answer["run"] for answer in answers} == {run.id for run in await all_runs()}
    assert len(await all_runs()) == 1
