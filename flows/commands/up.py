"""`flywheel up`: Prefect, warm workers and the API of one machine, with one command."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.console import Console

from flows import running, supervisor
from flows.commands.create import choose_engines, weights_at_hand
from infra import keys
from infra.database import close_database
from infra.errors import Conflict
from infra.settings import settings


def up(
    workers: Annotated[int | None, typer.Option(help="Worker processes. [default: the setting]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the API. [default: the setting]")] = None,
    host: Annotated[str | None, typer.Option(help="Address of the API. [default: the setting]")] = None,
    engine: Annotated[str | None, typer.Option(help="sketch: tiny engines everywhere, for trying out.")] = None,
    verbose: Annotated[bool, typer.Option(help="Show what the parts log.")] = False,
) -> None:
    """Start everything one machine needs, and keep it running until Ctrl-C or SIGTERM."""
    given = {"FLYWHEEL_WORKERS": workers, "FLYWHEEL_PORT": port, "FLYWHEEL_HOST": host}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    choose_engines(engine)
    settings.cache_clear()
    weights_at_hand()
    keys.check_binding(settings().host)
    with _alone():
        asyncio.run(_run(verbose=verbose))


@contextmanager
def _alone() -> Iterator[None]:
    """Only one at a time for each home folder.

    Raises:
        Conflict: another one runs.
    """
    home = settings().home
    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / "up.lock", timeout=0):
            yield
    except Timeout:
        raise Conflict(
            f"flywheel up already runs for {home}.",
            "Stop it first, or give this one a folder of its own: FLYWHEEL_HOME.",
        ) from None


async def _run(*, verbose: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    found = running.running_server() if "PREFECT_API_URL" in os.environ else None
    url = found.url if found else f"http://127.0.0.1:{settings().prefect_port}/api"
    if not found:
        supervisor.check_port(settings().prefect_port, "FLYWHEEL_PREFECT_PORT")
    supervisor.check_port(settings().port, "FLYWHEEL_PORT", settings().host)
    watching = supervisor.Supervisor(
        supervisor.parts(url, own_prefect=found is None),
        settings().home / "logs",
        lambda line: console.print(line, markup=False),
        verbose=verbose,
    )
    _stop_on_signals(watching)
    console.print("Starting Prefect, the workers and the API …")
    try:
        await watching.run(lambda: _tell(console, url))
    finally:
        await close_database()
    console.print("Stopped.")


def _stop_on_signals(watching: supervisor.Supervisor) -> None:
    """The first signal stops in order, the second at once."""

    def stop() -> None:
        if watching.stopping.is_set():
            watching.kill()
        watching.stopping.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)


async def _tell(console: Console, prefect_url: str) -> None:
    api = supervisor.api_url()
    console.print(f"[bold green]✓ Flywheel is up.[/]  API  {api}  (described at {api}/docs)")
    console.print(f"  Prefect  {prefect_url.removesuffix('/api')}", markup=False)
    console.print(f"  logs  {settings().home / 'logs'}", markup=False)
    if settings().auth == "keys" and (key := await keys.first_key()):
        console.print(f"  first API key, shown only now:  {key}", markup=False)
    console.print("  Ctrl-C stops it.")
