"""Equal requests of a tenant are answered by one run.

    hit     a run that is done and whose results are all in the store
    joined  a run that is still under way: of the same project, or for a job, any
    miss    a run has to be made

Equal are requests with the same modality and parameters. What another tenant has made is never seen here; its run
costs little all the same, since the steps of a flow have a cache of their own.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from api.edge import Admission
from infra.database import reading
from infra.hashing import digest
from infra.store import open_store
from infra.tables import UNDER_WAY, events, projects, runs, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Ask

NEWEST = 5
"""How many finished runs are looked at: one whose results are gone does not hide an older one that has them."""
FILM_FILES = ("master", "captions_vtt", "captions_srt", "poster", "contact_sheet", "manifest", "certificate")


async def find(ask: Ask) -> Admission | None:
    """The run that answers *ask*, if there is one.

    Raises:
        Unreachable: the database or the store does not answer.
    """
    async with reading() as db:
        if found := await under_way(db, ask):
            return found
        finished = (await db.execute(_equal(ask).where(runs.c.state == "done").limit(NEWEST))).all()
        results = [(run, await _results(db, run)) for run in finished]
    for run, assets in results:
        if assets is not None and await asyncio.to_thread(_all_sound, assets):
            return _answered_by(ask, run)
    return None


async def under_way(db: AsyncConnection, ask: Ask, since: float | None = None) -> Admission | None:
    """The run for *ask* that has not ended, or has ended well *since* then (epoch seconds)."""
    equal = _equal(ask) if ask.stream is None else _equal(ask).where(runs.c.stream == ask.stream)
    live: ColumnElement[bool] = runs.c.state.in_(UNDER_WAY)
    if since is not None:
        live = or_(live, and_(runs.c.state == "done", runs.c.ended >= since))
    run = (await db.execute(equal.where(live).limit(1))).first()
    return _answered_by(ask, run) if run else None


def payload(ask: Ask) -> str:
    """What is asked for, as 64 hex digits; equal requests have equal ones."""
    return digest([ask.modality, ask.parameters])


def _equal(ask: Ask) -> Any:
    """The tenant's runs for the same, newest first; not those of projects that were deleted."""
    is_job = runs.c.stream == runs.c.id
    is_there = and_(projects.c.id.is_not(None), projects.c.deleted.is_(None))
    return (
        select(runs.c.id, runs.c.stream, runs.c.state, runs.c.flow)
        .select_from(runs.outerjoin(projects, projects.c.id == runs.c.stream))
        .where(runs.c.payload == payload(ask), runs.c.tenant == ask.who.tenant, or_(is_job, is_there))
        .order_by(runs.c.id.desc())
    )


def _answered_by(ask: Ask, run: Row[Any]) -> Admission:
    how = "hit" if run.state == "done" else "joined"
    ask.headers |= {"Flywheel-Cache": how, "Flywheel-Run": run.id}
    return Admission(run.id, run.stream, "hit" if run.state == "done" else "joined", ask.headers)


async def _results(db: AsyncConnection, run: Row[Any]) -> set[str] | None:
    """The hashes of what a run has made; None: it has left no result."""
    if run.flow == "film":
        text = await db.scalar(select(versions.c.film).where(versions.c.run == run.id, versions.c.film.is_not(None)))
        film = json.loads(text) if text else {}
        return {film[name]["sha256"] for name in FILM_FILES if film.get(name)} or None
    mine = (events.c.stream == run.stream) & (events.c.run == run.id) & (events.c.kind == "job.phase")
    texts = list(await db.scalars(select(events.c.data).where(mine)))
    return set(_hashes([json.loads(text) for text in texts])) if texts else None


def _hashes(value: Any) -> Iterator[str]:
    """The hashes of all assets within plain JSON data."""
    if isinstance(value, list):
        for item in value:
            yield from _hashes(item)
    elif isinstance(value, dict):
        if {"sha256", "media_type"} <= value.keys():
            yield value["sha256"]
        for item in value.values():
            yield from _hashes(item)


def _all_sound(hashes: set[str]) -> bool:
    store = open_store()
    return all(store.sound(sha256) for sha256 in hashes)
