"""Experiments as the database holds them: who saw which variant, and who did what is counted.

A user's variant is a hash of the experiment and the user: the same for ever, kept nowhere until it is seen.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, update

from infra.database import reading, upsert, writing
from infra.ids import fresh
from infra.sequential import Arm
from infra.tables import experiments, exposures, outcomes

if TYPE_CHECKING:
    from sqlalchemy import Row, Table

FINISHED = "finished"
"""The metric that is counted without anybody's doing: the user's film was finished."""


@dataclass(frozen=True)
class Variant:
    """One way of making a film: what of the brief it *sets*, and its *weight* among the variants."""

    name: str
    weight: float
    sets: dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """An experiment; the first variant is the control. Once it exists its variants never change."""

    id: str
    tenant: str
    name: str
    variants: tuple[Variant, ...]
    state: str
    created: float

    @property
    def fields(self) -> frozenset[str]:
        """What of a brief any variant sets."""
        return frozenset(name for variant in self.variants for name in variant.sets)

    def assigned(self, user: str) -> Variant:
        """The variant of *user*: by the SHA-256 of experiment and user, over the weights."""
        drawn = int.from_bytes(hashlib.sha256(f"{self.id}{user}".encode()).digest()[:8]) / 2**64
        left = drawn * sum(variant.weight for variant in self.variants)
        for variant in self.variants:
            left -= variant.weight
            if left < 0:
                return variant
        return self.variants[-1]


async def begin(tenant: str, name: str, variants: tuple[Variant, ...]) -> Trial:
    """A new experiment, running from now on."""
    trial = Trial(fresh("x"), tenant, name, variants, "running", time.time())
    row = {**asdict(trial), "variants": json.dumps([asdict(variant) for variant in variants], ensure_ascii=False)}
    async with writing() as db:
        await db.execute(insert(experiments).values(**row))
    return trial


async def trials(tenant: str, *, state: str | None = None) -> tuple[Trial, ...]:
    """The tenant's experiments, oldest first; of one *state* only, if given."""
    found = select(experiments).where(experiments.c.tenant == tenant).order_by(experiments.c.id)
    if state is not None:
        found = found.where(experiments.c.state == state)
    async with reading() as db:
        return tuple(_trial(row) for row in (await db.execute(found)).all())


async def trial_of(tenant: str, name: str) -> Trial | None:
    """The tenant's experiment with the id *name*."""
    async with reading() as db:
        mine = (experiments.c.id == name) & (experiments.c.tenant == tenant)
        row = (await db.execute(select(experiments).where(mine))).first()
    return _trial(row) if row else None


async def stop(trial: Trial) -> None:
    """Vary no more briefs and count no more outcomes; what was counted stays."""
    async with writing() as db:
        await db.execute(update(experiments).where(experiments.c.id == trial.id).values(state="stopped"))


async def expose(user: str, seen: dict[str, str]) -> None:
    """Note once that *user* has seen a variant (experiment → variant) of each experiment."""
    rows = [{"experiment": name, "user": user, "variant": variant, "at": time.time()} for name, variant in seen.items()]
    async with reading() as db:
        mine = select(exposures.c.experiment).where(exposures.c.user == user, exposures.c.experiment.in_(seen))
        known = set(await db.scalars(mine))
    if fresh_rows := [row for row in rows if row["experiment"] not in known]:
        await _insert_new(exposures, fresh_rows)


async def note(user: str, metric: str, tenant: str) -> tuple[str, ...]:
    """Count once that *user* did *metric*, in each running experiment of which they have seen a variant; gives these.

    Raises:
        Unreachable: the database does not answer.
    """
    async with reading() as db:
        seen = (
            select(exposures.c.experiment)
            .join(experiments, experiments.c.id == exposures.c.experiment)
            .where(exposures.c.user == user, experiments.c.tenant == tenant, experiments.c.state == "running")
        )
        found = tuple(await db.scalars(seen))
    await count(user, metric, found)
    return found


async def count(user: str, metric: str, names: tuple[str, ...]) -> None:
    """Count once that *user* did *metric* in the experiments of these ids."""
    if names:
        now = time.time()
        await _insert_new(outcomes, [{"experiment": name, "user": user, "metric": metric, "at": now} for name in names])


async def has_seen(trial: Trial, user: str) -> bool:
    """Whether *user* has seen a variant."""
    async with reading() as db:
        mine = (exposures.c.experiment == trial.id) & (exposures.c.user == user)
        return await db.scalar(select(exposures.c.variant).where(mine)) is not None


async def tally(trial: Trial, metric: str) -> tuple[Arm, ...]:
    """How many users saw each variant, and how many of them did *metric*."""
    did = and_(
        outcomes.c.experiment == exposures.c.experiment,
        outcomes.c.user == exposures.c.user,
        outcomes.c.metric == metric,
    )
    counted = (
        select(exposures.c.variant, func.count(), func.count(outcomes.c.user))
        .select_from(exposures.outerjoin(outcomes, did))
        .where(exposures.c.experiment == trial.id)
        .group_by(exposures.c.variant)
    )
    async with reading() as db:
        arms = {variant: Arm(users, converted) for variant, users, converted in (await db.execute(counted)).all()}
    return tuple(arms.get(variant.name, Arm(0, 0)) for variant in trial.variants)


async def metrics(trial: Trial) -> tuple[str, ...]:
    """The metrics of which there are outcomes, by name; `finished` always."""
    async with reading() as db:
        found = await db.scalars(select(outcomes.c.metric).where(outcomes.c.experiment == trial.id).distinct())
        return tuple(sorted({FINISHED, *found}))


async def _insert_new(table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet."""
    async with writing() as db:
        await db.execute(upsert(table).values(rows).on_conflict_do_nothing())


def _trial(row: Row[Any]) -> Trial:
    variants = tuple(Variant(**variant) for variant in json.loads(row.variants))
    return Trial(row.id, row.tenant, row.name, variants, row.state, row.created)
