"""The end of a run that no worker tells: Prefect refused it, or it was cancelled before it began."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from infra import ledger, metrics
from infra.database import writing
from infra.eventlog import Entry, append_within
from infra.limits import UNDER_WAY
from infra.tables import runs

if TYPE_CHECKING:
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
    unended = update(runs).where(runs.c.id == run, runs.c.state.in_(UNDER_WAY))
    ended = unended.values(state=kind.removeprefix("run."), ended=time.time())
    async with writing() as db:
        row = (await db.execute(ended.returning(runs.c.stream, runs.c.attempt, runs.c.flow, runs.c.created))).first()
        if row is None:
            return False
        await ledger.release_within(db, run)
        await append_within(db, row.stream, [Entry(kind, data, f"{run}:end:{row.attempt}", run)])
    metrics.run_ended(row.flow, kind.removeprefix("run."), time.time() - row.created)
    return True
