"""The workers that live: one row each, which they touch every two seconds; what they offer and do stands in it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from infra.database import reading, upsert, writing
from infra.errors import Unreachable
from infra.leases import clock
from infra.tables import workers

BEAT_S, ALIVE_S, STALE_S = 2.0, 10.0, 60.0


@dataclass(frozen=True)
class Worker:
    """A worker; *offers*: its flows, voices by language, engines by setting, missing weights, looks.

    `offers["pools"]` is how much each of its pools does and has waiting, as of the last beat.
    """

    id: str
    started: float
    beat: float
    running: int
    offers: dict[str, Any]


async def beat(name: str, running: int, offers: dict[str, Any]) -> None:
    """Say that worker *name* lives and executes *running* runs; rows of workers long gone are removed."""
    row = {"beat": clock(), "running": running, "offers": json.dumps(offers, ensure_ascii=False)}
    first = upsert(workers).values(id=name, started=clock(), **row)
    async with writing() as db:
        await db.execute(first.on_conflict_do_update(index_elements=[workers.c.id], set_=row))
        await db.execute(delete(workers).where(workers.c.beat < clock() - STALE_S))


async def leave(name: str) -> None:
    """Remove a worker that stops; where the database does not answer, the row goes stale."""
    with contextlib.suppress(Unreachable):
        async with writing() as db:
            await db.execute(delete(workers).where(workers.c.id == name))


async def alive() -> list[Worker]:
    """The workers that said within ten seconds that they live, oldest first."""
    chosen = select(workers).where(workers.c.beat >= clock() - ALIVE_S).order_by(workers.c.started, workers.c.id)
    async with reading() as db:
        return [Worker(**{**row, "offers": json.loads(row["offers"])}) for row in (await db.execute(chosen)).mappings()]
