"""Event streams over a real server: order, resuming, ends, refusals, slow clients, and stopping."""

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from logs import ROOT, fresh_postgres, phase, writer
from services import free_port, postgres

from api import feeds, stream
from api.problems import problem_of
from api.stream import App, Receive, Scope, Send, Streams, matches
from infra.database import close_database, writing
from infra.errors import Denied, FlywheelError, Unreachable
from infra.eventlog import Entry, append
from infra.settings import settings
from infra.tables import events as events_table
from infra.tables import streams as streams_table

QUEUED = Entry("run.queued", {"run": "r_1", "flow": "film"}, "r_1:queued:1", "r_1")
DONE = Entry("run.done", {"version": 1}, "r_1:end:1", "r_1")


async def allowed(_: Scope, name: str) -> None:
    if name == "p_secret":
        raise Denied("You may not read p_secret.", "Ask its owner.")
    if name == "p_away":
        raise Unreachable("The database does not answer.")


def refuse(scope: Scope, error: FlywheelError) -> App:
    return problem_of(error, scope)


@dataclasses.dataclass
class Served:
    streams: Streams
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def application(streams: Streams) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await streams(scope, receive, send)
        await receive()
        async with streams.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return None

    return app


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Served]:
    streams, port = Streams(allowed, refuse), free_port()
    config = uvicorn.Config(
        application(streams), "127.0.0.1", port, log_level="warning", lifespan="on", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.02)
        yield Served(streams, port)
    finally:
        streams.close()
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
async def served(home: Path) -> AsyncIterator[Served]:
    async with serving() as where:
        yield where
    await close_database()


@pytest.fixture(params=["sqlite", "postgres"])
async def served_by_both(
    request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served]:
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres_server")))
        settings.cache_clear()
    async with serving() as where:
        yield where
    await close_database()


@dataclasses.dataclass(frozen=True)
class Event:
    id: int
    kind: str
    data: Any


async def messages(response: httpx.Response) -> AsyncIterator[Event]:
    """What an EventSource would tell: only blocks that have data."""
    last, kind, data = 0, "message", ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            last = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data = value
        elif not line:
            if data:
                yield Event(last, kind, json.loads(data))
            kind, data = "message", ""


@contextlib.asynccontextmanager
async def connected(
    served: Served, path: str, last: int | str | None = None
) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[Event]]]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with (
        httpx.AsyncClient(base_url=served.url, timeout=20) as client,
        client.stream("GET", path, headers=headers) as response,
    ):
        yield response, messages(response)


async def all_of(served: Served, path: str, last: int | str | None = None) -> list[Event]:
    async with connected(served, path, last) as (response, told):
        assert response.status_code == 200
        return [event async for event in told]


async def next_of(told: AsyncIterator[Event], count: int, within_s: float = 20) -> list[Event]:
    async with asyncio.timeout(within_s):
        return [await anext(told) for _ in range(count)]


def lazy_client(port: int, name: str) -> socket.socket:
    """A client that asks, and reads nothing of the answer until `all_said`."""
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.connect(("127.0.0.1", port))
    lazy.sendall(f"GET /api/projects/{name}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return lazy


def all_said(lazy: socket.socket) -> bytes:
    said = b""
    with lazy:
        lazy.settimeout(20)
        while b"event: end" not in said[-200:]:
            said += lazy.recv(2**20)
    return said


async def until(holds: Callable[[], bool], within_s: float = 10) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def test_knows_its_paths() -> None:
    assert matches("/api/projects/p_1/events") == ("p_1", "project")
    assert matches("/edge/jobs/r_1/events") == ("r_1", "job")
    for other in ("/api/projects/p_1", "/api/projects//events", "/api/projects/a/b/events", "/edge/jobs/r_1/events/"):
        assert matches(other) is None


async def test_sends_what_there_is_and_then_what_other_processes_write(served_by_both: Served) -> None:
    await append("p_1", [QUEUED, Entry("progress", {"fraction": 0.5}, "x", "r_1", at=7.5)])
    async with connected(served_by_both, "/api/projects/p_1/events") as (response, told):
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache, no-transform"
        assert response.headers["x-accel-buffering"] == "no"
        first, second = await next_of(told, 2)
        assert (first.id, first.kind, first.data["flow"]) == (1, "run.queued", "film")
        assert (second.id, second.kind) == (2, "progress")
        assert second.data == {"run": "r_1", "at": 7.5, "fraction": 0.5}
        process = writer("p_1", 5, "other")
        assert [event.id for event in await next_of(told, 5)] == [3, 4, 5, 6, 7]
        await append("p_1", [DONE])
        done, end = await next_of(told, 2)
        assert (done.id, done.kind) == (8, "run.done")
        assert (end.id, end.kind, end.data) == (8, "end", {})
        assert [event async for event in told] == []
        assert await asyncio.to_thread(process.wait, 30) == 0


async def test_a_job_tells_its_phases_as_plain_messages(served: Served) -> None:
    other = Entry("flow.state", {"state": "RUNNING"}, "s", "r_1")
    await append("r_1", [QUEUED, phase(1), other, phase(2), DONE, Entry("flow.state", {"state": "DONE"}, "t", "r_1")])
    told = await all_of(served, "/edge/jobs/r_1/events")
    assert [(event.id, event.kind) for event in told] == [(2, "message"), (4, "message"), (5, "message"), (6, "end")]
    assert told[0].data == {"phase": "draft", "content": {"number": 1, "tag": ""}}
    assert told[2].data == {"phase": "done", "content": {"version": 1}}
    assert [event.kind for event in await all_of(served, "/edge/jobs/r_1/events", last=5)] == ["end"]
    async with connected(served, "/edge/jobs/r_1/events", last=6) as (response, _):
        assert response.status_code == 204


@pytest.mark.parametrize("how", ["header", "query", "both"])
async def test_resumes_after_the_last_that_was_received(served: Served, how: str) -> None:
    await append("p_1", [QUEUED, *(phase(number) for number in range(5)), DONE])
    path = {"header": "", "query": "?after=4", "both": "?after=1"}[how]
    told = await all_of(served, f"/api/projects/p_1/events{path}", last=None if how == "query" else 4)
    assert [event.id for event in told] == [5, 6, 7, 7]


async def test_begins_with_the_time_to_wait_and_the_place(served: Served) -> None:
    await append("p_1", [QUEUED, phase(1), DONE])
    async with httpx.AsyncClient(base_url=served.url) as client:
        said = (await client.get("/api/projects/p_1/events?after=2")).text
    assert said.startswith("retry: 1000\nid: 2\n\nid: 3\nevent: run.done\n")


async def test_who_was_told_the_end_is_told_to_stay_away(served: Served) -> None:
    await append("p_1", [QUEUED, DONE])
    async with connected(served, "/api/projects/p_1/events", last=2) as (response, _):
        assert response.status_code == 204
    assert [event.kind for event in await all_of(served, "/api/projects/p_1/events?after=2")] == ["end"]
    (end,) = await all_of(served, "/api/projects/p_empty/events")
    assert (end.kind, end.id) == ("end", 0)
    async with connected(served, "/api/projects/p_empty/events", last=0) as (response, _):
        assert response.status_code == 204


async def test_a_follower_stays_for_the_next_run(served: Served) -> None:
    await append("p_1", [QUEUED, DONE])
    async with connected(served, "/api/projects/p_1/events?follow=true", last=2) as (response, told):
        assert response.status_code == 200
        await append("p_1", [phase(3)])
        assert [event.id for event in await next_of(told, 1)] == [3]


async def test_a_run_that_begins_as_the_stream_ends_is_not_missed(served: Served) -> None:
    await append("p_1", [QUEUED, DONE])
    async with connected(served, "/api/projects/p_1/events?follow=true&after=2"):  # the feed stays open, at 2
        for number in range(10):
            run = f"r_{number + 2}"
            last = 2 + 2 * number
            await append("p_1", [Entry("run.queued", {"run": run}, f"{run}:queued:1", run)])
            async with connected(served, "/api/projects/p_1/events", last=last) as (response, told):
                assert response.status_code == 200
                assert [event.id for event in await next_of(told, 1)] == [last + 1]
            await append("p_1", [Entry("run.done", {}, f"{run}:end:1", run)])


async def test_a_snapshot_comes_first_and_then_what_follows(served: Served) -> None:
    await append("p_1", [QUEUED, Entry("script.outlined", {"title": "Bees", "lines": []}, "o", "r_1")])
    async with connected(served, "/api/projects/p_1/events?snapshot=true") as (_, told):
        (state,) = await next_of(told, 1)
        assert (state.id, state.kind, state.data["title"], state.data["last_event_id"]) == (2, "snapshot", "Bees", 2)
        await append("p_1", [phase(3)])
        assert [event.id for event in await next_of(told, 1)] == [3]
    async with connected(served, "/api/projects/p_1/events?snapshot=true", last=2) as (_, told):
        assert [event.id for event in await next_of(told, 1)] == [3]


async def test_a_number_of_another_log_begins_anew(served: Served) -> None:
    await append("p_1", [QUEUED, phase(1), DONE])
    state, end = await all_of(served, "/api/projects/p_1/events", last=900)
    assert (state.kind, state.id, end.kind) == ("snapshot", 3, "end")
    await append("r_1", [QUEUED, phase(1), DONE])
    assert [event.id for event in await all_of(served, "/edge/jobs/r_1/events?after=900")] == [2, 3, 3]


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=", "after=1.5", "after=٣", "after=9999999999999999", "follow=maybe"]
)
async def test_says_what_is_wrong_with_a_request(served: Served, query: str) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        answer = await client.get(f"/api/projects/p_1/events?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "remedy", "instance"}
    assert (answer.json()["type"], answer.json()["instance"]) == ("/problems/malformed", "/api/projects/p_1/events")


async def test_a_bad_header_and_a_jobs_snapshot_are_refused(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        answer = await client.get("/api/projects/p_1/events", headers={"Last-Event-ID": "seven"})
        assert (answer.status_code, "Last-Event-ID" in answer.json()["detail"]) == (400, True)
        assert (await client.get("/edge/jobs/r_1/events?snapshot=true")).status_code == 400


async def test_asks_whether_the_caller_may_read(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        for method in ("GET", "HEAD"):
            assert (await client.request(method, "/api/projects/p_secret/events")).status_code == 401
        assert (await client.get("/api/projects/p_away/events")).status_code == 503


async def test_waits_for_the_end_of_a_run(served: Served) -> None:
    await append("r_1", [QUEUED])
    assert not await served.streams.ended("r_1", 0.05)
    waiting = asyncio.create_task(served.streams.ended("r_1", 20))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await append("r_1", [DONE])
    assert await asyncio.wait_for(waiting, 10)
    assert await served.streams.ended("r_1", 0.5)
    await append("r_2", [QUEUED])
    waiting = asyncio.create_task(served.streams.ended("r_2", 20))
    await asyncio.sleep(0.1)
    served.streams.close()
    assert not await asyncio.wait_for(waiting, 10)


async def test_other_methods(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        head = await client.head("/api/projects/p_1/events")
        assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        options = await client.options("/api/projects/p_1/events")
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        post = await client.post("/api/projects/p_1/events")
        assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (post.json()["type"], post.json()["status"]) == ("/problems/not-allowed", 405)


async def test_reads_what_it_no_longer_holds_from_the_log(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "HELD_EVENTS", 7)
    monkeypatch.setattr(feeds, "PAGE", 5)
    monkeypatch.setattr(feeds, "CHUNK_BYTES", 300)
    await append("p_1", [QUEUED, *(phase(number) for number in range(40))])
    async with connected(served, "/api/projects/p_1/events") as (_, told):
        assert [event.id for event in await next_of(told, 41)] == list(range(1, 42))
        await append("p_1", [phase(number) for number in range(100, 150)])
        assert [event.id for event in await next_of(told, 50)] == list(range(42, 92))
        await append("p_1", [DONE])
        assert [event.id for event in await next_of(told, 2)] == [92, 92]


async def test_a_client_that_does_not_read_delays_nobody_and_loses_nothing(served: Served) -> None:
    await append("p_1", [QUEUED])
    big = "x" * 10_000
    lazy = lazy_client(served.port, "p_1")
    async with connected(served, "/api/projects/p_1/events") as (_, told):
        for start in range(0, 900, 100):
            entries = [Entry("note", {"text": big}, f"{number}", "r_1") for number in range(start, start + 100)]
            await append("p_1", entries)
        assert [event.id for event in await next_of(told, 901, 60)] == list(range(1, 902))
        (feed,) = served.streams._feeds.all()
        assert feed._held_bytes <= feeds.HELD_BYTES
        await append("p_1", [DONE])
        await next_of(told, 2)
    said = await asyncio.to_thread(all_said, lazy)
    ids = [int(line[4:]) for line in said.split(b"\n") if line.startswith(b"id: ")]
    assert ids == [0, *range(1, 903), 902]


async def test_every_client_is_pinged_by_one_clock(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PING_S", 0.1)
    await append("p_1", [QUEUED])
    async with serving() as quick, contextlib.AsyncExitStack() as stack:
        responses = [
            (await stack.enter_async_context(connected(quick, "/api/projects/p_1/events")))[0] for _ in range(3)
        ]
        for response in responses:
            pings = 0
            async with asyncio.timeout(10):
                async for line in response.aiter_lines():
                    pings += line == ": ping"
                    if pings == 3:
                        break


async def test_counts_its_clients_and_drops_feeds_that_nobody_watches(served: Served) -> None:
    await append("p_1", [QUEUED])
    assert served.streams.clients == 0
    async with connected(served, "/api/projects/p_1/events") as (_, told), connected(served, "/edge/jobs/p_1/events"):
        await next_of(told, 1)
        await until(lambda: served.streams.clients == 2)
        assert len(served.streams._feeds.all()) == 2
    await until(lambda: not served.streams.clients and not served.streams._feeds.all())


async def test_a_stream_outlives_a_time_without_database(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> list[Any]:
        raise Unreachable("The database does not answer.")

    await append("p_1", [QUEUED])
    async with connected(served, "/api/projects/p_1/events") as (_, told):
        await next_of(told, 1)
        with monkeypatch.context() as patched:
            patched.setattr("infra.eventlog.read", away)
            await append("p_1", [phase(1)])
            await asyncio.sleep(0.3)
        await append("p_1", [phase(2)])
        assert [event.id for event in await next_of(told, 2)] == [2, 3]


async def test_a_log_that_was_emptied_begins_again(served: Served) -> None:
    await append("p_1", [QUEUED, phase(1), phase(2)])
    async with writing() as db:
        await db.execute(events_table.delete())
        await db.execute(streams_table.delete())
    await append("p_1", [QUEUED])
    async with connected(served, "/api/projects/p_1/events", last=3) as (_, told):
        assert [(event.kind, event.id) for event in await next_of(told, 1)] == [("snapshot", 1)]


async def test_cut_after_every_few_events_nothing_is_lost_or_doubled(served: Served) -> None:
    await append("p_1", [QUEUED])
    received: list[int] = []
    process = writer("p_1", 60, "cut")
    while len(received) < 61:
        async with connected(served, "/api/projects/p_1/events", last=len(received) or None) as (_, told):
            received += [event.id for event in await next_of(told, min(4, 61 - len(received)))]
    assert received == list(range(1, 62))
    assert await asyncio.to_thread(process.wait, 30) == 0


SERVER = """
import sys
import uvicorn
sys.path.insert(0, "tests/api")
from test_stream import allowed, application, refuse
from api.stream import Streams
app = application(Streams(allowed, refuse))
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=3)
"""


@contextlib.contextmanager
def process_serving(port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=ROOT, env=environment)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait(10)


async def test_a_killed_server_loses_nothing_and_doubles_nothing(home: Path) -> None:
    await append("p_1", [QUEUED])
    port = free_port()
    served = Served(Streams(allowed, refuse), port)
    received: list[int] = []
    for round_ in range(3):
        with process_serving(port) as process:
            async with connected(served, "/api/projects/p_1/events", last=len(received) or None) as (_, told):
                other = writer("p_1", 10, f"round {round_}")
                received += [event.id for event in await next_of(told, 6)]
                process.kill()
            assert await asyncio.to_thread(other.wait, 30) == 0
    with process_serving(port):
        async with connected(served, "/api/projects/p_1/events", last=len(received)) as (_, told):
            received += [event.id for event in await next_of(told, 31 - len(received))]
    assert received == list(range(1, 32))
    await close_database()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_is_asked_to_stop_ends_its_streams_at_once(home: Path, number: int) -> None:
    await append("p_1", [QUEUED])
    port = free_port()
    served = Served(Streams(allowed, refuse), port)
    with process_serving(port) as process:
        async with (
            connected(served, "/api/projects/p_1/events") as (_, told),
            connected(served, "/edge/jobs/p_1/events?follow=true"),
        ):
            await next_of(told, 1)
            begun = time.monotonic()
            process.send_signal(number)
            assert [event async for event in told] == []  # ended, and not with the event `end`
            assert await asyncio.to_thread(process.wait, 10) in {0, -number}
            assert time.monotonic() - begun < 2.5
    await close_database()


async def test_a_client_that_never_reads_cannot_keep_a_server_from_stopping(home: Path) -> None:
    entries = [Entry("note", {"text": "x" * 50_000}, f"{number}", "r_1") for number in range(300)]
    await append("p_1", [QUEUED, *entries])
    port = free_port()
    with process_serving(port) as process, lazy_client(port, "p_1"):
        await asyncio.sleep(1)
        begun = time.monotonic()
        process.terminate()
        assert await asyncio.to_thread(process.wait, 15) in {0, -signal.SIGTERM}
        assert 2 < time.monotonic() - begun < 10  # after the server's own patience
    await close_database()
