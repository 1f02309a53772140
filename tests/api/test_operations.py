from __future__ import annotations

import json
import time

import pytest
from asking import created, set_run
from fronts import key
from sqlalchemy import insert

from infra import tables, workers
from infra.database import writing
from infra.eventlog import Entry, append_within
from infra.ids import fresh

ADDRESS = "/api/operations"
WHY = {"error": "BadInput", "what": "The clip cannot be read.", "remedy": "Upload it again.", "retryable": False}


async def tell(project, kind, **data):
    entry = Entry(kind, {"run": project["run"], **data}, fresh("u"), project["run"])
    async with writing() as db:
        await append_within(db, project["id"], [entry])


async def failed(client, topic, ended_ago_s=5):
    project = await created(client, make=True, brief={"topic": topic})
    await tell(project, "run.failed", **WHY)
    await set_run(project["run"], state="failed", ended=time.time() - ended_ago_s)
    return project


async def test_pools_are_the_sum_of_what_the_workers_that_live_say(client):
    await workers.beat("w_one", 2, {"engines": {"image": "sketch"}, "pools": {"image": (1, 3), "text": (0, 1)}})
    await workers.beat("w_two", 1, {"engines": {"image": "sketch"}, "pools": {"image": (1, 0)}, "missing": ["e5"]})
    await workers.beat("w_new", 0, {})
    found = (await client.get(ADDRESS)).json()
    assert [(one["id"], one["running"], one["missing"]) for one in found["workers"]] == [
        ("w_one", 2, []), ("w_two", 1, ["e5"]), ("w_new", 0, []),
    ]  # fmt: skip
    assert {one["pool"]: (one["working"], one["waiting"]) for one in found["pools"]} == {
        "text": (0, 1), "image": (2, 3), "speech": (0, 0), "music": (0, 0), "render": (0, 0),
    }  # fmt: skip
    assert found["engines"] == [{"setting": "image", "engine": "sketch", "workers": 2}]
    assert found["version"]


async def test_without_a_worker_all_else_is_told(client):
    await created(client, make=True)
    found = (await client.get(ADDRESS)).json()
    assert (found["workers"], found["counts"]) == ([], {"queued": 1, "running": 0, "waiting": 0})


async def test_runs_under_way_say_how_far_they_are(client):
    running, queued = await created(client, make=True), await created(client, make=True, brief={"topic": "Tea"})
    await set_run(running["run"], state="running")
    await tell(running, "progress", fraction=0.2, seconds_left=9)
    await tell(running, "progress", fraction=0.5, seconds_left=5)
    found = (await client.get(ADDRESS)).json()
    assert [(one["project"], one["title"], one["state"], one["progress"]) for one in found["under_way"]] == [
        (queued["id"], "Tea", "queued", None), (running["id"], "How honeybees find flowers", "running", 0.5),
    ]  # fmt: skip


async def test_failures_stand_until_they_are_replaced_or_put_away_or_old(client):
    standing = await failed(client, "Reefs")
    again, away = await failed(client, "Tea"), await failed(client, "Bees")
    await failed(client, "Old", ended_ago_s=25 * 3600)
    assert (await client.post(f"/api/runs/{again['run']}/retry")).status_code == 202
    assert (await client.delete(f"/api/projects/{away['id']}")).status_code == 204
    (one,) = (await client.get(ADDRESS)).json()["failed"]
    assert (one["id"], one["title"], one["failure"]) == (standing["run"], "Reefs", WHY)


async def test_what_is_spent_is_told_by_pool_as_each_run_told_last(client):
    done, running = await created(client, make=True), await created(client, make=True, brief={"topic": "Tea"})
    for seconds in (1.0, 4.0):
        await tell(done, "cost", engine_seconds=seconds, money=0.0, by_pool={"image": seconds - 0.5, "text": 0.5})
    await tell(running, "cost", engine_seconds=2.0, money=0.0, by_pool={"image": 2.0})
    await set_run(done["run"], state="done", ended=time.time())
    await set_run(running["run"], state="running")
    spent = (await client.get(ADDRESS)).json()["spent"]
    assert spent["by_pool"] == {"image": 5.5, "text": 0.5}


async def test_films_are_counted_by_the_hour_in_which_they_ended(client):
    now = time.time()
    ends = [("done", 0), ("done", 0), ("failed", 3), ("cancelled", 23), ("done", 24)]
    for number, (state, hours) in enumerate(ends):
        project = await created(client, make=True, brief={"topic": f"Film {number}"})
        await set_run(project["run"], state=state, ended=now - hours * 3600)
    hours = (await client.get(ADDRESS)).json()["hours"]
    assert len(hours) == 24
    assert [hours[-1]["done"], hours[-4]["failed"], hours[0]["cancelled"]] == [2, 1, 1]
    assert sum(hour["done"] + hour["failed"] + hour["cancelled"] for hour in hours) == 4


async def test_steps_are_told_with_their_mean_the_longest_first(client):
    rows = [("speak", "a", 1, 2.0), ("speak", "b", 3, 2.0), ("join_shots", "", 2, 8.0)]
    names = ("step", "engine", "count", "seconds")
    async with writing() as db:
        await db.execute(insert(tables.timings), [dict(zip(names, row, strict=True)) for row in rows])
    assert (await client.get(ADDRESS)).json()["steps"] == [
        {"step": "join_shots", "count": 2, "mean_seconds": 4.0}, {"step": "speak", "count": 4, "mean_seconds": 1.0},
    ]  # fmt: skip


async def test_another_tenants_runs_and_titles_are_not_told(client, monkeypatch):
    await failed(client, "A secret of ours")
    await created(client, make=True, brief={"topic": "Another secret"})
    await workers.beat("w_one", 1, {"pools": {"image": (1, 0)}})
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    from infra.settings import settings

    settings.cache_clear()
    found = await client.get(ADDRESS, headers=await key("other", "ann", "read"))
    assert found.status_code == 200
    assert "secret" not in found.text
    assert found.json()["counts"] == {"queued": 0, "running": 0, "waiting": 0}
    assert found.json()["pools"][1]["working"] == 1
    assert (await client.get(ADDRESS)).status_code == 401


async def test_a_list_tells_how_far_a_film_is_why_it_failed_and_its_first_picture(client):
    first, second = await created(client, make=True), await failed(client, "Tea")
    await set_run(first["run"], state="running")
    await tell(first, "progress", fraction=0.25, seconds_left=3)
    asset = {"sha256": "a" * 64, "media_type": "image/png", "size_bytes": 1}
    await tell(first, "poster.painted", frame={"asset": asset, "width": 1, "height": 1})
    draft = await created(client)
    lines = (await client.get("/api/projects")).json()["projects"]
    names = ("id", "state", "run", "progress", "failure", "poster")
    assert [tuple(line[name] for name in names) for line in lines] == [
        (draft["id"], "draft", None, None, None, None),
        (second["id"], "failed", second["run"], None, WHY, None),
        (first["id"], "running", first["run"], 0.25, None, f"/api/assets/{'a' * 64}.png"),
    ]


@pytest.mark.parametrize("wanted", [[0], [0, 2], []])
async def test_a_list_may_be_of_some_projects_only(client, wanted):
    made = [(await created(client, title=f"Film {n}"))["id"] for n in range(3)]
    query = "&".join(f"id={made[n]}" for n in wanted) or "id=p_none"
    lines = (await client.get(f"/api/projects?{query}")).json()["projects"]
    assert [line["id"] for line in lines] == [made[n] for n in reversed(wanted)]
    assert (await client.get("/api/projects?" + "&".join(f"id={n}" for n in range(101)))).status_code == 422


async def test_a_busy_tenant_is_told_of_in_a_moment(client):
    rows, logged, now = [], [], time.time()
    for number in range(400):
        run, stream = fresh("r"), fresh("p")
        rows.append({
            "id": run, "flow": "film", "stream": stream, "tenant": "local", "user": "u", "payload": "x", "version": 1,
            "parameters": "{}", "state": "done", "created": now - 60, "ended": now - 30, "attempt": 1,
        })  # fmt: skip
        of = {"stream": stream, "run": run, "at": now}
        logged += [
            {**of, "seq": seq, "uid": f"{number}:{seq}", "kind": "step.done", "data": "{}"} for seq in range(1, 60)
        ]
        logged.append({**of, "seq": 60, "uid": "cost", "kind": "cost", "data": json.dumps({"by_pool": {"text": 1.0}})})
    async with writing() as db:
        await db.execute(insert(tables.runs), rows)
        await db.execute(insert(tables.events), logged)
    await client.get(ADDRESS)
    begun = time.perf_counter()
    found = (await client.get(ADDRESS)).json()
    assert time.perf_counter() - begun < 1
    assert found["spent"]["by_pool"] == {"text": 400.0}
