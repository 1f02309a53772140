"""The modality jobs over HTTP, with a real worker: an anchor at once, the others as jobs to follow."""

import asyncio
import contextvars
import json
import threading
import time

import httpx
import pytest
import pytest_asyncio
from asking import created
from services import free_port

from api import jobs, serve
from flows.runner import Runner
from infra.ids import fresh
from infra.settings import settings
from tasks.asks import AnchorAsk
from tasks.schema import Anchor

ANCHOR = {
    "topic": "Bees", "style": "warm", "language": "en", "look": "documentary", "palette": ["#102030"] * 5,
    "light": "day", "tone": "calm", "voice": "sketch_en", "mood": "calm", "bpm": 90, "seed": 1,
}  # fmt: skip


@pytest.fixture
def address(prefect_server, home):
    """The API with one worker."""
    with working(), served() as url:
        yield url


class working:  # noqa: N801 - it is used as a function
    """A worker in a thread, as `flywheel worker` has it."""

    def __enter__(self):
        ready, here = threading.Event(), contextvars.copy_context()
        self.thread = threading.Thread(target=lambda: here.run(asyncio.run, self.work(ready)))
        self.thread.start()
        assert ready.wait(60), "the worker did not start"

    async def work(self, ready):
        self.loop, self.runner = asyncio.get_running_loop(), Runner(limit=2, drain_s=5)
        await self.runner.run(ready.set)

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.runner.stop)
        self.thread.join(30)


class served:  # noqa: N801
    """The API in a thread."""

    def __enter__(self):
        self.server, here = serve.server(port=free_port()), contextvars.copy_context()
        self.thread = threading.Thread(target=lambda: here.run(self.server.run))
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        return f"http://127.0.0.1:{self.server.config.port}"

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join(20)


def phases(api: httpx.Client, events: str) -> list[dict]:
    """All that a job tells, until its stream ends."""
    told = []
    with api.stream("GET", events) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: ") and not name:
                told.append(json.loads(line[6:]))
    return told


def made(api: httpx.Client, kind: str, question: dict) -> dict:
    """What a job gives in the end."""
    begun = api.post(f"/edge/jobs/{kind}", json=question)
    assert begun.status_code == 202, begun.text
    told = phases(api, begun.json()["events"])
    assert [phase["phase"] for phase in told][-2:] == ["final", "done"], told
    job = api.get(f"/edge/jobs/{begun.json()['id']}").json()
    assert (job["state"], job["phase"], job["content"]) == ("done", "final", told[-2]["content"])
    return job["content"]


def test_from_a_topic_to_a_video(address):
    with httpx.Client(base_url=address, timeout=60) as api:
        answer = api.post("/edge/anchor", json={"topic": "How honeybees find flowers"})
        assert answer.status_code == 200, answer.text
        anchor = answer.json()
        assert Anchor.model_validate(anchor).language == "en"
        again = api.post("/edge/anchor", json={"topic": "How honeybees find flowers"})
        assert (again.json(), again.headers["flywheel-cache"]) == (anchor, "hit")

        script = made(api, "text", {"anchor": anchor, "length": 5})
        pictures = made(api, "image-storyboard", {"anchor": anchor, "frames": script["segments"], "height": 480})
        narration = made(api, "audio", {"anchor": anchor, "segments": script["segments"]})
        timeline = {
            "anchor": anchor, "title": script["title"], "segments": script["segments"], "frames": pictures["frames"],
            "clips": narration["clips"], "height": 480, "fps": 24,
        }  # fmt: skip
        video = made(api, "video", {"timeline": timeline})
        film = api.get(video["video"]["url"])
        assert film.headers["content-type"] == "video/mp4"
        assert len(film.content) == video["video"]["size_bytes"]


def test_a_job_that_fails_says_why(address):
    with httpx.Client(base_url=address, timeout=60) as api:
        question = {"anchor": {**ANCHOR, "voice": "nobody"}, "segments": [{"caption": "A bee."}]}
        begun = api.post("/edge/jobs/audio", json=question).json()
        last = phases(api, begun["events"])[-1]
        assert last["phase"] == "failed"
        assert last["content"]["error"] == "UnknownName"
        assert "nobody" in api.get(f"/edge/jobs/{begun['id']}").json()["failure"]["what"]


@pytest_asyncio.fixture
async def alone(client, monkeypatch):
    """The API where nothing runs what it begins."""
    monkeypatch.setattr(jobs, "WITHIN_S", 0.2)
    return client


async def test_an_anchor_that_takes_too_long_is_to_be_asked_for_again(alone):
    answer = await alone.post("/edge/anchor", json={"topic": "Tea"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "not ready" in answer.json()["detail"]


async def test_a_job_can_be_cancelled_once(alone):
    begun = (await alone.post("/edge/jobs/text", json={"anchor": ANCHOR, "length": 30})).json()
    assert begun["events"] == f"/edge/jobs/{begun['id']}/events"
    assert (await alone.get(f"/edge/jobs/{begun['id']}")).json()["state"] == "queued"
    cancelled = await alone.delete(f"/edge/jobs/{begun['id']}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert (await alone.delete(f"/edge/jobs/{begun['id']}")).status_code == 409


async def test_a_project_s_run_is_no_job_and_no_kind_of_job_is_one(alone):
    project = await created(alone, make=True)
    assert (await alone.get(f"/edge/jobs/{project['run']}")).status_code == 404
    assert (await alone.get("/edge/jobs/text")).status_code == 404
    assert (await alone.get(f"/edge/jobs/{fresh('r')}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "question", "field"),
    [
        ("anchor", {"topic": "  "}, "body.topic"),
        ("jobs/text", {"anchor": ANCHOR, "length": 2}, "body.length"),
        ("jobs/text", {"anchor": {**ANCHOR, "bpm": 0}, "length": 30}, "body.anchor.bpm"),
        ("jobs/image-storyboard", {"anchor": ANCHOR, "frames": []}, "body.frames"),
        ("jobs/image-storyboard", {"anchor": ANCHOR, "frames": [{"id": "s1"}]}, "body.frames.0"),
        ("jobs/audio", {"anchor": ANCHOR, "segments": [{"caption": "x" * 601}]}, "body.segments.0.caption"),
        ("jobs/video", {"timeline": {"anchor": ANCHOR}}, "body.timeline.segments"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_field(alone, path, question, field):
    answer = await alone.post(f"/edge/{path}", json=question)
    assert answer.status_code == 422, answer.text
    assert field in [fault["field"] for fault in answer.json()["errors"]]


async def test_every_post_passes_the_edge(alone):
    answer = await alone.post("/edge/jobs/text", json={"anchor": ANCHOR, "length": 30})
    assert {"flywheel-run", "flywheel-cache", "flywheel-tenant", "ratelimit"} <= set(answer.headers)


async def test_a_key_that_only_reads_begins_nothing(alone, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    assert (await alone.post("/edge/anchor", json=AnchorAsk(topic="x").model_dump())).status_code == 401
