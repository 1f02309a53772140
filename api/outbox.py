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

from sqlalchemy import select, update

from api import ending, prefect
from infra import leases
from infra.database import reading, writing
from infra.errors import BadInput, FlywheelError, MissingPart, Unreachable
from infra.tables import runs

EVERY_S = 1.0
AGED_S = 2.0
"""Before that, the request itself is still telling Prefect."""
PATIENCE_S = 10.0
LEASE_S = 8.0
"""One process tells at a time; where its lease is lost meanwhile, the idempotency key still holds."""
MOST = 50
"""How many runs are told of in one round."""

log = logging.getLogger("flywheel.outbox")


async def tell(run: str, *, within_s: float = prefect.WITHIN_S) -> None:
    """Tell Prefect of *run*, unless it is told or has ended; parameters that the flow refuses end the run.

    Raises:
        Unreachable, MissingPart: Prefect does not answer in time, or does not know the deployment; told later.
    """
    async with reading() as db:
        row = (await db.execute(select(runs).where(runs.c.id == run))).one()
    if row.flow_run is not None or row.ended is not None:
        return
    try:
        flow_run = await prefect.trigger(run, row.flow, json.loads(row.parameters), within_s=within_s)
    except BadInput as error:
        await ending.failed(run, error)
        return
    async with writing() as db:
        told = update(runs).where(runs.c.id == run).values(flow_run=flow_run)
        state = (await db.execute(told.returning(runs.c.state))).scalar_one()
    if state == "cancelled":  # meanwhile, when there was nothing yet to cancel in Prefect
        await prefect.cancel_flow_run(flow_run)


async def round_of() -> int:
    """Tell Prefect of the runs that have waited for it, oldest first; how many it was told of.

    Raises:
        Unreachable, MissingPart: as `tell`; the rest of them wait for the next round.
    """
    waiting = (runs.c.state == "queued") & runs.c.flow_run.is_(None) & (runs.c.created < time.time() - AGED_S)
    async with reading() as db:
        chosen = list(await db.scalars(select(runs.c.id).where(waiting).order_by(runs.c.id).limit(MOST)))
    lease = await leases.try_hold("outbox", LEASE_S) if chosen else None
    if lease is None:
        return 0
    try:
        return await _tell_all(chosen)
    finally:
        await leases.release(lease)


async def _tell_all(chosen: list[str]) -> int:
    missing: MissingPart | None = None
    for run in chosen:
        try:
            await tell(run, within_s=PATIENCE_S)
        except MissingPart as error:  # of one modality; the others have theirs
            missing = error
    if missing:
        raise missing
    return len(chosen)


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
        except FlywheelError:
            log.exception("a round of the outbox failed")
            now = ""
        if now and now != said:
            log.warning("runs wait to be told to Prefect: %s", now)
        said = now
