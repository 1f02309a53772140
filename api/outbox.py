"""Runs that Prefect has not been told of: told again until it answers.

A run's row and its first event are written before Prefect is asked, so nothing that was accepted is lost. Prefect is
given our run id as its idempotency key, so however many processes tell it, and however often, there is one flow run.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from api import ending, prefect
from infra import leases
from infra.database import reading, writing
from infra.errors import BadInput, MissingPart, Unreachable
from infra.tables import runs

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select

EVERY_S = 1.0
AGED_S = 2.0
"""Before that, the request itself is still telling Prefect."""
PATIENCE_S = 10.0
LEASE_S = 8.0
"""One process tells at a time; where its lease is lost meanwhile, the idempotency key still holds."""
MOST = 50
"""How many runs are read at a time."""
DOUBTFUL_S = 3600.0
"""So long after its cancelling Prefect is told of a run that it may have taken without answering."""

log = logging.getLogger("flywheel.outbox")


async def tell(run: str, *, within_s: float = prefect.WITHIN_S) -> None:
    """Tell Prefect of *run*, unless it is told or has ended; parameters that the flow refuses end the run.

    Of one that was cancelled meanwhile it may have been told without our knowing: it is told, and cancels it.

    Raises:
        Unreachable, MissingPart: Prefect does not answer in time, or does not know the deployment; told later.
    """
    async with reading() as db:
        row = (await db.execute(select(runs).where(runs.c.id == run))).one()
    if row.flow_run is not None or row.state not in {"queued", "cancelled"}:
        return
    try:
        flow_run = await prefect.trigger(run, row.flow, json.loads(row.parameters), within_s=within_s)
    except BadInput as error:
        await ending.failed(run, error)
        return
    if await _noted(run, flow_run, runs.c.state != "cancelled"):
        return
    await prefect.cancel_flow_run(flow_run)
    await _noted(run, flow_run, runs.c.state == "cancelled")


async def round_of() -> int:
    """Tell Prefect of the runs that have waited for it, oldest first; how many it was told of.

    Raises:
        Unreachable, MissingPart: as `tell`; the rest of them wait for the next round.
    """
    lease = await leases.try_hold("outbox", LEASE_S) if await _waiting() else None
    if lease is None:
        return 0
    try:
        return await _tell_all()
    finally:
        await leases.release(lease)


async def _tell_all() -> int:
    missing: dict[str, MissingPart] = {}
    count, after = 0, ""
    while chosen := await _waiting(after, missing):
        for run in chosen:
            if run.flow in missing:
                continue
            try:
                await tell(run.id, within_s=PATIENCE_S)
                count += 1
            except MissingPart as error:  # of one modality; the others have theirs
                missing[run.flow] = error
        after = chosen[-1].id
    if missing:
        raise next(iter(missing.values()))
    return count


async def _waiting(after: str = "", without: Collection[str] = ()) -> list[Row[Any]]:
    """The oldest runs from *after* on that Prefect has to be told of, but for the flows *without*."""
    now = time.time()
    doubtful = (runs.c.state == "cancelled") & (runs.c.ended > now - DOUBTFUL_S)
    untold = runs.c.flow_run.is_(None) & (runs.c.created < now - AGED_S) & or_(runs.c.state == "queued", doubtful)
    chosen: Select[Any] = select(runs.c.id, runs.c.flow).where(untold, runs.c.id > after, runs.c.flow.not_in(without))
    async with reading() as db:
        return list((await db.execute(chosen.order_by(runs.c.id).limit(MOST))).all())


async def _noted(run: str, flow_run: str, where: ColumnElement[bool]) -> bool:
    """Write down Prefect's id of *run*, if it is as *where* says; whether it was."""
    async with writing() as db:
        told = update(runs).where(runs.c.id == run, where).values(flow_run=flow_run)
        return (await db.execute(told.returning(runs.c.id))).first() is not None


async def keep_telling() -> None:
    """Round after round until it is cancelled; what keeps Prefect from being told is logged once."""
    said = ""
    while True:
        await asyncio.sleep(EVERY_S * random.uniform(0.75, 1.25))  # so that processes do not ask in step
        try:
            told, now = await round_of(), ""
            if told:
                log.info("told Prefect of %d runs", told)
        except (Unreachable, MissingPart) as error:
            now = str(error)
        except Exception:  # the next round may be better: nobody else would begin it
            log.exception("a round of the outbox failed")
            now = ""
        if now and now != said:
            log.warning("runs wait to be told to Prefect: %s", now)
        said = now
