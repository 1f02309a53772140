from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import insert

from infra import tables
from infra.database import writing

OFFERS = {
    "flows": ["film"], "voices": {"en": ["af_heart", "bf_emma"], "zh": ["zf_xiaobei"]},
    "engines": {"image": "illustrator", "text": "llama:qwen2.5-1.5b"}, "missing": ["whisper"], "looks": ["documentary"],
}  # fmt: skip


async def worker(name: str, ago_s: float = 0, **offers) -> None:
    async with writing() as db:
        row = {"id": name, "started": time.time() - 60, "beat": time.time() - ago_s, "running": 0}
        await db.execute(insert(tables.workers).values(**row, offers=json.dumps({**OFFERS, **offers})))


@pytest.mark.parametrize("name", ["voices", "styles", "engines"])
async def test_without_a_worker_the_remedy_is_named(client, name):
    await worker("gone", ago_s=60)
    answer = await client.get(f"/api/{name}")
    assert answer.status_code == 503
    assert "flywheel up" in answer.json()["remedy"]
    assert int(answer.headers["retry-after"]) > 0


async def test_voices_of_all_workers_are_named_once(client):
    await worker("one")
    await worker("two", voices={"en": ["af_heart", "am_michael"]})
    voices = (await client.get("/api/voices")).json()["voices"]
    assert [voice["name"] for voice in voices] == ["af_heart", "bf_emma", "zf_xiaobei", "am_michael"]
    voices = (await client.get("/api/voices?language=zh")).json()["voices"]
    assert voices == [{"name": "zf_xiaobei", "language": "zh"}]
    assert (await client.get("/api/voices?language=xx")).status_code == 422


async def test_styles_are_those_that_workers_know(client):
    await worker("one")
    (style,) = (await client.get("/api/styles")).json()["styles"]
    assert (style["name"], style["mood"]) == ("documentary", "calm")
    assert style["about"]


async def test_engines_are_counted_and_missing_weights_named(client):
    await worker("one")
    await worker("two", engines={"image": "sketch"}, missing=[])
    found = (await client.get("/api/engines")).json()
    assert {(one["setting"], one["engine"], one["workers"]) for one in found["engines"]} == {
        ("image", "illustrator", 1), ("text", "llama:qwen2.5-1.5b", 1), ("image", "sketch", 1),
    }  # fmt: skip
    assert (found["missing"], found["workers"]) == (["whisper"], 2)
