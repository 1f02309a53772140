"""Everything that one machine needs, as child processes: Prefect, the workers, the API.

They start together and wait for each other themselves; each is started again when it dies. They end in order: the
API first, so that nothing new is accepted, then the workers, which finish or hand back what they do, then Prefect.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import httpx
from filelock import FileLock, Timeout

from flows.child import Child, Service
from flows.running import healthy
from infra import keys, metrics, workers
from infra.database import close_database
from infra.errors import BadInput, Conflict, Unreachable
from infra.ids import fresh
from infra.settings import settings
from infra.store import no_room

LOOPBACK = "127.0.0.1"
READY_S, LOOK_S = 180.0, 0.25
HUNG_S, WATCH_S = 60.0, 5.0
"""A process that lives and does not answer for so long is killed, and so started again."""
DRAIN_S = 20.0
EVENTS_KEPT = "P1D"
"""Prefect's own events are kept for a day; ours are the log."""

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]
Answers = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Addresses:
    """Where everything is."""

    api: str
    prefect: str
    own_prefect: bool

    @property
    def prefect_ui(self) -> str:
        """Prefect's own pages."""
        return self.prefect.rstrip("/").removesuffix("/api")


def addresses() -> Addresses:
    """Where everything is to be, by the settings and by PREFECT_API_URL.

    Raises:
        Unreachable: PREFECT_API_URL is set and nothing answers there.
    """
    now, named = settings(), os.environ.get("PREFECT_API_URL")
    host = LOOPBACK if now.host in {"0.0.0.0", "::", ""} else now.host  # noqa: S104 - every address of this machine
    api = f"http://{f'[{host}]' if ':' in host else host}:{now.port}"
    if named and not healthy(named, within_s=5):
        raise Unreachable(
            f"No Prefect server answers at {named}.",
            "Start it (prefect server start), or unset PREFECT_API_URL: then flywheel up starts its own.",
        )
    return Addresses(api, named or f"http://{LOOPBACK}:{now.prefect_port}/api", own_prefect=not named)


@contextmanager
def alone() -> Iterator[None]:
    """Be the only `flywheel up` of this home.

    Raises:
        Conflict: another one runs.
        StoreFull: the home folder cannot be written.
    """
    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "up.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Conflict(
            f"flywheel up already runs for {home}.",
            "Use that one, stop it, or name another home: FLYWHEEL_HOME (and other ports: --port, --prefect-port).",
        ) from error
    except OSError as error:
        raise no_room(home, error) from error
    try:
        yield
    finally:
        lock.release()


def check_ports(found: Addresses) -> None:
    """See that nobody has the ports.

    Raises:
        Conflict: a port is taken.
        BadInput: the address is not this machine's.
    """
    keys.check_binding(settings().host)
    _check_port(settings().host, settings().port, "--port", "FLYWHEEL_PORT")
    if found.own_prefect:
        _check_port(LOOPBACK, settings().prefect_port, "--prefect-port", "FLYWHEEL_PREFECT_PORT")


def services(found: Addresses) -> list[Service]:
    """What is to run, in the order in which it is stopped."""
    home = settings().home
    counted = metrics.share(home / "metrics")
    common = {**counted, "PREFECT_API_URL": found.prefect, "PYTHONUNBUFFERED": "1"}
    api = Service("api", "api.serve", environment=common)
    working = [_worker(number, common) for number in range(1, settings().workers + 1)]
    return [api, *working, *([_prefect(found)] if found.own_prefect else [])]


@dataclass
class Heard:
    """When a process that is watched answered last."""

    process: int | None = None
    begun: float = 0.0
    last: float = 0.0
    ever: bool = False

    def is_hung(self, process: int | None, *, answers: bool) -> bool:
        """Whether *process* has not answered for so long that it never will.

        One that has just begun is not taken to answer: it may be the process before it that still seems to live.
        """
        now = time.monotonic()
        if process is None or process != self.process:
            self.process, self.begun, self.last, self.ever = process, now, now, False
        elif answers and now - self.begun > workers.ALIVE_S:
            self.last, self.ever = now, True
        hung = now - self.last > (HUNG_S if self.ever else READY_S)
        self.last = now if hung else self.last
        return hung


class Machine:
    """The running whole."""

    def __init__(self, found: Addresses, wanted: Sequence[Service], say: Say, *, echo: bool) -> None:
        self.found, self.say = found, say
        logs, counted = settings().home / "logs", settings().home / "metrics"
        self.children = [Child(one, logs, say, lambda pid: metrics.forget(counted, pid), echo) for one in wanted]
        self._asked = 0
        self._stop = asyncio.Event()

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Keep everything running until a signal; *ready* is called once all of it answers."""
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.stop)
        keeping = {child: asyncio.create_task(child.keep()) for child in self.children}
        watching = asyncio.create_task(self._watch(ready))
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({watching, stopping, *keeping.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            watching.cancel()
            results = await asyncio.gather(watching, return_exceptions=True)
            await self._stopped(keeping)
            await close_database()
            for number in STOPPING:
                loop.remove_signal_handler(number)
        for ended in (*results, *await asyncio.gather(*keeping.values(), return_exceptions=True)):
            if isinstance(ended, Exception):
                raise ended

    def stop(self) -> None:
        """End everything, in order; asked again, at once."""
        self._asked += 1
        if self._asked == 1:
            self._stop.set()
            self.say("stopping: the API, then the workers, then Prefect; once more to stop at once")
        else:
            for child in self.children:
                child.ask()
                child.kill()

    async def _stopped(self, keeping: dict[Child, asyncio.Task[None]]) -> None:
        """Stop one kind after the other; who does not end in time is killed."""
        for kind in ("api", "worker", "prefect"):
            of_kind = [child for child in self.children if child.service.name.startswith(kind)]
            for child in of_kind:
                child.ask()
            tasks = {child: keeping[child] for child in of_kind}
            if tasks:
                await asyncio.wait(tasks.values(), timeout=of_kind[0].service.grace_s)
            for child, task in tasks.items():
                if not task.done():
                    self.say(f"{child.service.name} did not end in {child.service.grace_s:g} s and is killed")
                    child.kill()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _watch(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Tell when everything answers; after that, kill what lives and has not answered for long."""
        async with httpx.AsyncClient(timeout=WATCH_S) as client:
            checks = self._checks(client)
            await self._awaited(checks)
            await ready()
            heard = {child: Heard() for child in self.children if child.service.name in checks}
            while True:
                await asyncio.sleep(WATCH_S)
                for child, last in heard.items():
                    name = child.service.name
                    if last.is_hung(child.process, answers=await self._does(checks[name])):
                        self.say(f"{name} lives and does not answer; it is killed")
                        child.kill()

    async def _does(self, answers: Answers) -> bool:
        """Whether a process answers; while the database does not, no worker can."""
        try:
            return await answers()
        except Unreachable:
            return True

    def _checks(self, client: httpx.AsyncClient) -> dict[str, Answers]:
        async def prefect() -> bool:
            return await _answers(client, f"{self.found.prefect.rstrip('/')}/health")

        async def api() -> bool:
            return await _answers(client, f"{self.found.api}/healthz")

        async def beats(worker: str) -> bool:
            return worker in {one.id for one in await workers.alive()}

        working = [child.service for child in self.children if child.service.worker]
        return {"prefect": prefect, "api": api, **{one.name: partial(beats, one.worker) for one in working}}

    async def _awaited(self, checks: dict[str, Answers]) -> None:
        """Wait until all answer; say once which of them take long."""
        left, late = dict(checks), time.monotonic() + READY_S
        while left:
            for name, answers in list(left.items()):
                with suppress(Unreachable):
                    if await answers():
                        del left[name]
            if left and time.monotonic() > late:
                self.say(f"not yet there: {', '.join(left)}; see {settings().home / 'logs'}")
                late = float("inf")
            await asyncio.sleep(LOOK_S if left else 0)


def _worker(number: int, environment: Mapping[str, str]) -> Service:
    name = fresh("w")
    words = ("worker", "--drain", f"{DRAIN_S:g}", "--id", name)
    return Service(f"worker-{number}", "flows", words, environment, grace_s=DRAIN_S + 10, worker=name)


def _prefect(found: Addresses) -> Service:
    """Prefect's server: its database under the home folder, its pages, its own events for a day."""
    port = str(settings().prefect_port)
    environment = {
        "PREFECT_API_URL": found.prefect,
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": port,
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": EVENTS_KEPT,
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    words = ("--factory", "prefect.server.api.server:create_app", "--host", LOOPBACK, "--port", port)
    quiet = ("--log-level", "warning", "--lifespan", "on", "--timeout-graceful-shutdown", "3")
    return Service("prefect", "uvicorn", (*words, *quiet), environment)


def _check_port(host: str, port: int, option: str, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                what = f"Nothing can listen on {host}:{port}: {error.strerror or error}."
                raise BadInput(what, f"Choose another: --host (FLYWHEEL_HOST), {option} ({setting}).") from error
            raise Conflict(
                f"Port {port} on {host} is taken by another program.",
                f"Stop that program, or choose another port: {option} N ({setting}).",
            ) from error


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    with suppress(httpx.HTTPError):
        return (await client.get(url)).is_success
    return False
