"""The same on Postgres: what its SQL is particular about."""

from __future__ import annotations

import asyncio

import pytest
import services
from asking import asset, created, with_film

from infra.settings import settings


@pytest.fixture
def postgres(home, monkeypatch):
    with services.postgres() as url:
        monkeypatch.setenv("FLYWHEEL_DATABASE", url)
        settings.cache_clear()
        yield


async def test_projects_on_postgres(postgres, client):
    project = await created(client, title="Bees")
    await created(client, title="Tea")
    await with_film(project["id"])
    lines = (await client.get("/api/projects?limit=1")).json()
    assert [one["title"] for one in lines["projects"]] == ["Tea"]
    lines = (await client.get("/api/projects", params={"cursor": lines["next"], "q": "BE"})).json()
    assert [one["poster"] for one in lines["projects"]] == [f"/api/assets/{asset('poster').sha256}.jpg"]

    address = f"/api/projects/{project['id']}"
    changes = [client.patch(address, json={"title": f"T{n}"}, headers={"If-Match": '"1"'}) for n in range(6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*changes)) == [200] + [412] * 5

    change = {"edits": {"captions": {"s1": "New."}}}
    assert (await client.patch(address, json=change, headers={"If-Match": '"2"'})).status_code == 200
    runs = await asyncio.gather(*[client.post(f"{address}/runs") for _ in range(4)])
    assert {answer.status_code for answer in runs} == {202}
    assert len({answer.json()["id"] for answer in runs}) == 1
    versions = (await client.get(f"{address}/versions")).json()["versions"]
    assert len(versions) == 2
    assert versions[0]["run"] == runs[0].json()["id"]
    assert (await client.get("/api/me/usage")).json()["films"]["used"] == 1
    assert (await client.post("/api/estimate", json={"project": project["id"]})).json()["spoken"] == ["s1"]
    assert (await client.post(f"{address}/versions/1/restore")).json()["edits"]["captions"] == {}
    assert (await client.delete(address)).status_code == 204
