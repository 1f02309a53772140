"""What tenants spend in a day (UTC): reserved with the run, settled at its end.

A reservation is made only where a tenant's day has a cap. What a run reserved is also the most that it may spend
(infra/allowance.py), so that a day's sum never passes the cap, however wrong the estimate was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from infra import limits
from infra.database import reading, upsert
from infra.errors import BudgetSpent
from infra.settings import settings
from infra.tables import ledger, runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

MICROS = 1_000_000


@dataclass(frozen=True)
class Cost:
    """Money and engine seconds."""

    money: float
    engine_seconds: float


@dataclass(frozen=True)
class Usage:
    """What was used today: the tenant's money and engine seconds, the user's runs that have not ended and its films."""

    money: float
    engine_seconds: float
    runs: int
    films: int


def capped() -> bool:
    """Whether what a tenant spends in a day is limited."""
    return settings().money_per_day is not None or settings().engine_seconds_per_day is not None


async def check(tenant: str, cost: Cost) -> Cost:
    """What is left of the tenant's day once *cost* is taken off.

    Raises:
        BudgetSpent: the day has no room for it.
    """
    async with reading() as db:
        return await _room(db, tenant, cost)


async def reserve_within(db: AsyncConnection, tenant: str, user: str, run: str, cost: Cost) -> None:
    """Reserve *cost* for *run* as part of a transaction that is alone (`limits.alone`) for the tenant.

    Raises:
        BudgetSpent: the day has no room for it.
    """
    if not capped():
        return
    await _room(db, tenant, cost)
    row = {"reserved_micros": round(cost.money * MICROS), "reserved_seconds": cost.engine_seconds}
    await db.execute(ledger.insert().values(run=run, tenant=tenant, user=user, day=limits.today(), **row))


async def settle_within(db: AsyncConnection, run: str, engine_seconds: float, *, attempt: int = 1) -> bool:
    """Write down what *run* has spent, as part of a transaction; what a later *attempt* spent is added, to its day.

    Only the first time counts, and tells True; the caller sees to it that a later attempt is settled once.
    """
    money = round(engine_seconds * settings().price_per_engine_second * MICROS)
    spent = {"spent_micros": money, "spent_seconds": engine_seconds}
    whose = (await db.execute(select(runs.c.tenant, runs.c.user).where(runs.c.id == run))).first()
    if whose is None:
        return False
    row = upsert(ledger).values(
        run=run,
        tenant=whose.tenant,
        user=whose.user,
        day=limits.today(),
        reserved_micros=0,
        reserved_seconds=0,
        **spent,
    )
    sums = {name: func.coalesce(ledger.c[name], 0) + value for name, value in spent.items()}
    unsettled = None if attempt > 1 else ledger.c.spent_seconds.is_(None)
    settled = row.on_conflict_do_update(index_elements=[ledger.c.run], set_=sums, where=unsettled)
    return (await db.execute(settled.returning(ledger.c.run))).first() is not None


async def release_within(db: AsyncConnection, run: str) -> None:
    """Give back what was reserved for a run that never began; what was settled stays."""
    await db.execute(delete(ledger).where(ledger.c.run == run, ledger.c.spent_seconds.is_(None)))


async def spent_within(db: AsyncConnection, tenant: str) -> Cost:
    """What the tenant has spent today or, for runs that have not ended, reserved."""
    micros = func.sum(func.coalesce(ledger.c.spent_micros, ledger.c.reserved_micros))
    seconds = func.sum(func.coalesce(ledger.c.spent_seconds, ledger.c.reserved_seconds))
    mine = (ledger.c.tenant == tenant) & (ledger.c.day == limits.today())
    row = (await db.execute(select(micros, seconds).where(mine))).one()
    return Cost(float(row[0] or 0) / MICROS, float(row[1] or 0))


async def usage(tenant: str, user: str) -> Usage:
    """What was used today."""
    async with reading() as db:
        spent = await spent_within(db, tenant)
        active = await limits.under_way(db, tenant, user)
        films = await limits.counted(db, films_of(tenant, user))
    return Usage(spent.money, spent.engine_seconds, active, films)


def films_of(tenant: str, user: str) -> limits.What:
    """What a user's films of a day are counted as."""
    return ("films", tenant, user)


async def _room(db: AsyncConnection, tenant: str, cost: Cost) -> Cost:
    now, spent = settings(), await spent_within(db, tenant)
    money = _left(now.money_per_day, spent.money, cost.money, "money")
    return Cost(money, _left(now.engine_seconds_per_day, spent.engine_seconds, cost.engine_seconds, "engine seconds"))


def _left(cap: float | None, spent: float, wanted: float, what: str) -> float:
    if cap is None:
        return float("inf")
    if spent + wanted > cap + 1e-9:
        raise BudgetSpent(
            f"Today's {cap:g} {what} of this tenant do not suffice: {spent:.2f} are spent or reserved, "
            f"and this may take {wanted:.2f}.",
            "Wait until a run ends or the day (UTC) does, ask for less, or raise FLYWHEEL_"
            f"{what.replace(' ', '_').upper()}_PER_DAY.",
        )
    return cap - spent - wanted
