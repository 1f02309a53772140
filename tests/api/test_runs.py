from __future__ import annotations

import asyncio
import json
import socket
import time

import pytest
from asking import BEES, created, manifest_of, set_run, with_film
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import select, update

from api import prefect, records
from api.edge.cache import FILM_FILES
from infra import tables, workers
from infra.database import reading, writing
from infra.eventlog import Entry, append
from infra.settings import settings
from infra.store import open_store
from tasks.schema import Edits


async def parameters(run: str) -> dict:
    async with reading() as db:
        return json.loads(await db.scalar(select(tables.runs.c.parameters).where(tables.runs.c.id == run)))


async def test_making_the_same_again_answers_with_the_same_run(client):
    project = (await created(client))["id"]
    first = await client.post(f"/api/projects/{project}/runs")
    again = await client.post(f"/api/projects/{project}/runs")
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert (first.headers["flywheel-cache"], again.headers["flywheel-cache"]) == ("miss", "joined")
    assert len((await client.get(f"/api/projects/{project}/versions")).json()["versions"]) == 1


async def test_an_edit_of_a_finished_film_keeps_its_timing(client):
    project = (await created(client))["id"]
    await with_film(project, beats=(8, 4, 4))
    change = {"edits": {"captions": {"s2": "Other words."}}}
    await client.patch(f"/api/projects/{project}", json=change, headers={"If-Match": "*"})
    run = (await client.post(f"/api/projects/{project}/runs")).json()
    edits = (await parameters(run["id"]))["edits"]
    assert run["version"] == 2
    assert edits["timing"] == {"bpm": 96.0, "beats": {"s1": 8, "s2": 4, "s3": 4}}
    assert edits["captions"] == {"s2": "Other words."}


async def test_another_story_does_not_keep_the_timing(client):
    project = (await created(client))["id"]
    await with_film(project)
    await client.patch(f"/api/projects/{project}", json={"brief": {"topic": "Tea"}}, headers={"If-Match": "*"})
    run = (await client.post(f"/api/projects/{project}/runs")).json()
    assert (await parameters(run["id"]))["edits"]["timing"] is None


async def test_runs_are_listed_by_project_and_state(client):
    one, other = await created(client, make=True), await created(client, make=True, brief={"topic": "Tea"})
    await set_run(one["run"], state="done", ended=time.time())
    listed = (await client.get("/api/runs")).json()["runs"]
    assert [run["id"] for run in listed] == [other["run"], one["run"]]
    found = (await client.get("/api/runs", params={"project": one["id"], "state": "done"})).json()["runs"]
    assert [run["id"] for run in found] == [one["run"]]
    assert (await client.get("/api/runs?state=queued")).json()["runs"][0]["project"] == other["id"]
    assert (await client.get("/api/runs?state=asleep")).status_code == 422
    assert (await client.get("/api/runs?project=p_none")).status_code == 404


async def test_a_failed_run_says_why_and_can_be_retried(client):
    project = await created(client, make=True)
    run = project["run"]
    assert (await client.post(f"/api/runs/{run}/retry")).status_code == 409
    failure = {"error": "EngineFailed", "what": "It broke.", "remedy": "Try again.", "retryable": False}
    await append(project["id"], [Entry("run.failed", failure, f"{run}:end:1", run)])
    await set_run(run, state="failed", ended=time.time())
    assert (await client.get(f"/api/runs/{run}")).json()["failure"] == failure
    again = await client.post(f"/api/runs/{run}/retry")
    assert (again.status_code, again.json()["version"], again.json()["state"]) == (202, 1, "queued")
    assert again.json()["id"] != run
    version = (await client.get(f"/api/projects/{project['id']}/versions/1")).json()
    assert version["run"] == again.json()["id"]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
async def test_a_run_that_has_ended_cannot_be_cancelled(client, state):
    run = (await created(client, make=True))["run"]
    await set_run(run, state=state, ended=time.time())
    assert (await client.post(f"/api/runs/{run}/cancel")).status_code == 409


async def test_only_a_run_that_waits_can_be_approved(client):
    run = (await created(client, make=True))["run"]
    answer = await client.post(f"/api/runs/{run}/approve", json={"approve": True})
    assert answer.status_code == 409
    assert "queued" in answer.json()["detail"]


async def test_what_is_changed_at_a_gate_is_about_shots_that_there_are_and_is_kept(client):
    project = await created(client, make=True)
    run = project["run"]
    await append(
        project["id"], [Entry("run.waiting", {"gate": "script", "segments": [{"id": "s1"}, {"id": "s2"}]}, "w", run)]
    )
    await set_run(run, state="waiting")
    refused = await client.post(
        f"/api/runs/{run}/approve", json={"approve": True, "edits": {"captions": {"s9": "No."}}}
    )
    assert refused.status_code == 422
    assert "s9" in refused.json()["detail"]
    async with reading() as db:
        row = (await db.execute(select(tables.runs).where(tables.runs.c.id == run))).one()
    await records.keep_edits(row, Edits(captions={"s2": "They dance."}))
    kept = (await client.get(f"/api/projects/{project['id']}")).json()
    assert (kept["edits"]["captions"], kept["revision"]) == ({"s2": "They dance."}, project["revision"] + 1)
    version = (await client.get(f"/api/projects/{project['id']}/versions/1")).json()
    assert version["edits"]["captions"] == {"s2": "They dance."}


async def test_a_voice_that_no_worker_has_is_refused(client):
    offers = {"flows": ["film"], "missing": [], "voices": {"en": ["ann"], "zh": []}, "engines": {}}
    await workers.beat("w_voices", 0, offers)
    try:
        body = {"brief": {**BEES, "voice": "nobody"}, "make": True}
        answer = await client.post("/api/projects", json=body)
        assert answer.status_code == 422
        assert "ann" in answer.json()["remedy"]
        assert (await client.get("/api/projects")).json()["projects"] == []
        body["brief"]["voice"] = "ann"
        assert (await client.post("/api/projects", json=body)).status_code == 201
    finally:
        await workers.leave("w_voices")


async def test_a_retry_is_answered_by_a_film_that_was_made_meanwhile(client, tmp_path):
    one, other = await created(client, make=True), await created(client, make=True)
    await with_film_of(one, tmp_path)
    await set_run(other["run"], state="failed", ended=time.time())
    answer = await client.post(f"/api/runs/{other['run']}/retry")
    assert (answer.status_code, answer.headers["flywheel-cache"], answer.json()["id"]) == (202, "hit", one["run"])
    shown = (await client.get(f"/api/projects/{other['id']}")).json()
    assert (shown["version"], shown["film"] is not None) == (1, True)
    assert (await client.get(f"/api/projects/{other['id']}/versions/1")).json()["made"]


async def test_a_project_that_is_answered_by_a_film_that_was_there_is_done(client, tmp_path):
    await with_film_of(await created(client, make=True), tmp_path)
    other = await created(client, make=True)
    listed = (await client.get("/api/projects")).json()["projects"][0]
    assert (other["state"], other["version"], other["run"]) == ("done", 1, None)
    assert (listed["id"], listed["state"]) == (other["id"], "done")


async def with_film_of(project: dict, tmp_path) -> None:
    """Finish the project's run with a film whose files are in the store."""
    (tmp_path / "master").write_bytes(b"film")
    sha256 = open_store().put(tmp_path / "master")
    made = manifest_of((8, 8, 8)).film
    film = made.model_dump(mode="json")
    for name in FILM_FILES:
        if film[name]:
            film[name]["sha256"] = sha256
    async with writing() as db:
        mine = tables.versions.c.run == project["run"]
        await db.execute(update(tables.versions).where(mine).values(film=json.dumps(film)))
    await set_run(project["run"], state="done", ended=time.time())


async def test_a_run_of_a_project_that_was_deleted_is_not_retried(client):
    project = await created(client, make=True)
    await set_run(project["run"], state="failed", ended=time.time())
    await client.delete(f"/api/projects/{project['id']}")
    assert (await client.post(f"/api/runs/{project['run']}/retry")).status_code == 404


async def test_a_request_that_is_broken_off_after_its_run_began_takes_nothing_back(client):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}/api"
        with temporary_settings({PREFECT_API_URL: url}):
            asked = asyncio.create_task(client.post("/api/projects", json={"brief": BEES, "make": True}))
            async with asyncio.timeout(10):
                while not (begun := (await client.get("/api/runs")).json()["runs"]):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            await prefect.close()
    (run,) = begun
    assert (await client.get(f"/api/projects/{run['project']}")).json()["run"] == run["id"]
    (version,) = (await client.get(f"/api/projects/{run['project']}/versions")).json()["versions"]
    assert version["run"] == run["id"]


async def test_a_run_of_nobody_is_not_found(client):
    for method, address in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry")):
        assert (await client.request(method, f"/api/runs/r_none{address}")).status_code == 404


async def test_a_run_that_nobody_has_begun_is_cancelled_at_once(client):
    project = await created(client, make=True)
    answer = await client.post(f"/api/runs/{project['run']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert (await client.get(f"/api/projects/{project['id']}")).json()["snapshot"]["runs"][0]["state"] == "cancelled"
    again = await client.post(f"/api/runs/{project['run']}/retry")
    assert (again.status_code, again.json()["state"], again.json()["version"]) == (202, "queued", 1)


async def test_what_is_asked_for_at_the_same_time_is_made_once(client):
    project = (await created(client))["id"]
    answers = await asyncio.gather(*[client.post(f"/api/projects/{project}/runs") for _ in range(5)])
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    (version,) = (await client.get(f"/api/projects/{project}/versions")).json()["versions"]
    assert version["run"] == answers[0].json()["id"]


async def test_a_request_that_the_edge_refuses_leaves_nothing_behind(client, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_RUNS_PER_USER", "1")
    settings.cache_clear()
    project = (await created(client))["id"]
    await created(client, make=True, brief={"topic": "Tea"})
    answer = await client.post(f"/api/projects/{project}/runs")
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/quota-spent")
    assert int(answer.headers["retry-after"]) > 0
    assert (await client.get(f"/api/projects/{project}/versions")).json()["versions"] == []
    refused = await client.post("/api/projects", json={"brief": {"topic": "Rain"}, "make": True})
    assert refused.status_code == 429
    assert len((await client.get("/api/projects")).json()["projects"]) == 2


async def test_the_same_key_makes_the_same_project_once(client):
    body, headers = {"brief": {"topic": "Bees"}, "make": True}, {"Idempotency-Key": "one"}
    first, again = [await client.post("/api/projects", json=body, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await client.get("/api/projects")).json()["projects"]) == 1
