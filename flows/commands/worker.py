"""`flywheel worker`: a warm worker that executes the runs of our deployments until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Annotated

import typer

from flows.running import healthy
from infra.errors import Unreachable
from infra.settings import settings
from infra.telemetry import observed

log = logging.getLogger(__name__)
PATIENCE_S = 120
LOOK_S = 0.1


def worker(
    runs_at_once: Annotated[int | None, typer.Option(help="Runs executed at a time. [default: the setting]")] = None,
    drain: Annotated[float, typer.Option(help="Seconds that runs get to finish when the worker is stopped.")] = 20,
    name: Annotated[str | None, typer.Option("--id", help="What it is called by. [default: a new name]")] = None,
) -> None:
    """Execute runs until SIGTERM or Ctrl-C; what is not finished then goes on elsewhere."""
    os.environ.setdefault("PREFECT_API_URL", f"http://127.0.0.1:{settings().prefect_port}/api")
    _await_prefect(os.environ["PREFECT_API_URL"])
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with observed("worker"):
        _work(runs_at_once or settings().runs_at_once, drain, name, stopping)


def _work(limit: int, drain_s: float, name: str | None, stopping: threading.Event) -> None:
    """Work in a thread of its own: in the main one, Prefect's engine would take the signals for itself."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_worked(limit, drain_s, name, stopping))
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            errors.append(error)

    thread = threading.Thread(target=run, name="flywheel-worker")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


async def _worked(limit: int, drain_s: float, name: str | None, stopping: threading.Event) -> None:
    from flows.runner import Runner
    from infra import pools

    runner = Runner(limit=limit, drain_s=drain_s, name=name)
    watching = asyncio.create_task(_watch(stopping, runner.stop))
    try:
        await runner.run(lambda: log.info("worker %s is ready", runner.id))
    finally:
        watching.cancel()
        pools.stop()
    log.info("worker %s has stopped", runner.id)


async def _watch(stopping: threading.Event, stop: Callable[[], None]) -> None:
    while not stopping.is_set():  # noqa: ASYNC110 - a signal is told in the main thread
        await asyncio.sleep(LOOK_S)
    stop()


def _await_prefect(url: str) -> None:
    """Wait until Prefect answers; `flywheel up` starts it beside us.

    Raises:
        Unreachable: it does not within two minutes.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if healthy(url):
            return
        time.sleep(0.5)
    raise Unreachable(f"No Prefect server answers at {url}.", "Start it (flywheel up), or set PREFECT_API_URL.")
