"""Requests leave a trace, a metric and their name in the logs."""

import json
import logging

import httpx
from asking import BEES, created
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select

from infra import logs, metrics, telemetry
from infra.database import reading
from infra.tables import runs

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def count(route, status, method="GET"):
    labels = {"method": method, "route": route, "status": status}
    return metrics.registry.get_sample_value("flywheel_requests_seconds_count", labels) or 0.0


async def test_requests_are_counted_by_their_route_and_never_by_their_path(client):
    project = (await created(client))["id"]
    before = count("/api/projects/{project}", "200"), count("/api/projects/{project}", "404"), count("other", "404")
    await client.get(f"/api/projects/{project}")
    await client.get("/api/projects/p_nobody")
    await client.get("/favicon.png")
    await client.get("/wp-admin/../../etc")
    after = count("/api/projects/{project}", "200"), count("/api/projects/{project}", "404"), count("other", "404")
    assert [round(now - then) for now, then in zip(after, before, strict=True)] == [1, 1, 2]
    told = (await client.get("/metrics")).text
    assert project not in told
    assert "p_nobody" not in told


async def test_methods_that_nobody_knows_are_one(client):
    await client.request("BREW", "/api/projects")
    assert "BREW" not in (await client.get("/metrics")).text


async def test_a_run_keeps_the_trace_of_its_request(client):
    project = (await created(client))["id"]
    exporter = InMemorySpanExporter()
    with telemetry.tracing("test", SimpleSpanProcessor(exporter)):
        made = await client.post(f"/api/projects/{project}/runs", headers={"traceparent": CALLER})
    assert made.status_code == 202
    async with reading() as db:
        kept = await db.scalar(select(runs.c.trace).where(runs.c.id == made.headers["Flywheel-Run"]))
    span = next(span for span in exporter.get_finished_spans() if span.name == "POST /api/projects/{project}/runs")
    assert kept == f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"
    assert f"{span.context.trace_id:032x}" in CALLER
    assert span.attributes["http.response.status_code"] == 202


async def test_what_is_logged_names_its_request(client, no_prefect):
    said = []

    class Keep(logging.Handler):
        def emit(self, record):
            said.append(json.loads(logs.Line("api").format(record)))

    handler = Keep()
    logging.getLogger("flywheel.edge").addHandler(handler)
    try:
        project = (await client.post("/api/projects", json={"brief": BEES, "make": False})).json()["id"]
        made = await client.post(f"/api/projects/{project}/runs")
    finally:
        logging.getLogger("flywheel.edge").removeHandler(handler)
    assert said[-1]["message"].startswith("run r_")  # no Prefect answers here: it begins later
    assert said[-1]["request"] == made.headers["Flywheel-Request-Id"]


def test_clients_of_streams_are_counted_while_they_are_there(live):
    project = httpx.post(f"{live}/api/projects", json={"brief": BEES}).json()["id"]

    def clients():
        text = httpx.get(f"{live}/metrics").text
        return float(next(line.split()[1] for line in text.splitlines() if line.startswith("flywheel_sse_clients ")))

    with httpx.stream("GET", f"{live}/api/projects/{project}/events?follow=true") as stream:
        assert stream.status_code == 200
        assert clients() == 1
    assert httpx.get(f"{live}/healthz").json() == {"status": "alive"}
    assert clients() == 0
