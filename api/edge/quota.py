"""Quotas of one user: requests in a minute to each modality, runs at a time, films in a day (UTC)."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra import ledger, limits
from infra.database import reading
from infra.errors import QuotaSpent
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Ask
    from infra.limits import Standing

RUNS_RETRY_S = 30
"""When to ask again while a user's runs are all under way."""


class OverQuota(QuotaSpent):
    """QuotaSpent with the headers that say which quota, and how much of it there is."""

    def __init__(
        self, what: str, remedy: str = "", retry_after_s: float = 60, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(what, remedy, retry_after_s)
        self.headers = dict(headers or {})


async def count(ask: Ask) -> None:
    """Count the request; its headers say what is left.

    Raises:
        OverQuota: too many in a minute, too many runs at a time, or too many films today.
    """
    limit = settings().requests_per_minute
    standing = await limits.hit((ask.who.tenant, ask.who.user, ask.modality), limit)
    ask.headers |= rate_headers(ask.modality, standing)
    if not standing.granted:
        raise OverQuota(
            f"{ask.who.user} has sent {limit} requests for {ask.modality} within a minute, and no more are taken.",
            f"Try again in {math.ceil(standing.reset_s)} s.",
            standing.reset_s,
            ask.headers,
        )
    async with reading() as db:
        active = await limits.under_way(db, ask.who.tenant, ask.who.user)
        films = await limits.counted(db, ledger.films_of(ask.who.tenant, ask.who.user))
    ask.headers["Flywheel-Runs"] = f"{active}/{settings().runs_per_user}"
    ask.headers["Flywheel-Films"] = f"{films}/{settings().films_per_day}"
    _check_runs(ask, active)
    if ask.modality == "film" and films >= settings().films_per_day:
        raise _no_film(ask)


async def take_within(db: AsyncConnection, ask: Ask) -> None:
    """Take a place among the user's runs and, for a film, one of the day's films, together with the run itself.

    The transaction is alone (`limits.alone`) for the tenant.

    Raises:
        OverQuota: others were faster.
    """
    active = await limits.under_way(db, ask.who.tenant, ask.who.user)
    _check_runs(ask, active)
    ask.headers["Flywheel-Runs"] = f"{active + 1}/{settings().runs_per_user}"
    if ask.modality == "film":
        films = await limits.count_within(db, ledger.films_of(ask.who.tenant, ask.who.user), settings().films_per_day)
        if films is None:
            raise _no_film(ask)
        ask.headers["Flywheel-Films"] = f"{films}/{settings().films_per_day}"


def rate_headers(policy: str, standing: Standing) -> dict[str, str]:
    """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): the quota, and what is left of it."""
    return {
        "RateLimit-Policy": f'"{policy}";q={standing.limit};w={limits.WINDOW_S}',
        "RateLimit": f'"{policy}";r={standing.remaining};t={math.ceil(standing.reset_s)}',
    }


def _check_runs(ask: Ask, active: int) -> None:
    most = settings().runs_per_user
    if active >= most:
        raise OverQuota(
            f"{ask.who.user} has {active} runs that have not ended; {most} at a time is the most.",
            "Wait until one ends, or cancel one.",
            RUNS_RETRY_S,
            ask.headers,
        )


def _no_film(ask: Ask) -> OverQuota:
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    most = settings().films_per_day
    return OverQuota(
        f"{ask.who.user} has asked for {most} films today; that is the most.",
        "Try again tomorrow (UTC), or raise FLYWHEEL_FILMS_PER_DAY.",
        (midnight - now).total_seconds(),
        ask.headers,
    )
