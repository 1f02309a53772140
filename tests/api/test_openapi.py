"""What /openapi.json promises to whoever reads it."""

from __future__ import annotations

import pytest


@pytest.fixture
async def document(client):
    return (await client.get("/openapi.json")).json()


def operations(document):
    return [one for path in document["paths"].values() for one in path.values()]


async def test_every_operation_is_named_told_and_tagged(document):
    known = {tag["name"] for tag in document["tags"]}
    for one in operations(document):
        assert one["summary"], one
        assert one["description"], one
        assert set(one["tags"]) <= known, one["operationId"]
    names = [one["operationId"] for one in operations(document)]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 30 for name in names)


async def test_every_operation_declares_its_problems(document):
    for one in operations(document):
        refusals = {status: answer for status, answer in one["responses"].items() if int(status) >= 400}
        assert {"401", "403", "422", "500"} <= set(refusals)
        for answer in refusals.values():
            assert list(answer["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_bodies_have_examples(document):
    models = document["components"]["schemas"]
    for one in operations(document):
        body = one.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None or one["tags"] == ["jobs"]:  # docs/jobs.md shows those
            continue
        model = models[body["schema"]["$ref"].rpartition("/")[2]]
        fields = model["properties"].values()
        assert "examples" in model or any("example" in str(field) for field in fields) or "Brief" in str(model), one


async def test_the_documentation_is_there(client):
    assert (await client.get("/docs")).status_code == 200
