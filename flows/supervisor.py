"""`flywheel up`: everything one machine needs, as children of one process that keeps them alive.

Prefect's server, the workers and the API are started together and watched. What dies is started again, a little later
each time it dies soon; at the end they stop in order, and none outlives its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

import httpx

from infra import workers
from infra.errors import BadInput, Unreachable
from infra.settings import settings

PATIENCE_S = 180
LOOK_S = 0.25
SOON_S = 10.0
"""A child that lived longer than this is started again at once."""
FIRST_AGAIN_S, LAST_AGAIN_S = 0.5, 10.0
DEATHS_AT_START = 3
DRAIN_S, QUIT_S = 20.0, 10.0
LOG_BYTES, LOGS_KEPT = 5_000_000, 3
PR_SET_PDEATHSIG = 1

Healthy = Callable[[], Awaitable[bool]]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """A child: its name, what is run, whether it does its work, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    healthy: Healthy
    stops_s: float = QUIT_S
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A part that runs, and is started again when it dies."""

    def __init__(self, part: Part, log: Path, say: Say, *, verbose: bool) -> None:
        self.part, self.say = part, say
        self._log = RotatingFileHandler(log, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8")
        self._log.terminator = ""
        self._verbose = verbose
        self._process: Process | None = None
        self.deaths = 0
        self._stopping = False
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        wait_s = FIRST_AGAIN_S
        while not self._stopping:
            begun = time.monotonic()
            code = await self._once()
            if self._stopping:
                return
            self.deaths += 1
            wait_s = FIRST_AGAIN_S if time.monotonic() - begun > SOON_S else min(2 * wait_s, LAST_AGAIN_S)
            self.say(f"{self.part.name} {_how(code)}; it is started again in {wait_s:g} s ({self._log.baseFilename})")
            await asyncio.sleep(wait_s)

    async def _once(self) -> int:
        """Start it, keep what it says, and wait for its end."""
        self._process = await asyncio.create_subprocess_exec(
            *self.part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.part.environment},
            start_new_session=True,  # Ctrl-C is ours: we stop them in order
            preexec_fn=_die_with_parent,
        )
        if output := self._process.stdout:
            while said := await output.read(65_536):
                self._heard(said.decode("utf-8", "replace"))
        return await self._process.wait()

    def _heard(self, text: str) -> None:
        self._log.emit(logging.makeLogRecord({"msg": text}))
        if self._verbose:
            for line in text.splitlines():
                self.say(f"[{self.part.name}] {line}")

    async def stop(self) -> None:
        """Ask it to end; end it when it does not in time."""
        self._stopping = True
        process = self._process
        if process and process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.part.stops_s)
            self.kill()
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        self._log.close()

    def kill(self) -> None:
        """End it, and whatever it started, now."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """All children: started in order, each when the one before it is well; stopped in the other order."""

    def __init__(self, parts: list[list[Part]], logs: Path, say: Say, *, verbose: bool = False) -> None:
        self.parts, self.logs, self.say, self.verbose = parts, logs, say, verbose
        self.children: list[Child] = []
        self.stopping = asyncio.Event()

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Start all, call *ready*, and keep them until `stopping` is set.

        Raises:
            Unreachable: a part is not well within three minutes.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            for together in self.parts:
                await self._started(together)
            if not self.stopping.is_set():
                await ready()
            await self.stopping.wait()
        finally:
            await self._stop()

    async def _started(self, together: list[Part]) -> None:
        begun = [Child(part, self.logs / f"{part.name}.log", self.say, verbose=self.verbose) for part in together]
        self.children += begun
        await asyncio.gather(*[self._well(child) for child in begun])

    async def _well(self, child: Child) -> None:
        part, end = child.part, time.monotonic() + PATIENCE_S
        while not self.stopping.is_set() and not await part.healthy():
            if time.monotonic() > end or child.deaths >= DEATHS_AT_START:
                what = (
                    f"is not ready after {PATIENCE_S} s" if time.monotonic() > end else "ends as soon as it is started"
                )
                raise Unreachable(f"{part.name} {what}.", f"See {self.logs / part.name}.log.")
            await asyncio.sleep(LOOK_S)

    async def _stop(self) -> None:
        """The API first, that nobody asks for more; then the workers, that finish; Prefect last."""
        stages: dict[str, list[Child]] = {}
        for child in reversed(self.children):
            stages.setdefault(child.part.name.rstrip("0123456789-"), []).append(child)
        for together in stages.values():
            await asyncio.gather(*[child.stop() for child in together])

    def kill(self) -> None:
        """End all of them now."""
        for child in self.children:
            child.kill()


def parts(prefect_url: str, *, own_prefect: bool) -> list[list[Part]]:
    """What one machine needs, in the order of its starting."""
    now = settings()
    common = {"PREFECT_API_URL": prefect_url, "PYTHONUNBUFFERED": "1"}
    prefect = Part("prefect", prefect_command(), lambda: _answers(f"{prefect_url}/health"), environment=PREFECT)
    names = [f"worker-{n}" for n in range(1, now.workers + 1)]
    work = (sys.executable, "-m", "flows", "worker", "--drain", f"{DRAIN_S:g}")
    api = Part("api", (sys.executable, "-m", "api.serve"), lambda: _answers(f"{api_url()}/healthz"), environment=common)
    workers_ = [Part(name, work, _working, stops_s=DRAIN_S + QUIT_S, environment=common) for name in names]
    return [*([[prefect]] if own_prefect else []), [*workers_, api]]


PREFECT = {
    "PREFECT_UI_ENABLED": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_ROOT_LEVEL": "ERROR",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
}
"""Prefect's server: with its UI, quiet, and without a history that grows for ever."""


def prefect_command() -> tuple[str, ...]:
    """Prefect's server as one process; its own command starts a second one, which a kill of the first leaves behind."""
    port = str(settings().prefect_port)
    app = ("-m", "uvicorn", "--factory", "prefect.server.api.server:create_app")
    quiet = ("--log-level", "warning", "--no-access-log", "--lifespan", "on", "--timeout-graceful-shutdown", "5")
    return (sys.executable, *app, "--host", "127.0.0.1", "--port", port, *quiet)


def api_url() -> str:
    """Where the API answers on this machine."""
    host = settings().host
    return f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{settings().port}"  # noqa: S104


def check_port(port: int, variable: str, host: str = "127.0.0.1") -> None:
    """Refuse to start where somebody else listens.

    Raises:
        BadInput: the port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"Port {port} cannot be used: {error.strerror}.",
                f"Stop what listens there, or choose another: {variable}.",
            ) from error


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        with contextlib.suppress(httpx.HTTPError):
            return (await client.get(url)).is_success
    return False


async def _working() -> bool:
    """Whether all workers say that they live."""
    with contextlib.suppress(Unreachable):
        return len(await workers.alive()) >= settings().workers
    return False


def _die_with_parent() -> None:
    """In the child, before it begins: be told to stop when the parent is gone, however it went (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _how(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
