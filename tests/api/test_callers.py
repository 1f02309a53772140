"""Whose things are whose: tenants do not see each other, and a key allows what it says."""

from __future__ import annotations

import pytest
from asking import created, with_film

from infra.keys import create
from infra.settings import settings


@pytest.fixture
async def bearers(client, monkeypatch):
    """Headers of three keys: a writer and a reader of one tenant, a writer of another."""
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    whose = [("t_one", ["read", "write"]), ("t_one", ["read"]), ("t_two", ["read", "write"])]
    keys = [await create(tenant, "u", "test", scopes) for tenant, scopes in whose]
    return [{"Authorization": f"Bearer {secret}"} for _, secret in keys]


async def test_without_a_key_nobody_is_let_in(client, bearers):
    for headers in ({}, {"Authorization": "Bearer fw_wrong"}):
        answer = await client.get("/api/projects", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unknown")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_that_only_reads_changes_nothing(client, bearers):
    _, reader, _ = bearers
    assert (await client.get("/api/me", headers=reader)).json()["scopes"] == ["read"]
    for method, address, body in (
        ("POST", "/api/projects", {"brief": {"topic": "Bees"}}),
        ("DELETE", "/api/projects/p_x", None),
        ("POST", "/api/runs/r_x/cancel", None),
        ("POST", "/api/assets", None),
    ):
        answer = await client.request(method, address, json=body, headers=reader)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), address


async def test_what_belongs_to_another_tenant_is_not_there(client, bearers):
    one, _, two = bearers
    client.headers.update(one)
    project = await created(client, make=True)
    await with_film(project["id"], number=2)
    client.headers.update(two)
    base, run = f"/api/projects/{project['id']}", f"/api/runs/{project['run']}"
    for method, address in (
        ("GET", base), ("DELETE", base), ("POST", f"{base}/duplicate"), ("POST", f"{base}/restore"),
        ("POST", f"{base}/runs"), ("GET", f"{base}/versions"), ("GET", f"{base}/versions/2"), ("GET", f"{base}/film"),
        ("POST", f"{base}/versions/2/restore"), ("GET", f"{base}/versions/2/film"), ("GET", f"{base}/events"),
        ("GET", run),
        ("POST", f"{run}/cancel"), ("POST", f"{run}/retry"), ("GET", f"/api/runs?project={project['id']}"),
    ):  # fmt: skip
        assert (await client.request(method, address)).status_code == 404, address
    assert (await client.patch(base, json={}, headers={"If-Match": "*"})).status_code == 404
    assert (await client.post("/api/estimate", json={"project": project["id"]})).status_code == 404
    assert (await client.get("/api/projects")).json()["projects"] == []
    assert (await client.get("/api/runs")).json()["runs"] == []
    client.headers.update(one)
    assert (await client.get(base)).status_code == 200


@pytest.mark.parametrize("tenant", ["a&b#c", "小明", "50%+1"])
async def test_a_tenant_of_any_name_makes_films_and_follows_them(client, monkeypatch, tenant):
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    _, secret = await create(tenant, "小红", "test", ["write"])
    client.headers["Authorization"] = f"Bearer {secret}"
    project = await created(client, make=True)
    del client.headers["Authorization"]
    assert (await client.head(project["events"])).status_code == 200
