"""The caller: who it is, what it may do, and what it has used today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from api.callers import Reader
from api.edge import Scope
from infra.database import reading
from infra.settings import settings
from infra.tables import ledger, runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Who

router = APIRouter(prefix="/api/me", tags=["caller"])


class Me(BaseModel):
    """The caller."""

    tenant: str = Field(examples=["local"])
    user: str = Field(examples=["local"])
    scopes: list[Scope]


class Used(BaseModel):
    """How much of something was used, of how much; no limit: None."""

    used: float
    limit: float | None


class Usage(BaseModel):
    """What was used today (UTC)."""

    day: str = Field(examples=["2027-03-01"])
    runs: Used = Field(description="The user's runs that have not ended.")
    films: Used = Field(description="The user's films of today.")
    money: Used = Field(description="The tenant's, spent or reserved.")
    engine_seconds: Used = Field(description="The tenant's, spent or reserved.")


@router.get("", operation_id="get_me")
async def get_me(who: Reader) -> Me:
    """Who the caller is and what the key allows."""
    return Me(tenant=who.tenant, user=who.user, scopes=sorted(who.scopes))


@router.get("/usage", operation_id="get_usage")
async def get_usage(who: Reader) -> Usage:
    """What the caller and its tenant have used today, and how much there is."""
    now, limits = datetime.now(UTC), settings()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    async with reading() as db:
        active, films = await _counts(db, who, midnight)
        micros, seconds = await _spent(db, who, f"{now:%Y-%m-%d}")
    return Usage(
        day=f"{now:%Y-%m-%d}",
        runs=Used(used=active, limit=limits.runs_per_user),
        films=Used(used=films, limit=limits.films_per_day),
        money=Used(used=micros / 1_000_000, limit=limits.money_per_day),
        engine_seconds=Used(used=seconds, limit=limits.engine_seconds_per_day),
    )


async def _counts(db: AsyncConnection, who: Who, since: float) -> tuple[int, int]:
    """The user's runs that have not ended, and its films since then."""
    own = select(func.count()).where(runs.c.tenant == who.tenant, runs.c.user == who.user)
    active = await db.scalar(own.where(runs.c.ended.is_(None)))
    films = await db.scalar(own.where(runs.c.flow == "film", runs.c.created >= since))
    return active or 0, films or 0


async def _spent(db: AsyncConnection, who: Who, day: str) -> tuple[int, float]:
    """Millionths of money and engine seconds of the tenant on a day: what was spent, or else reserved."""
    micros = func.coalesce(ledger.c.spent_micros, ledger.c.reserved_micros)
    seconds = func.coalesce(ledger.c.spent_seconds, ledger.c.reserved_seconds)
    chosen = select(func.coalesce(func.sum(micros), 0), func.coalesce(func.sum(seconds), 0.0))
    row = (await db.execute(chosen.where(ledger.c.tenant == who.tenant, ledger.c.day == day))).one()
    return int(row[0]), float(row[1])
