"""Alive, and ready or why not."""

import asyncio
import time

from sqlalchemy import text

from api import health
from infra import workers
from infra.database import writing
from infra.settings import settings

ABLE = {"flows": ["film"], "missing": []}


def by_name(answer):
    return {check["name"]: check for check in answer.json()["checks"]}


async def test_it_lives_whatever_is_missing(client, no_prefect):
    assert (await client.get("/healthz")).status_code == 200


async def test_every_failing_check_has_its_remedy(client, no_prefect, home):
    await asyncio.sleep(health.KEPT_S)
    settings().home.mkdir(parents=True, exist_ok=True)
    settings().store.write_text("not a folder")
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    checks = by_name(answer)
    assert checks["database"]["ok"]
    assert "flywheel up" in checks["prefect"]["remedy"]
    assert "flywheel worker" in checks["workers"]["remedy"]
    assert str(settings().store) in checks["store"]["detail"]
    assert not any(check["remedy"] for check in checks.values() if check["ok"])
    assert all(check["remedy"] for check in checks.values() if not check["ok"])


async def test_it_is_ready_with_prefect_and_a_worker_that_can_make_films(client, prefect_server):
    await asyncio.sleep(health.KEPT_S)
    await workers.beat("w_1", 2, {"flows": ["film"], "missing": ["kokoro-82m"]})
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert [check["name"] for check in answer.json()["checks"] if not check["ok"]] == ["workers"]
    assert "kokoro-82m" in by_name(answer)["workers"]["detail"]
    assert "flywheel models pull" in by_name(answer)["workers"]["remedy"]

    await workers.beat("w_2", 1, ABLE)
    await asyncio.sleep(health.KEPT_S)
    answer = await client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json()["ready"]
    assert by_name(answer)["workers"]["detail"] == "1 can make films, 3 runs under way"
    await workers.leave("w_1")
    await workers.leave("w_2")


async def test_a_database_that_cannot_be_written_is_not_ready(client, no_prefect):
    await client.get("/readyz")
    async with writing() as db:
        await db.execute(text("ALTER TABLE leases RENAME TO elsewhere"))
    await asyncio.sleep(health.KEPT_S)
    assert not by_name(await client.get("/readyz"))["database"]["ok"]


async def test_probes_cost_nothing(client, no_prefect, monkeypatch):
    looked = 0

    async def look():
        nonlocal looked
        looked += 1
        await asyncio.sleep(0.1)
        return "there"

    monkeypatch.setattr(health, "LOOKS", {"something": look})
    await asyncio.sleep(health.KEPT_S)
    begun = time.monotonic()
    answers = await asyncio.gather(*[client.get("/readyz") for _ in range(100)])
    assert {answer.status_code for answer in answers} == {200}
    assert looked == 1 or time.monotonic() - begun > health.KEPT_S


async def test_what_does_not_answer_is_not_waited_for(client, monkeypatch):
    async def sleeps():
        await asyncio.sleep(60)
        return "late"

    monkeypatch.setattr(health, "LOOKS", {"something": sleeps})
    monkeypatch.setattr(health, "WITHIN_S", 0.05)
    await asyncio.sleep(health.KEPT_S)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "0.05 s" in by_name(answer)["something"]["detail"]


async def test_metrics_are_in_the_format_of_prometheus(client):
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE flywheel_runs_total counter" in answer.text or "# TYPE flywheel_runs counter" in answer.text
