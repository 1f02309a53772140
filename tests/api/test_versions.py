from __future__ import annotations

import json

from asking import BEES, asset, created, with_film
from sqlalchemy import select

from infra.database import reading
from infra.tables import projects


async def changed(client, project, **change):
    answer = await client.patch(f"/api/projects/{project}", json=change, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_finished_film_shows_its_files_and_shots(client):
    project = (await created(client))["id"]
    assert (await client.get(f"/api/projects/{project}/film")).status_code == 404
    await with_film(project, beats=(8, 4, 4))
    film = (await client.get(f"/api/projects/{project}/film")).json()
    assert film["files"]["master"]["url"] == f"/api/assets/{asset('master').sha256}.mp4"
    assert film["files"]["certificate"] is None
    assert [shot["segment"] for shot in film["shots"]] == ["s1", "s2", "s3"]
    assert [shot["start_ms"] for shot in film["shots"]] == [0, 5000, 7500]
    assert sum(shot["duration_ms"] for shot in film["shots"]) == film["duration_ms"] == 10_000
    assert (await client.get(f"/api/projects/{project}")).json()["film"] == film


async def test_a_version_brings_brief_edits_and_film_back(client):
    project = (await created(client))["id"]
    await with_film(project)
    await changed(client, project, brief={"seconds": 60}, edits={"captions": {"s1": "New."}})
    await with_film(project, number=2)
    restored = await client.post(f"/api/projects/{project}/versions/1/restore", headers={"If-Match": '"2"'})
    assert restored.status_code == 200
    assert restored.headers["etag"] == '"3"'
    body = restored.json()
    assert (body["version"], body["brief"]["seconds"], body["edits"]["captions"]) == (1, BEES["seconds"], {})
    versions = (await client.get(f"/api/projects/{project}/versions?limit=1")).json()
    assert [(one["number"], one["current"], one["made"]) for one in versions["versions"]] == [(2, False, True)]
    versions = (await client.get(f"/api/projects/{project}/versions", params={"cursor": versions["next"]})).json()
    assert [(one["number"], one["current"]) for one in versions["versions"]] == [(1, True)]


async def test_a_version_shows_what_it_was_made_of(client):
    project = (await created(client, make=True))["id"]
    version = (await client.get(f"/api/projects/{project}/versions/1")).json()
    assert (version["made"], version["film"], version["brief"]["topic"]) == (False, None, BEES["topic"])
    for number, status in ((2, 404), (0, 422), (10**30, 422)):
        assert (await client.get(f"/api/projects/{project}/versions/{number}")).status_code == status


async def test_a_version_that_comes_back_leaves_open_what_was_left_open(client):
    project = (await created(client, make=True))["id"]
    await changed(client, project, brief={"seconds": 60}, edits={"captions": {"s1": "New."}})
    assert (await client.post(f"/api/projects/{project}/versions/1/restore")).status_code == 200
    async with reading() as db:
        row = (await db.execute(select(projects.c.brief, projects.c.edits))).one()
    assert (json.loads(row.brief), json.loads(row.edits)) == (BEES, {})


async def test_another_version_is_not_restored_when_the_project_is_not_as_it_was_read(client):
    project = (await created(client))["id"]
    await with_film(project)
    address = f"/api/projects/{project}/versions/1/restore"
    assert (await client.post(address, headers={"If-Match": '"5"'})).status_code == 412
