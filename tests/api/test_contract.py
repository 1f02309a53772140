"""Whatever is sent, the API answers as its schema says: never a 5xx, never a trace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

import httpx
import pytest
import schemathesis
from asking import BEES
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from sqlalchemy import insert

from infra import tables
from infra.database import writing
from infra.keys import create
from infra.settings import settings as configured

UNSAID = [positive_data_acceptance, negative_data_rejection]
"""Not every rule can be said in a schema, and a query that names a parameter twice is answered by its last one."""
NASTY = [
    b"\0", b"{\0}", b'{"brief": {"topic": "\\u0000"}}', b'{"brief": {"topic": "\\ud800"}}',
    b'{"brief": {"topic": "' + b"x" * 10_000_000 + b'"}}', b"[" * 10_000, b'{"a":' * 10_000, b'{"brief": NaN}',
    b'{"brief": {"topic": "a", "seconds": NaN}}', b'{"brief": {"topic": "a", "seconds": 1e999}}',
    b'{"brief": {"topic": "a", "seed": ' + b"9" * 4000 + b"}}", b"9" * 100_000,
    b'{"brief": {"topic": "a"}, "brief": 1}',
    b'{"brief": []}', b'{"brief": {"topic": 5}}', b'{"brief": {"topic": "a", "media": {"s1": {"asset": null}}}}',
    b"null", b"true", b'""', b"\xff\xfe", '{"brief": {"topic": "\u202e\u05d3\u05d1\u05d5\u05e8\u05d9\u05dd"}}'.encode(),
    b'{"brief": {"topic": "a", "wording": {"system": 1}}}',
    b'{"brief": {"topic": "a", "engines": {"image": "\\u0000"}}}',
]  # fmt: skip


def sound(answer: httpx.Response) -> None:
    """An answer that a client can live with."""
    assert answer.status_code < 500, answer.text[:500]
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_nasty_bodies_are_refused_politely(live):
    with httpx.Client(base_url=live, headers={"Content-Type": "application/json", "If-Match": "*"}) as client:
        project = client.post("/api/projects", json={"brief": BEES}).json()["id"]
        for body in NASTY:
            sound(client.post("/api/projects", content=body))
            sound(client.patch(f"/api/projects/{project}", content=body))
            sound(client.post("/api/estimate", content=body))
            sound(client.get(f"/api/projects/{project}"))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["topic", "seconds", "language", "media", "engines", "wording", "captions", "order", "timing", "redo"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(brief=st.dictionaries(NAMES, ANY) | ANY, edits=st.dictionaries(NAMES, ANY) | ANY, title=ANY)
def test_values_of_wrong_types_are_refused_politely(live, brief, edits, title):
    body = json.dumps({"title": title, "brief": brief, "edits": edits})
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    with httpx.Client(base_url=live, headers=headers) as client:
        listed = client.get("/api/projects").json()["projects"]
        project = listed[0]["id"] if listed else client.post("/api/projects", json={"brief": BEES}).json()["id"]
        sound(client.patch(f"/api/projects/{project}", content=body))
        sound(client.post("/api/estimate", content=body))


@pytest.fixture
def keyed(home, monkeypatch):
    """Callers need keys."""
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    configured.cache_clear()


async def test_every_operation_answers_as_the_schema_says(keyed, live):
    await living_worker()
    _, key = await create("t_one", "u", "contract", ["read", "write"])
    config = schemathesis.Config.from_dict({"generation": {"allow-extra-parameters": False}})  # those are ignored
    schema = schemathesis.openapi.from_url(f"{live}/openapi.json", config=config)
    schema = schema.exclude(path="/edge/anchor")  # waits for a worker's answer, and there is none here
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    await asyncio.to_thread(lambda: [hold(operation, key) for operation in operations])


def hold(operation, key) -> None:
    """A few requests to *operation*, some as the schema has them and some not."""
    for mode in GenerationMode:

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case):
            headers = {"Authorization": f"Bearer {key}"}
            case.call_and_validate(headers=headers, excluded_checks=UNSAID)

        with contextlib.suppress(Unsatisfiable) if mode.is_negative else contextlib.nullcontext():
            answers()  # an operation that takes nothing cannot be asked for wrongly


async def living_worker() -> None:
    """A worker that says for an hour to come that it lives."""
    offers = {"voices": {"en": ["a"]}, "engines": {"image": "sketch"}, "missing": [], "looks": ["documentary"]}
    row = {"id": "w", "started": 0.0, "beat": time.time() + 3600, "running": 0, "offers": json.dumps(offers)}
    async with writing() as db:
        await db.execute(insert(tables.workers).values(**row))
