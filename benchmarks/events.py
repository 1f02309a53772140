"""bench-events: what the event streams cost and how late they are, and that cuts and kills lose nothing.

python -m benchmarks.events [held=5000] [following=1000] [cut=200] [seconds=20]

One server process with SQLite, all clients in another, and a third that writes the events to the database: these share
the machine's cores, so delays and the server's time hold what the clients take from it. A delay is from before the
event is written until a client has read it.

1. memory: *held* clients on 50 streams that nothing happens on
2. delay: *following* clients, all on one stream, five events a second
3. cuts and kills: *cut* clients on two streams, each breaking off after every 4 events, while the server is killed (-9)
   again and again and started anew on the same port
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.process import ROOT, options, run
from benchmarks.report import at_most, plain, publish
from tests.services import free_port

ME, CLIENTS = "benchmarks.events", "benchmarks.subscribers"
RATE, CUT_AFTER, LIVES_S, WAIT_S = 5, 4, 3.0, 60.0
TEXT = "字" * 60


def serve(port: str) -> None:
    """The streams, open to everybody, and /stat: clients, memory, CPU seconds."""
    import uvicorn

    from api.stream import Streams

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def anybody(_scope: Any, _stream: str) -> None:
        return

    def refuse(_scope: Any, error: Exception) -> Any:
        raise error

    streams = Streams(anybody, refuse)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            async with streams.running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["path"] == "/stat":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(_stat(streams.clients)).encode()})
        else:
            await streams(scope, receive, send)

    uvicorn.run(
        app,
        port=int(port),
        log_level="error",
        access_log=False,
        backlog=4096,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )


def _stat(clients: int) -> dict[str, float]:
    import psutil

    me = psutil.Process()
    times = me.cpu_times()
    return {"clients": clients, "kb": me.memory_full_info().uss / 1024, "cpu_s": times.user + times.system}


def begin(streams: str) -> None:
    """A run on each stream."""
    from infra.eventlog import Entry, append

    async def all_begin() -> None:
        for stream in streams.split(","):
            await append(stream, [Entry("run.queued", {"run": "r_1", "flow": "film"}, "r_1:queued:1", "r_1")])

    asyncio.run(all_begin())


def write(streams: str, count: str, rate: str) -> None:
    """So many events on each stream, at that rate on each."""
    from infra.eventlog import Entry, append

    async def all_written() -> None:
        begun = time.monotonic()
        for number in range(int(count)):
            for stream in streams.split(","):
                data = {"sent_ns": time.monotonic_ns(), "text": TEXT}
                await append(stream, [Entry("segment.writing", data, f"{number}", "r_1")])
            await asyncio.sleep(max(0, begun + (number + 1) / float(rate) - time.monotonic()))

    asyncio.run(all_written())


def started(module: str, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE)


def said(process: subprocess.Popen[bytes]) -> Any:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit("A process failed; the lines above say why.")
    return json.loads(out)


def stat(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stat", timeout=30) as answer:
        return dict(json.load(answer))


@contextlib.contextmanager
def server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers; killed at the end."""
    process = started(ME, "serve", port)
    try:
        end = time.monotonic() + WAIT_S
        while True:
            with contextlib.suppress(OSError):
                stat(port)
                break
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("The server did not start.")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.communicate()


def joined(port: int, clients: int) -> dict[str, float]:
    """The server's figures once so many are connected and it has come to rest."""
    end = time.monotonic() + WAIT_S
    while stat(port)["clients"] < clients:
        if time.monotonic() > end:
            raise SystemExit(f"Of {clients} clients only {stat(port)['clients']:.0f} were connected.")
        time.sleep(0.5)
    time.sleep(2)
    return stat(port)


def names(count: int, kind: str) -> str:
    streams = ",".join(f"p_{kind}{number}" for number in range(count))
    said(started(ME, "begin", streams))
    return streams


def memory(port: int, clients: int) -> float:
    """KB of one client."""
    streams = names(50, "held")
    with server(port):
        before = stat(port)
        holding = started(CLIENTS, "hold", port, streams, clients, 3600)
        try:
            return (joined(port, clients)["kb"] - before["kb"]) / clients
        finally:
            holding.kill()
            holding.communicate()


def delay(port: int, clients: int, seconds: float) -> tuple[dict[str, Any], float]:
    """What the clients saw, and the server's CPU seconds while the events came."""
    streams, count = names(1, "delay"), round(RATE * seconds)
    with server(port):
        following = started(CLIENTS, "follow", port, streams, clients, count + 1, 0)
        before = joined(port, clients)
        said(started(ME, "write", streams, count, RATE))
        time.sleep(1)
        cpu_s = stat(port)["cpu_s"] - before["cpu_s"]
        return said(following), cpu_s


def cuts(port: int, clients: int, seconds: float) -> tuple[dict[str, Any], int]:
    """What the clients saw, and how often the server was killed under them."""
    streams, count, kills = names(2, "cut"), round(RATE * seconds), 0
    following = started(CLIENTS, "follow", port, streams, clients, count + 1, CUT_AFTER)
    writing = started(ME, "write", streams, count, RATE)
    while writing.poll() is None:
        with server(port):
            time.sleep(LIVES_S)
        kills += 1
    said(writing)
    with server(port):
        return said(following), kills


def main() -> None:
    given = options({"held": "5000", "following": "1000", "cut": "200", "seconds": "20"})
    held, following, cut, seconds = (int(given[name]) for name in ("held", "following", "cut", "seconds"))
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        os.environ["FLYWHEEL_HOME"] = str(Path(folder) / "home")
        os.environ.pop("FLYWHEEL_DATABASE", None)
        port = free_port()
        kb = memory(port, held)
        seen, cpu_s = delay(port, following, seconds)
        after, kills = cuts(port, cut, seconds)
    publish(
        "events",
        [
            at_most(f"memory of a client, of {held:,}", kb, "KB", 20),
            plain(f"delay to {following:,} clients, p50", seen["delays_ms"]["0.5"], "ms"),
            at_most(f"delay to {following:,} clients, p99", seen["delays_ms"]["0.99"], "ms", 100),
            plain("server CPU for a delivery", cpu_s / seen["received"] * 1e6, "us"),
            plain("deliveries", seen["received"], "events"),
            at_most("of these lost or doubled", seen["lost"] + seen["doubled"], "events", 0),
            plain("connections cut by clients", after["cuts"], "cuts"),
            plain("servers killed under them", kills, "kills"),
            plain("deliveries over cuts and kills", after["received"], "events"),
            at_most("of these lost", after["lost"], "events", 0),
            at_most("of these doubled", after["doubled"], "events", 0),
        ],
    )


if __name__ == "__main__":
    run(main, {"serve": serve, "begin": begin, "write": write})
