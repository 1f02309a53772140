"""What the database tells of a tenant's runs at a glance: one transaction that reads, a handful of queries."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from api.listing import progress, told
from infra import ledger
from infra.database import reading
from infra.tables import ENDED, UNDER_WAY, projects, runs, timings

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from infra.ledger import Cost
    from infra.pools import Pool

HOURS = 24
MOST_UNDER_WAY, MOST_FAILED = 100, 20


@dataclass(frozen=True)
class Tally:
    """*films* are those that ended in the last hours: when, and how; *steps*: name, count, mean seconds."""

    counts: dict[Any, int]
    under_way: list[Any]
    failed: list[Any]
    spent: Cost
    by_pool: dict[Pool, float]
    films: list[tuple[float, str]]
    steps: list[tuple[str, int, float]]


def first_hour(now: float) -> int:
    """The oldest of the hours that are told of, in hours since the epoch."""
    return int(now // 3600) - HOURS + 1


async def tally(tenant: str, now: float) -> Tally:
    """What there is to tell of *tenant* at *now* (epoch seconds)."""
    async with reading() as db:
        return Tally(
            counts=await _counts(db, tenant),
            under_way=await _under_way(db, tenant),
            failed=await _failed(db, tenant, now),
            spent=await ledger.spent_within(db, tenant),
            by_pool=await _by_pool(db, tenant, now),
            films=await _films(db, tenant, now),
            steps=await _steps(db),
        )


async def _counts(db: AsyncConnection, tenant: str) -> dict[str, int]:
    chosen = select(runs.c.state, func.count().label("n")).where(runs.c.tenant == tenant, runs.c.state.in_(UNDER_WAY))
    counts = dict.fromkeys(UNDER_WAY, 0)
    counts.update({row.state: row.n for row in await db.execute(chosen.group_by(runs.c.state))})
    return counts


async def _under_way(db: AsyncConnection, tenant: str) -> list[Any]:
    chosen = _lines().where(runs.c.tenant == tenant, runs.c.state.in_(UNDER_WAY))
    return list(await db.execute(chosen.order_by(runs.c.id.desc()).limit(MOST_UNDER_WAY)))


async def _failed(db: AsyncConnection, tenant: str, now: float) -> list[Any]:
    """What failed lately, unless a later run of the same project has taken its place, or the project was deleted."""
    later = runs.alias("later")
    replaced = select(later.c.id).where(later.c.stream == runs.c.stream, later.c.id > runs.c.id).exists()
    chosen = _lines().where(runs.c.tenant == tenant, runs.c.state == "failed", runs.c.ended > now - HOURS * 3600)
    chosen = chosen.where(projects.c.deleted.is_(None), ~replaced)
    return list(await db.execute(chosen.order_by(runs.c.ended.desc()).limit(MOST_FAILED)))


async def _by_pool(db: AsyncConnection, tenant: str, now: float) -> dict[Pool, float]:
    """Engine seconds of what ended today or is under way, as each run's log told last."""
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    recent = and_(runs.c.state.in_(ENDED), runs.c.ended >= midnight) | runs.c.state.in_(UNDER_WAY)
    seconds: Counter[Pool] = Counter()
    for data in await db.scalars(select(told("cost")).where(runs.c.tenant == tenant, recent)):
        if data:
            seconds.update(json.loads(data)["by_pool"])
    return {pool: round(seconds[pool], 2) for pool in sorted(seconds)}


async def _films(db: AsyncConnection, tenant: str, now: float) -> list[tuple[float, str]]:
    ended = and_(runs.c.flow == "film", runs.c.state.in_(ENDED), runs.c.ended >= first_hour(now) * 3600)
    chosen = select(runs.c.ended, runs.c.state).where(runs.c.tenant == tenant, ended)
    return [(at, how) for at, how in await db.execute(chosen)]


async def _steps(db: AsyncConnection) -> list[tuple[str, int, float]]:
    count, seconds = func.sum(timings.c.count), func.sum(timings.c.seconds)
    chosen = select(timings.c.step, count, seconds / count).group_by(timings.c.step).having(count > 0)
    return [
        (step, int(n), float(mean)) for step, n, mean in await db.execute(chosen.order_by((seconds / count).desc()))
    ]


def _lines() -> Select[Any]:
    names = (runs.c.id, runs.c.flow, projects.c.id.label("project"), projects.c.title, runs.c.state)
    failure = case((runs.c.state == "failed", told("run.failed"))).label("failure")
    return select(*names, runs.c.created, runs.c.ended, progress().label("progress"), failure).select_from(
        runs.outerjoin(projects, projects.c.id == runs.c.stream)
    )
