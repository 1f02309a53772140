"""How often and how much: exact over any number of processes, counted in the database or, with FLYWHEEL_REDIS, there.

A moving window grants a key at most N hits in any 60 s. What is counted within a transaction (films of a day, runs at
a time) is taken together with what is written there, so that nothing has to be given back when it is not.
"""

from __future__ import annotations

import asyncio
import json
import time
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select, update

from infra.database import is_sqlite, upsert, writing
from infra.errors import Unreachable
from infra.hashing import digest
from infra.settings import settings
from infra.tables import UNDER_WAY, daily, quota, runs

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage
    from sqlalchemy.ext.asyncio import AsyncConnection

What = tuple[str, ...]
"""What is counted, e.g. a tenant's user's films."""
WINDOW_S = 60


@dataclass(frozen=True)
class Standing:
    """What came of a hit: whether it was granted, how many more there are, and when the oldest is forgotten."""

    granted: bool
    limit: int
    remaining: int
    reset_s: float


async def hit(what: What, limit: int, window_s: int = WINDOW_S) -> Standing:
    """Count a hit of *what*, unless *limit* hits were granted in the last *window_s*.

    Raises:
        Unreachable: Redis or the database does not answer.
    """
    key = digest(what)
    if settings().redis:
        return await _hit_redis(key, limit, window_s)
    async with writing() as db:
        hits = await _locked_hits(db, key)
        now = max([time.time(), *hits[-1:]])  # the clocks of two machines may differ
        hits = [at for at in hits if at > now - window_s]
        if granted := len(hits) < limit:
            hits.append(now)
            await db.execute(update(quota).where(quota.c.key == key).values(hits=json.dumps(hits)))
    return Standing(granted, limit, limit - len(hits), hits[0] + window_s - now)


async def count_within(db: AsyncConnection, what: What, limit: int) -> int | None:
    """Count one more of *what* today (UTC), in a transaction: how many that makes, or None: *limit* is reached."""
    first = upsert(daily).values(key=digest(what), day=today(), count=1)
    more = first.on_conflict_do_update(
        index_elements=[daily.c.key, daily.c.day], set_={"count": daily.c.count + 1}, where=daily.c.count < limit
    )
    made: int | None = (await db.execute(more.returning(daily.c.count))).scalar_one_or_none()
    return made


async def counted(db: AsyncConnection, what: What) -> int:
    """How many of *what* were counted today (UTC)."""
    return await db.scalar(select(daily.c.count).where(daily.c.key == digest(what), daily.c.day == today())) or 0


async def under_way(db: AsyncConnection, tenant: str, user: str) -> int:
    """How many runs of *user* have not ended."""
    own = (runs.c.tenant == tenant) & (runs.c.user == user) & runs.c.state.in_(UNDER_WAY)
    return await db.scalar(select(func.count()).select_from(runs).where(own)) or 0


async def alone(db: AsyncConnection, name: str) -> None:
    """Wait until no other writing transaction that named *name* is under way; nothing to wait for in SQLite."""
    if not is_sqlite():
        await db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def today() -> str:
    """The day (UTC), as 2027-03-01."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


async def close_limits() -> None:
    """Close this loop's connection to Redis."""
    for storage in _storages.pop(asyncio.get_running_loop(), {}).values():
        await cast("Any", storage.bridge).storage.aclose()


async def _locked_hits(db: AsyncConnection, key: str) -> list[float]:
    """The times of the key's hits, oldest first; its row is locked until the transaction ends."""
    made = upsert(quota).values(key=key, hits="[]")
    kept = made.on_conflict_do_update(index_elements=[quota.c.key], set_={"hits": quota.c.hits})
    hits: list[float] = json.loads((await db.execute(kept.returning(quota.c.hits))).scalar_one())
    return hits


_storages: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, RedisStorage]] = weakref.WeakKeyDictionary()


async def _hit_redis(key: str, limit: int, window_s: int) -> Standing:
    from redis.exceptions import RedisError

    try:
        storage = _storage(settings().redis or "")
        granted = await storage.acquire_entry(key, limit, window_s)
        oldest, count = await storage.get_moving_window(key, limit, window_s)
    except (RedisError, OSError, ValueError) as error:
        raise Unreachable(
            f"Redis does not answer: {error}.", "Check FLYWHEEL_REDIS and that Redis runs; then try again."
        ) from error
    return Standing(granted, limit, limit - count, oldest + window_s - time.time())


def _storage(url: str) -> RedisStorage:
    """The window's script and its connections, one for each event loop."""
    from limits.aio.storage import RedisStorage

    storages = _storages.setdefault(asyncio.get_running_loop(), {})
    if url not in storages:
        storages[url] = RedisStorage(f"async+{url}", implementation="redispy", key_prefix="flywheel")
    return storages[url]
