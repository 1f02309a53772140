"""The end of a run that no worker tells: Prefect refused it, or it was cancelled while nobody executed it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from infra import ledger, metrics
from infra.database import writing
from infra.eventlog import Entry, append_within
from infra.tables import UNDER_WAY, events, runs

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from infra.errors import FlywheelError


async def cancelled(run: str) -> bool:
    """End *run* as cancelled by its user; False when it had ended before."""
    return await _end(run, "run.cancelled", {"by": "user"})


async def failed(run: str, error: FlywheelError) -> bool:
    """End *run* with an error; False when it had ended before."""
    told = {"what": error.what, "remedy": error.remedy, "retryable": error.retryable}
    return await _end(run, "run.failed", {"error": type(error).__name__, **told})


async def _end(run: str, kind: str, data: dict[str, Any]) -> bool:
    """State, event and ledger in one transaction; each run ends once."""
    unended = select(runs).where(runs.c.id == run, runs.c.state.in_(UNDER_WAY)).with_for_update()
    async with writing() as db:
        row = (await db.execute(unended)).first()
        if row is None:
            return False
        ended = {"state": kind.removeprefix("run."), "ended": time.time()}
        await db.execute(update(runs).where(runs.c.id == run).values(**ended))
        await _settle(db, row)
        await append_within(db, row.stream, [Entry(kind, data, f"{run}:end:{row.attempt}", run)])
    metrics.run_ended(row.flow, kind.removeprefix("run."), time.time() - row.created)
    return True


async def _settle(db: AsyncConnection, run: Row[Any]) -> None:
    """What never began cost nothing; else what was told last counts or, where nothing was, what was reserved."""
    if run.state == "queued":
        await ledger.release_within(db, run.id)
        return
    mine = (events.c.stream == run.stream) & (events.c.run == run.id) & (events.c.kind == "cost")
    told = await db.scalar(select(events.c.data).where(mine).order_by(events.c.seq.desc()).limit(1))
    if told is not None:
        await ledger.settle_within(db, run.id, json.loads(told)["engine_seconds"])
