"""`flywheel up` and its parts, with real processes."""

import asyncio
import contextlib
import dataclasses
import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from services import free_port

from flows import up
from flows.child import Child, Log, Service
from flows.commands.up import Teller
from infra import metrics, workers
from infra.errors import BadInput, Conflict, Unreachable
from infra.settings import settings

ROOT = Path(__file__).parents[2]
SLEEPER = """
import os, pathlib, subprocess, time
other = subprocess.Popen(["sleep", "1000"])
pathlib.Path(os.environ["NOTE"]).write_text(f"{os.getpid()} {other.pid}")
time.sleep(1000)
"""
FAITHFUL = """
import os, pathlib, signal, time
note = pathlib.Path(os.environ["NOTE"])
def end(*_):
    with note.open("a") as file:
        file.write(os.environ["NAME"] + "\\n")
    raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
print("begun", flush=True)
while True:
    time.sleep(0.05)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("begun", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def script(tmp_path):
    """Makes a module that a service can run."""

    def write(name: str, text: str, **environment: str) -> Service:
        (tmp_path / f"{name.replace('-', '_')}_module.py").write_text(text)
        path = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "NOTE": str(tmp_path / "note"), "NAME": name}
        return Service(name, f"{name.replace('-', '_')}_module", environment={**path, **environment}, grace_s=1)

    return write


async def until(true, within_s=20.0):
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def child_of(service: Service, folder: Path, said: list[str]) -> Child:
    return Child(service, folder, said.append, lambda _: None, echo=False)


def gone(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


async def test_what_dies_is_started_again_later_each_time(script, tmp_path):
    said: list[str] = []
    child = child_of(script("broken", "raise SystemExit('no luck today')"), tmp_path / "logs", said)
    keeping = asyncio.create_task(child.keep())
    await asyncio.sleep(3.0)
    child.ask()
    await keeping
    assert 2 <= child.starts <= 4  # after 0.5, 1 and 2 s
    assert "broken ended with exit code 1; it is started again in 0.5 s" in said
    assert "broken ended with exit code 1; it is started again in 1 s" in said
    assert any("no luck today" in line and "broken.log" in line for line in said)
    assert (tmp_path / "logs" / "broken.log").read_text().count("no luck today") == child.starts


async def test_a_killed_process_is_started_again_and_takes_its_own_with_it(script, tmp_path):
    said, note = [], tmp_path / "note"
    child = child_of(script("sleeper", SLEEPER), tmp_path / "logs", said)
    keeping = asyncio.create_task(child.keep())
    await until(note.exists)
    await until(note.read_text)
    first, other = map(int, note.read_text().split())
    note.unlink()
    os.kill(first, signal.SIGKILL)
    await until(note.exists)
    assert "sleeper was killed by SIGKILL; it is started again in 0.5 s" in said
    assert gone(first)
    await until(lambda: gone(other))
    child.ask()
    child.kill()
    await keeping


def test_nothing_stays_behind_when_the_starter_is_killed(script, tmp_path):
    service, note = script("sleeper", SLEEPER), tmp_path / "note"
    program = (
        "import asyncio; from pathlib import Path; from flows.child import Child, Service;"
        f"asyncio.run(Child(Service('sleeper', '{service.module}'), Path('{tmp_path}'), print, print, False).keep())"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, **service.environment})
    end = time.monotonic() + 20
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    started = [int(word) for word in note.read_text().split()]
    starter.kill()
    starter.wait()
    end = time.monotonic() + 5
    while not all(gone(process) for process in started):
        assert time.monotonic() < end, "a process outlived its starter"
        time.sleep(0.05)


def machine(services: list[Service], said: list[str]) -> up.Machine:
    return up.Machine(
        up.Addresses("http://127.0.0.1:9", "http://127.0.0.1:9/api", True), services, said.append, echo=False
    )


async def begun(whole: up.Machine) -> None:
    await until(lambda: all(child.log.last == "begun" for child in whole.children))


async def never() -> None:
    raise AssertionError("nothing answers, so it is not ready")


async def test_it_stops_in_order(script, home, tmp_path):
    said: list[str] = []
    whole = machine([script(name, FAITHFUL) for name in ("api", "worker-1", "worker-2", "prefect")], said)
    running = asyncio.create_task(whole.run(never))
    await begun(whole)
    whole.stop()
    await running
    order = (tmp_path / "note").read_text().split()
    assert order[0] == "api"
    assert set(order[1:3]) == {"worker-1", "worker-2"}
    assert order[3:] == ["prefect"]
    assert all(child.starts == 1 and child.process is None for child in whole.children)


async def test_who_does_not_end_in_time_is_killed(script, home):
    said: list[str] = []
    whole = machine([script("api", DEAF)], said)
    running = asyncio.create_task(whole.run(never))
    await begun(whole)
    whole.stop()
    await running
    assert "api did not end in 1 s and is killed" in said


async def test_the_second_signal_ends_all_at_once(script, home):
    said: list[str] = []
    deaf = [
        Service(s.name, s.module, s.words, s.environment, 60) for s in (script("api", DEAF), script("worker-1", DEAF))
    ]
    whole = machine(deaf, said)
    running = asyncio.create_task(whole.run(never))
    await begun(whole)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(0.2)
    assert not running.done()
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(running, 10)


async def test_a_terminal_that_is_closed_ends_it(script, home):
    ours, theirs = os.openpty()
    teller = Teller()
    teller.console.file = terminal = os.fdopen(theirs, "w")
    teller("begun")
    os.close(ours)
    with pytest.raises(OSError, match=r"\[Errno 5\]"):
        os.write(theirs, b"gone")
    whole = up.Machine(up.Addresses("", "", True), [script("api", FAITHFUL)], teller, echo=False)
    running = asyncio.create_task(whole.run(never))
    await begun(whole)
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.wait_for(running, 10)
    with contextlib.suppress(OSError):
        terminal.close()


async def test_a_worker_that_hangs_is_killed_and_its_neighbour_is_not(script, home, monkeypatch):
    monkeypatch.setattr(up, "WATCH_S", 0.1)
    monkeypatch.setattr(up, "HUNG_S", 0.5)
    monkeypatch.setattr(workers, "ALIVE_S", 1.0)
    said: list[str] = []
    names = {f"worker-{number}": f"w_{number}" for number in (1, 2)}
    asked = [dataclasses.replace(script(name, FAITHFUL), worker=worker) for name, worker in names.items()]
    whole = machine(asked, said)
    stuck, ready = asyncio.Event(), asyncio.Event()

    async def beats(worker: str) -> None:
        while not (stuck.is_set() and worker == "w_1"):
            await workers.beat(worker, 0, {})
            await asyncio.sleep(0.1)

    async def tell() -> None:
        ready.set()

    checks = whole._checks
    monkeypatch.setattr(whole, "_checks", lambda client: {k: v for k, v in checks(client).items() if k in names})
    beating = [asyncio.create_task(beats(worker)) for worker in names.values()]
    running = asyncio.create_task(whole.run(tell))
    await asyncio.wait_for(ready.wait(), 10)
    await asyncio.sleep(2)
    assert said == []
    stuck.set()
    await until(lambda: whole.children[0].starts == 2)
    assert said[0] == "worker-1 lives and does not answer; it is killed"
    assert whole.children[1].starts == 1
    await asyncio.sleep(1)
    assert whole.children[0].starts == 2, "one that begins is given more time"
    whole.stop()
    await running
    for task in beating:
        task.cancel()
    await asyncio.gather(*beating, return_exceptions=True)


def test_logs_are_whole_lines_and_kept_small(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.child.LOG_BYTES", 1000)
    log = Log("api", tmp_path / "api.log", echo=False)
    log.take("鸟".encode()[:1])
    log.take("鸟".encode()[1:] + b" sings\nha")
    log.take(b'lf\n{"message": "said as JSON"}\n')
    assert (tmp_path / "api.log").read_text(encoding="utf-8").splitlines()[:2] == ["鸟 sings", "half"]
    assert log.last == "said as JSON"
    log.take(b"x" * 99 + b"\n" + b"".join(b"%099d\n" % number for number in range(60)))
    log.close()
    files = sorted(tmp_path.glob("api.log*"))
    assert len(files) == 3
    assert sum(file.stat().st_size for file in files) <= 3100


def test_a_taken_port_is_named_with_its_setting(home, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("FLYWHEEL_PREFECT_PORT", str(port))
        monkeypatch.setenv("FLYWHEEL_PORT", str(free_port()))
        settings.cache_clear()
        with pytest.raises(Conflict, match=rf"Port {port} .*--prefect-port N \(FLYWHEEL_PREFECT_PORT\)"):
            up.check_ports(up.Addresses("", "", own_prefect=True))
        up.check_ports(up.Addresses("", "", own_prefect=False))


def test_others_are_not_let_in_without_keys(home, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_HOST", "0.0.0.0")
    settings.cache_clear()
    with pytest.raises(BadInput, match="FLYWHEEL_AUTH"):
        up.check_ports(up.Addresses("", "", own_prefect=False))


def test_one_for_each_home(home):
    with up.alone(), pytest.raises(Conflict, match=r"already runs.*FLYWHEEL_HOME"), up.alone():
        pass
    with up.alone():
        pass


def test_a_prefect_that_is_named_is_used_or_missed(home, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    with pytest.raises(Unreachable, match="unset PREFECT_API_URL"):
        up.addresses()


def test_without_a_prefect_of_our_own_none_is_started(home, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_WORKERS", "2")
    settings.cache_clear()
    (home / "metrics").mkdir(parents=True)
    (home / "metrics" / "counter_1.db").write_bytes(b"of another life")
    named = up.services(up.Addresses("", "http://elsewhere/api", own_prefect=False))
    assert [service.name for service in named] == ["api", "worker-1", "worker-2"]
    assert all(service.environment["PREFECT_API_URL"] == "http://elsewhere/api" for service in named)
    assert all(service.environment[metrics.FOLDER] == str(home / "metrics") for service in named)
    assert not list((home / "metrics").iterdir())
    own = up.services(up.Addresses("", "", own_prefect=True))
    assert own[-1].name == "prefect"
    assert metrics.FOLDER not in own[-1].environment


@contextlib.contextmanager
def collector():
    """An OTLP collector: its address, and the spans that it was sent as (service, span)."""
    spans = []

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
                spans.extend((service, span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collect) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", spans
        finally:
            server.shutdown()
            thread.join()


def film(address: str, headers: dict[str, str]) -> None:
    """Have a film made, and wait for its end."""
    brief = {"topic": "How honeybees find flowers", "seconds": 5, "height": 480}
    asked = {"brief": brief, "make": True}
    made = httpx.post(f"{address}/api/projects", json=asked, headers=headers, timeout=30)
    assert made.status_code == 201, made.text
    run = f"{address}/api/runs/{made.json()['run']}"
    end = time.monotonic() + 90
    while (state := httpx.get(run, headers=headers).json()["state"]) != "done":
        assert state in {"queued", "running"}
        assert time.monotonic() < end
        time.sleep(0.2)


def check_trace(spans) -> None:
    """The request, the run, its steps and its engines are one tree."""
    services = {span.name: service for service, span in spans}
    assert services["POST /api/projects"] == "flywheel-api"
    assert services["run film"] == services["step set_anchor"] == services["engine speech"] == "flywheel-worker"
    request = next(span for _, span in spans if span.name == "POST /api/projects")
    tree = {span.span_id: span for _, span in spans if span.trace_id == request.trace_id}
    run = next(span for span in tree.values() if span.name == "run film")
    assert run.parent_span_id == request.span_id
    for span in tree.values():
        above = tree.get(span.parent_span_id)
        kind = span.name.split()[0]
        assert kind in {"POST", "run"} or above.name.split()[0] in {"run", "step"}, span.name
    assert any(s.name == "engine speech" and tree[s.parent_span_id].name == "step speak" for s in tree.values())


def started(home: Path, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "FLYWHEEL_"))}
    given = {"FLYWHEEL_HOME": str(home), "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "flows", "up", "--engine", "sketch"]
    return subprocess.Popen(
        command, env={**kept, **given}, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_the_whole_starts_makes_a_film_heals_and_stops(tmp_path):
    with collector() as (endpoint, spans):
        starts_makes_a_film_heals_and_stops(tmp_path / "home", endpoint)
        check_trace(spans)


def starts_makes_a_film_heals_and_stops(home, endpoint):
    api = free_port()
    ports = {"FLYWHEEL_PORT": str(api), "FLYWHEEL_PREFECT_PORT": str(free_port()), "FLYWHEEL_AUTH": "keys"}
    ports["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    running = started(home, **ports)
    try:
        assert running.stdout
        said = ""
        while "logs " not in said or "key " not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        key = re.findall(r"fw_[\w-]+", said)
        assert len(key) == 1
        assert f"http://127.0.0.1:{api}/docs" in said

        address = f"http://127.0.0.1:{api}"
        assert httpx.get(f"{address}/readyz").json()["ready"]
        assert httpx.get(f"{address}/api/me").status_code == 401
        assert httpx.get(f"{address}/api/me", headers={"Authorization": f"Bearer {key[0]}"}).json()["tenant"] == "main"
        ui = httpx.get(f"http://127.0.0.1:{ports['FLYWHEEL_PREFECT_PORT']}/", follow_redirects=True)
        assert "html" in ui.headers["content-type"]

        film(address, {"Authorization": f"Bearer {key[0]}"})
        another = started(home, **ports)
        told, _ = another.communicate(timeout=60)
        assert another.returncode == 75
        assert "already runs" in told

        children = psutil.Process(running.pid).children()
        words = {child.pid: " ".join(child.cmdline()) for child in children}
        assert len(children) == 3
        serving = next(pid for pid, command in words.items() if "tethered api.serve" in command)
        os.kill(serving, signal.SIGKILL)
        assert "api was killed by SIGKILL" in running.stdout.readline()
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/readyz").is_success:
                    break
            time.sleep(0.1)

        children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGTERM)
        told, _ = running.communicate(timeout=60)
        assert running.returncode == 0, told
        assert "stopped" in told
        assert "killed" not in told
        assert all(gone(child.pid) for child in children)
        assert {log.name for log in (home / "logs").iterdir()} == {"api.log", "worker-1.log", "prefect.log"}
    finally:
        running.kill()
        running.communicate()
