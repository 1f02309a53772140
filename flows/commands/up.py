"""`flywheel up`: everything that one machine needs, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows.commands.create import choose_engines, weights_at_hand
from flows.up import Addresses, Machine, addresses, alone, check_ports, services
from infra import keys
from infra.settings import settings


def up(
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes. [default: the setting]")] = None,
    host: Annotated[str | None, typer.Option(help="Address the API listens on. [default: the setting]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the API. [default: the setting]")] = None,
    prefect_port: Annotated[int | None, typer.Option(help="Port of Prefect. [default: the setting]")] = None,
    engine: Annotated[str | None, typer.Option(help="sketch: tiny engines everywhere, for trying out.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what the processes log.")] = False,
) -> None:
    """Start Prefect, the workers and the API; start again what dies; stop it all at Ctrl-C."""
    choose_engines(engine)
    _choose(workers=workers, host=host, port=port, prefect_port=prefect_port)
    weights_at_hand()
    say = Teller()
    with alone():
        found = addresses()
        check_ports(found)
        asyncio.run(_run(found, say, echo=verbose))
    say("stopped")


class Teller:
    """Tells a person what happens, and when; a terminal that is gone is told nothing, and all goes on."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.begun = time.monotonic()

    def __call__(self, line: str) -> None:
        """Say *line*."""
        with suppress(OSError):
            self.console.print(f"{time.monotonic() - self.begun:6.1f} s  {line}", markup=False)

    def welcome(self, found: Addresses, key: str | None) -> None:
        """Say where everything is, and the first key if there is one."""
        table = Table.grid(padding=(0, 2))
        rows = {
            "API": found.api, "docs": f"{found.api}/docs", "Prefect": found.prefect_ui,
            "logs": str(settings().home / "logs"), **({"key": f"{key}  (shown this once)"} if key else {}),
        }  # fmt: skip
        for name, where in rows.items():
            table.add_row(f"  {name}", where)
        self("ready")
        with suppress(OSError):
            self.console.print(table, soft_wrap=True)


async def _run(found: Addresses, say: Teller, *, echo: bool) -> None:
    async def ready() -> None:
        key = await keys.first_key() if settings().auth == "keys" else None
        say.welcome(found, key)

    say("starting Prefect, the workers and the API" if found.own_prefect else f"using Prefect at {found.prefect}")
    await Machine(found, services(found), say, echo=echo).run(ready)


def _choose(**given: str | int | None) -> None:
    """Options of the command line are settings of this process and of its children.

    Raises:
        BadInput: one of them cannot be.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"FLYWHEEL_{name.upper()}"] = str(value)
    settings.cache_clear()
    settings()
