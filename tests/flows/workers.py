"""Worker processes for tests, and a look at what they did."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.flow_runs import asuspend_flow_run
from prefect.settings import PREFECT_API_URL
from sqlalchemy import select

from infra import eventlog, events, tables
from infra.database import reading
from infra.settings import settings

ROOT = Path(__file__).parents[2]
READY = re.compile(r"worker (w_\w+) is ready")

PROGRAM = """
import os, sys
from flows.environment import prepare
prepare()
from infra import events
from flows.commands.worker import worker
from flows.deployments import DEPLOYMENTS
from tests.flows.workers import gated

DEPLOYMENTS["gated"] = gated

def hear(event):
    if event.kind == "step.done" and not event.data["reused"]:
        with open(os.environ["WITNESS"], "a") as file:
            file.write(event.data["key"] + " " + event.data["step"] + "\\n")

with events.listening(hear):
    worker(runs_at_once=int(sys.argv[1]), drain=float(sys.argv[2]))
"""
"""A worker as `flywheel worker` is one, with a witness of what is really computed."""


@flow(name="gated")
async def gated(word: str) -> None:
    """Wait until somebody lets it go on; or meet an outage of Prefect the first time, and go on by itself."""
    if word == "outage":
        met = settings().home / "met"
        if not met.exists():
            met.touch()
            raise ConcurrencySlotAcquisitionError("Unable to acquire concurrency slots")
    else:
        await asuspend_flow_run(timeout=60, key="gate")
    events.emit("job.phase", phase="said", content={"word": word})


BRIEF = {"topic": "How honeybees find flowers", "seconds": 5, "height": 480, "fps": 24}


@dataclass
class Workers:
    """The worker processes of one test, on one home folder."""

    home: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    async def start(self, *, runs: int = 4, drain: float = 20) -> subprocess.Popen[str]:
        """A worker that is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / f"worker-{len(self.processes)}.log"
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "FLYWHEEL_HOME": str(self.home), "WITNESS": str(self.witness),
            "PREFECT_API_URL": PREFECT_API_URL.value(),
        }  # fmt: skip
        process = spawned([sys.executable, "-c", PROGRAM, str(runs), str(drain)], environment, log)
        self.processes.append(process)
        await until(lambda: READY.search(log.read_text()) or process.poll() is not None, 90)
        ready = READY.search(log.read_text())
        assert ready, log.read_text()
        process.worker = ready[1]
        return process

    @property
    def witness(self) -> Path:
        return self.home / "witness"

    def computed(self) -> list[str]:
        """The keys of all that was computed, in order, each as often as it was."""
        return self.witness.read_text().splitlines() if self.witness.exists() else []

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def spawned(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[str]:
    with log.open("w") as out:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)


async def begin(parameters: dict[str, Any], key: str | None = None, deployment: str = "create/film") -> UUID:
    """Start a run of a deployment as Prefect's UI does, or with an idempotency *key* as the API does."""
    async with get_client() as client:
        found = await client.read_deployment_by_name(deployment)
        run = await client.create_flow_run_from_deployment(found.id, parameters=parameters, idempotency_key=key)
    return run.id


async def row_of(flow_run: UUID) -> Any:
    """The run's row; None while there is none."""
    async with reading() as db:
        chosen = select(tables.runs).where(tables.runs.c.flow_run == str(flow_run))
        return (await db.execute(chosen)).first()


async def told(flow_run: UUID) -> list[eventlog.Logged]:
    """What the log has of a run."""
    row = await row_of(flow_run)
    return [event for event in await eventlog.read(row.stream) if event.run == row.id] if row else []


async def kinds(flow_run: UUID) -> list[str]:
    return [event.kind for event in await told(flow_run)]


async def ended(flow_run: UUID, within_s: float = 90, attempt: int = 1) -> eventlog.Logged:
    """The last event of a run, once it has ended for the *attempt*-th time."""
    found: list[eventlog.Logged] = []

    async def over() -> bool:
        found[:] = [event for event in await told(flow_run) if event.kind in eventlog.ENDS]
        return len(found) >= attempt

    await until(over, within_s)
    return found[-1]


async def state_of(flow_run: UUID) -> str:
    async with get_client() as client:
        return (await client.read_flow_run(flow_run)).state_name or ""


async def until(true: Callable[[], Any], within_s: float) -> None:
    """Wait until something is true."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        result = true()
        if await result if asyncio.iscoroutine(result) else result:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"it did not come true within {within_s:g} s (home: {settings().home})")


def data(event: eventlog.Logged) -> dict[str, Any]:
    return json.loads(event.data)
