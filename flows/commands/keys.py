"""`flywheel keys`: API keys of this installation: make, list, revoke."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Column, Table

from infra import keys
from infra.database import close_database
from infra.keys import FIRST_TENANT, Key

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the key is for.")]
Tenant = Annotated[str, typer.Option(help="Whose projects it opens.")]
User = Annotated[str | None, typer.Option(help="Who is counted for its use; unset: the name.", show_default=False)]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="read, write (and read) or admin (all).")]
Whose = Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]


@app.command("create")
def create_key(
    name: Name, tenant: Tenant = FIRST_TENANT, user: User = None, scope: Scopes = None, as_json: Json = False
) -> None:
    """Make a key and show it, this once; without --scope it may read and write."""
    key, secret = _run(keys.create(tenant, user or name, name, scope or ["write"]))
    if as_json:
        _write({**_row(key), "key": secret})
        return
    console = Console(highlight=False)
    console.print(secret, soft_wrap=True, markup=False)
    told = f"{key.id}: {key.user} of {key.tenant} may {', '.join(sorted(key.scopes))}."
    console.print(f"{told} Keep the key: it is not shown again.", soft_wrap=True, markup=False)


@app.command("list")
def list_keys(tenant: Whose = None, as_json: Json = False) -> None:
    """Show every key: whose it is and what it allows; the keys themselves are kept nowhere."""
    rows = [_row(key) for key in _run(keys.all_keys(tenant))]
    if as_json:
        _write({"keys": rows})
        return
    table = Table(*(Column(name, no_wrap=True) for name in COLUMNS), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(", ".join(row[name]) if name == "scopes" else str(row[name] or "") for name in COLUMNS))
    Console(highlight=False, width=WIDE).print(table)


@app.command("revoke")
def revoke_key(key: Annotated[str, typer.Argument(help="Its id, k_…")], as_json: Json = False) -> None:
    """Make a key useless from now on, in every process."""
    _run(keys.revoke(key))
    if as_json:
        _write({"revoked": key})
    else:
        Console(highlight=False).print(f"{key} is revoked.", soft_wrap=True, markup=False)


WIDE = 240
"""Columns of a line: an id that is cut off cannot be given to `revoke`."""
COLUMNS = ("id", "name", "tenant", "user", "scopes", "created", "revoked")


def _row(key: Key) -> dict[str, Any]:
    created = _day(key.created)
    revoked = None if key.revoked is None else _day(key.revoked)
    return {
        "id": key.id, "name": key.name, "tenant": key.tenant, "user": key.user, "scopes": sorted(key.scopes),
        "created": created, "revoked": revoked,
    }  # fmt: skip


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _run(work: Coroutine[Any, Any, T]) -> T:
    async def closing() -> T:
        try:
            return await work
        finally:
            await close_database()

    return asyncio.run(closing())


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
