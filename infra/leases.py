"""Locks in the database that outlive a holder that was killed by no more than their time to live.

    async with held("step:…", ttl_s=8): …     waits until nobody else holds it
    lease = await try_hold("run:…", ttl_s=8)  or None; `release` gives it back

A lease is renewed in the background until it is released. A holder that was frozen for longer than the time to live
may have lost it: `lease.lost` is set then, and `holds` says so within a transaction. Time is the database's in
Postgres and the machine's in SQLite.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import weakref
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Float, cast, delete, func, literal, select, update

from infra.database import is_sqlite, reading, upsert, writing
from infra.errors import Unreachable
from infra.ids import fresh
from infra.tables import leases

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

TICK_S = 0.5
POLL_S = (0.05, 0.15)

log = logging.getLogger("flywheel.leases")


@dataclass(eq=False)
class Lease:
    """A lock that is held for *ttl_s* (at least 2) seconds at a time; *lost* is set when it no longer is."""

    name: str
    ttl_s: float
    holder: str = field(default_factory=lambda: fresh("l"))
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    renewed: float = field(default_factory=time.monotonic)


@asynccontextmanager
async def held(name: str, ttl_s: float) -> AsyncIterator[Lease]:
    """Hold *name* while the block lasts; waits for as long as another holds it.

    Raises:
        Unreachable: the database does not answer.
    """
    lease = await hold(name, ttl_s)
    try:
        yield lease
    finally:
        await asyncio.shield(release(lease))


async def hold(name: str, ttl_s: float) -> Lease:
    """Hold *name*, sooner or later; `release` gives it back."""
    while True:
        if not await alive([name]) and (lease := await try_hold(name, ttl_s)):
            return lease
        await asyncio.sleep(random.uniform(*POLL_S))  # so that those who wait do not ask in step


async def try_hold(name: str, ttl_s: float) -> Lease | None:
    """Hold *name* if nobody does; `release` gives it back."""
    async with writing() as db:  # which may have waited: only now the time counts
        lease = Lease(name, ttl_s)
        wanted = upsert(leases).values(name=name, holder=lease.holder, until=clock() + ttl_s)
        taken = wanted.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"holder": wanted.excluded.holder, "until": wanted.excluded.until},
            where=leases.c.until < clock(),
        )
        holder = (await db.execute(taken.returning(leases.c.holder))).scalar_one_or_none()
    if holder is None:
        return None
    _keeper().keep(lease)
    return lease


async def release(lease: Lease) -> None:
    """Give *lease* back; one that cannot be given back now runs out by itself."""
    _keeper().leases.discard(lease)
    try:
        async with writing() as db:
            await db.execute(delete(leases).where(leases.c.name == lease.name, leases.c.holder == lease.holder))
    except Unreachable:
        return


async def alive(names: Collection[str]) -> set[str]:
    """Those of *names* that somebody holds."""
    if not names:
        return set()
    async with reading() as db:
        held_now = select(leases.c.name).where(leases.c.name.in_(names), leases.c.until >= clock())
        return set(await db.scalars(held_now))


async def holds(db: AsyncConnection, lease: Lease) -> bool:
    """Whether *lease* is still held; until the transaction ends nobody else can take it."""
    kept = select(leases.c.holder).where(leases.c.name == lease.name).with_for_update()
    return (await db.execute(kept)).scalar_one_or_none() == lease.holder


def clock() -> ColumnElement[float]:
    """Epoch seconds now, as the database is to count them."""
    if is_sqlite():
        return literal(time.time(), Float)
    return cast(func.extract("epoch", func.clock_timestamp()), Float)


class _Keeper:
    """Renews all leases that this process holds on one event loop."""

    def __init__(self) -> None:
        self.leases: set[Lease] = set()
        self._task: asyncio.Task[None] | None = None

    def keep(self, lease: Lease) -> None:
        self.leases.add(lease)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while self.leases:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            due = {lease for lease in self.leases if now - lease.renewed > lease.ttl_s / 3}
            for ttl_s in {lease.ttl_s for lease in due}:
                await self._renew({lease for lease in due if lease.ttl_s == ttl_s}, ttl_s)

    async def _renew(self, due: set[Lease], ttl_s: float) -> None:
        begun = time.monotonic()
        try:
            kept = await _prolonged([lease.holder for lease in due], ttl_s)
        except Unreachable:
            kept = None
        except Exception:  # whatever it was, the others are renewed, and this one is lost in time
            log.exception("leases were not renewed")
            kept = None
        for lease in due & self.leases:
            if kept is not None and lease.holder in kept:
                lease.renewed = begun
            elif kept is not None or begun - lease.renewed > ttl_s:
                lease.lost.set()
                self.leases.discard(lease)


async def _prolonged(holders: Collection[str], ttl_s: float) -> set[str]:
    async with writing() as db:
        longer = update(leases).where(leases.c.holder.in_(holders)).values(until=clock() + ttl_s)
        return set(await db.scalars(longer.returning(leases.c.holder)))


_keepers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Keeper] = weakref.WeakKeyDictionary()


def _keeper() -> _Keeper:
    return _keepers.setdefault(asyncio.get_running_loop(), _Keeper())
