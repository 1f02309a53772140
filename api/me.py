"""The caller: who it is, what it may do, and what it has used today."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.callers import Reader
from api.edge import Scope
from infra import ledger, limits
from infra.settings import settings

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
    used, most = await ledger.usage(who.tenant, who.user), settings()
    return Usage(
        day=limits.today(),
        runs=Used(used=used.runs, limit=most.runs_per_user),
        films=Used(used=used.films, limit=most.films_per_day),
        money=Used(used=used.money, limit=most.money_per_day),
        engine_seconds=Used(used=used.engine_seconds, limit=most.engine_seconds_per_day),
    )
