"""What goes on: workers and their pools, the tenant's runs, what they cost and how they ended. Cheap to ask often."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api import tallies
from api.callers import Reader
from api.catalogue import Engine, counted
from api.edge import Modality
from api.listing import fraction
from api.runs import Failure, State
from infra import limits
from infra.pools import POOLS, Pool
from infra.workers import alive

if TYPE_CHECKING:
    from infra.workers import Worker

router = APIRouter(prefix="/api/operations", tags=["operations"])


class PoolLine(BaseModel):
    """A pool: the one engine of its kind that each worker has."""

    pool: Pool
    working: int = Field(description="Pieces of work that are being done.")
    waiting: int = Field(description="Pieces of work that wait for it.")


class WorkerLine(BaseModel):
    """A worker process that lives."""

    id: str = Field(examples=["w_019a1b2c3d4e5f60718293a4b5c"])
    started: datetime
    running: int = Field(description="Runs that it executes.")
    missing: list[str] = Field(description="Weights that it lacks: `flywheel models pull` brings them.")
    pools: list[PoolLine]


class RunLine(BaseModel):
    """A run of the tenant."""

    id: str
    flow: Modality
    project: str | None = Field(description="None for a job that belongs to no project.")
    title: str | None
    state: State = Field(title="Standing")
    progress: float | None = Field(description="How far it has come, 0 to 1.")
    created: datetime
    ended: datetime | None
    failure: Failure | None


class Hour(BaseModel):
    """How the tenant's films of an hour ended."""

    hour: datetime
    done: int
    failed: int
    cancelled: int


class Step(BaseModel):
    """What one kind of step takes, over all that was made here."""

    step: str
    count: int
    mean_seconds: float


class Spent(BaseModel):
    """What the tenant spends today (UTC)."""

    day: str = Field(examples=["2027-03-01"])
    engine_seconds: float = Field(description="Spent, or reserved for what is under way.")
    money: float
    by_pool: dict[Pool, float] = Field(
        description="Engine seconds of the runs that ended today or are under way, as far as they have come."
    )


class Operations(BaseModel):
    """What goes on now."""

    at: datetime
    version: str
    workers: list[WorkerLine]
    pools: list[PoolLine] = Field(description="All workers' together, as of their last beat (every 2 s).")
    engines: list[Engine]
    counts: dict[State, int] = Field(description="The tenant's runs that have not ended.")
    under_way: list[RunLine] = Field(description="The same, newest first; 100 at most.")
    failed: list[RunLine] = Field(description="The latest 20 of the last 24 h that nothing has replaced.")
    spent: Spent
    steps: list[Step] = Field(description="Of this installation, what takes longest first.")
    hours: list[Hour] = Field(description="The last 24 hours, this one included, the oldest first.")


@router.get("", operation_id="get_operations")
async def get_operations(who: Reader) -> Operations:
    """Tell what goes on: the machine's workers and pools, and the tenant's own runs."""
    now, workers = time.time(), await alive()
    tally = await tallies.tally(who.tenant, now)
    lines = [_worker(worker) for worker in workers]
    return Operations(
        at=_at(now),
        version=version("creation-flywheel"),
        workers=lines,
        pools=_together(lines),
        engines=counted(workers),
        counts=tally.counts,
        under_way=[_run(row) for row in tally.under_way],
        failed=[_run(row) for row in tally.failed],
        spent=Spent(
            day=limits.today(),
            engine_seconds=tally.spent.engine_seconds,
            money=tally.spent.money,
            by_pool=tally.by_pool,
        ),
        steps=[Step(step=step, count=count, mean_seconds=mean) for step, count, mean in tally.steps],
        hours=_hours(now, tally.films),
    )


def _worker(worker: Worker) -> WorkerLine:
    pools = worker.offers.get("pools", {})
    lines = [PoolLine(pool=pool, working=pools[pool][0], waiting=pools[pool][1]) for pool in POOLS if pool in pools]
    missing = worker.offers.get("missing", [])
    return WorkerLine(id=worker.id, started=_at(worker.started), running=worker.running, missing=missing, pools=lines)


def _together(workers: list[WorkerLine]) -> list[PoolLine]:
    working, waiting = Counter[Pool](), Counter[Pool]()
    for line in (line for worker in workers for line in worker.pools):
        working[line.pool] += line.working
        waiting[line.pool] += line.waiting
    return [PoolLine(pool=pool, working=working[pool], waiting=waiting[pool]) for pool in POOLS]


def _run(row: Any) -> RunLine:
    return RunLine(
        id=row.id,
        flow=row.flow,
        project=row.project,
        title=row.title,
        state=row.state,
        progress=fraction(row.progress),
        created=_at(row.created),
        ended=_at(row.ended) if row.ended else None,
        failure=Failure.model_validate_json(row.failure) if row.failure else None,
    )


def _hours(now: float, films: list[tuple[float, str]]) -> list[Hour]:
    """The films that ended as (when, how), by the hour."""
    first = tallies.first_hour(now)
    ended = Counter((int(at // 3600), how) for at, how in films)
    return [
        Hour(hour=_at(hour * 3600), **{how: ended[hour, how] for how in ("done", "failed", "cancelled")})
        for hour in range(first, first + tallies.HOURS)
    ]


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
