"""Rows of projects, versions and runs; whose they are is checked here and nowhere else."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path
from sqlalchemy import select, update

from api.problems import NotThere
from infra.database import reading, writing
from infra.tables import events, projects, runs, versions
from tasks.schema import Brief, Edits, Film

if TYPE_CHECKING:
    from sqlalchemy import Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Who

ProjectId = Annotated[str, Path(max_length=64, examples=["p_019a1b2c3d4e5f60718293a4b5c"])]
RunId = Annotated[str, Path(max_length=64, examples=["r_019a1b2c3d4e5f60718293a4b5c"])]
Number = Annotated[int, Path(ge=1, lt=2**31, description="The version's number.")]


async def owned(who: Who, project: str, *, deleted: bool = False) -> Row[Any]:
    """The caller's project.

    Raises:
        NotThere: there is none, it is another tenant's, or it was deleted and *deleted* ones are not asked for.
    """
    async with reading() as db:
        return _there((await db.execute(_whose(who, project, deleted=deleted))).first(), project)


async def locked(db: AsyncConnection, who: Who, project: str, *, deleted: bool = False) -> Row[Any]:
    """The same as part of a transaction that writes; the row is locked until it ends."""
    chosen = _whose(who, project, deleted=deleted).with_for_update()
    return _there((await db.execute(chosen)).first(), project)


@dataclass(frozen=True)
class Shown:
    """The film that a project shows, with what it was asked to be."""

    number: int
    brief: Brief
    edits: Edits
    film: Film


async def shown(project: Row[Any]) -> Shown | None:
    """The film that *project* shows, if there is one."""
    if project.version is None:
        return None
    row = await version_of(project.id, project.version)
    if row.film is None:
        return None
    brief, edits = Brief.model_validate_json(row.brief), Edits.model_validate_json(row.edits)
    return Shown(row.number, brief, edits, Film.model_validate_json(row.film))


async def film_of(project: str, number: int) -> Film | None:
    """The film of a version, once it is made."""
    chosen = select(versions.c.film).where(versions.c.project == project, versions.c.number == number)
    async with reading() as db:
        text = await db.scalar(chosen)
    return Film.model_validate_json(text) if text else None


async def version_of(project: str, number: int) -> Row[Any]:
    """A version's row.

    Raises:
        NotThere: the project has no such version.
    """
    async with reading() as db:
        return await version_within(db, project, number)


async def version_within(db: AsyncConnection, project: str, number: int) -> Row[Any]:
    """The same as part of a transaction."""
    chosen = select(versions).where(versions.c.project == project, versions.c.number == number)
    if (row := (await db.execute(chosen)).first()) is None:
        raise NotThere.named("version", number)
    return row


async def run_of(who: Who, run: str) -> Row[Any]:
    """The caller's run.

    Raises:
        NotThere: there is none, or it is another tenant's.
    """
    async with reading() as db:
        row = (await db.execute(select(runs).where(runs.c.id == run, runs.c.tenant == who.tenant))).first()
    if row is None:
        raise NotThere.named("run", run)
    return row


async def latest_run(stream: str) -> Row[Any] | None:
    """The latest run of a project."""
    async with reading() as db:
        return (
            await db.execute(select(runs).where(runs.c.stream == stream).order_by(runs.c.id.desc()).limit(1))
        ).first()


def _whose(who: Who, project: str, *, deleted: bool) -> Select[Any]:
    chosen = select(projects).where(projects.c.id == project, projects.c.tenant == who.tenant)
    return chosen if deleted else chosen.where(projects.c.deleted.is_(None))


def _there(row: Row[Any] | None, project: str) -> Row[Any]:
    if row is None:
        raise NotThere.named("project", project)
    return row


async def waiting_for(run: Row[Any]) -> tuple[str, ...]:
    """The segments of the script or the storyboard that *run* waits to have approved."""
    chosen = select(events.c.data).where(events.c.stream == run.stream, events.c.run == run.id)
    latest = chosen.where(events.c.kind == "run.waiting").order_by(events.c.seq.desc()).limit(1)
    async with reading() as db:
        data = await db.scalar(latest)
    return tuple(segment["id"] for segment in json.loads(data)["segments"]) if data else ()


async def keep_edits(run: Row[Any], edits: Edits) -> None:
    """Add what was changed at a gate to the project and to the version that *run* makes."""
    version = (versions.c.project == run.stream) & (versions.c.number == run.version)
    async with writing() as db:
        project = (await db.execute(select(projects).where(projects.c.id == run.stream).with_for_update())).first()
        made = (await db.execute(select(versions.c.edits).where(version))).scalar_one_or_none()
        if project is None or made is None:
            return
        joined = [Edits.model_validate_json(text).joined(edits) for text in (project.edits, made)]
        texts = [value.model_dump_json(exclude_unset=True) for value in joined]
        changed = {"edits": texts[0], "revision": project.revision + 1, "updated": time.time()}
        await db.execute(update(projects).where(projects.c.id == run.stream).values(**changed))
        await db.execute(update(versions).where(version).values(edits=texts[1]))
