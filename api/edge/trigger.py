"""A run begins: its row, its first event, and what it takes of quota and budget at once; then Prefect is told."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from api import outbox
from api.edge import Admission, budget, cache, quota
from infra import limits, telemetry
from infra.database import writing
from infra.errors import MissingPart, Unreachable
from infra.eventlog import BEGINS, Entry, append_within
from infra.ids import fresh
from infra.tables import runs, versions

if TYPE_CHECKING:
    from api.edge import Ask

log = logging.getLogger("flywheel.edge")


async def start(ask: Ask, since: float | None = None) -> Admission:
    """A new run for *ask*, or the one for the same that was begun (or has ended *since* then) meanwhile.

    Raises:
        QuotaSpent, BudgetSpent: others were faster; nothing was begun.
        Unreachable: the database does not answer; nothing was begun.
    """
    run = fresh("r")
    stream = ask.stream or run
    async with writing() as db:
        await limits.alone(db, f"tenant:{ask.who.tenant}")
        if found := await cache.under_way(db, ask, since):
            return found
        await quota.take_within(db, ask)
        await budget.reserve_within(db, ask, run)
        await db.execute(insert(runs).values(**_row(ask, run, stream)))
        await append_within(db, stream, [_queued(ask, run)])
        if ask.version is not None:
            made = (versions.c.project == stream) & (versions.c.number == ask.version)
            await db.execute(update(versions).where(made).values(run=run))
    ask.headers |= {"Flywheel-Cache": "miss", "Flywheel-Run": run}
    try:
        await outbox.tell(run)
    except (Unreachable, MissingPart) as error:
        log.warning("run %s begins later: %s", run, error)
    except Exception:  # the run is there: whatever it was, the outbox tells of it again
        log.exception("run %s begins later", run)
    return Admission(run, stream, "miss", ask.headers)


def _row(ask: Ask, run: str, stream: str) -> dict[str, Any]:
    return {
        "id": run, "flow": ask.modality, "stream": stream, "tenant": ask.who.tenant, "user": ask.who.user,
        "version": ask.version, "payload": cache.payload(ask),
        "parameters": json.dumps(ask.parameters, ensure_ascii=False), "state": "queued", "attempt": 1,
        "trace": telemetry.traceparent(), "created": time.time(),
    }  # fmt: skip


def _queued(ask: Ask, run: str) -> Entry:
    data: dict[str, Any] = {"run": run, "flow": ask.modality}
    if ask.version is not None:
        data["version"] = ask.version
    return Entry(BEGINS, data, f"{run}:queued:1", run)
