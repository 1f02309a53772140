"""Versions: each film of a project with the brief and the edits it was made of; any of them can come back."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from sqlalchemy import select, update

from api import etags, records
from api.callers import Reader, Writer
from api.etags import IfMatch
from api.films import FinishedFilm, finished
from api.making import NO_RUN
from api.paging import Page
from api.problems import declared
from api.projects import Project, shown
from api.records import Number, ProjectId
from infra.database import reading, writing
from infra.tables import projects, versions
from tasks.schema import Brief, Edits, Film

if TYPE_CHECKING:
    from sqlalchemy import Row

router = APIRouter(prefix="/api/projects/{project}/versions", tags=["versions"])


class VersionLine(BaseModel):
    """A version in a list."""

    number: int
    run: str = Field(examples=["r_019a1b2c3d4e5f60718293a4b5c"])
    made: bool = Field(description="Whether its film is finished.")
    current: bool = Field(description="Whether the project shows it.")
    created: datetime


class Version(VersionLine):
    """A version with what it was made of."""

    brief: Brief
    edits: Edits
    film: FinishedFilm | None


class VersionPage(BaseModel):
    """A page of versions, newest first."""

    versions: list[VersionLine]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("", operation_id="list_versions", responses=declared(404))
async def list_versions(
    project: ProjectId, who: Reader, response: Response, page: Annotated[Page, Depends()]
) -> VersionPage:
    """A project's versions, newest first."""
    current = (await records.owned(who, project)).version
    columns = (versions.c.number, versions.c.run, versions.c.created, versions.c.film.is_not(None).label("made"))
    there = (versions.c.run != NO_RUN) | versions.c.film.is_not(None)
    chosen = select(*columns).where(versions.c.project == project, there)
    async with reading() as db:
        found = (await db.execute(page.newest(chosen, versions.c.number))).all()
    rows, following = page.of(found, "number", response)
    return VersionPage(versions=[VersionLine(**_line(row, current), made=row.made) for row in rows], next=following)


@router.get("/{number}", operation_id="get_version", responses=declared(404))
async def get_version(project: ProjectId, number: Number, who: Reader) -> Version:
    """A version: its brief, its edits and its film."""
    current = (await records.owned(who, project)).version
    row = await records.version_of(project, number)
    return Version(
        **_line(row, current),
        made=row.film is not None,
        brief=Brief.model_validate_json(row.brief),
        edits=Edits.model_validate_json(row.edits),
        film=finished(project, number, Film.model_validate_json(row.film)) if row.film else None,
    )


@router.post("/{number}/restore", operation_id="restore_version", responses=declared(404, 412))
async def restore_version(
    project: ProjectId, number: Number, who: Writer, response: Response, if_match: IfMatch = None
) -> Project:
    """Take a version's brief and edits back; its film, where it is finished, is shown at once."""
    async with writing() as db:
        row = await records.locked(db, who, project)
        etags.check(if_match, row.revision, needed=False)
        old = await records.version_within(db, project, number)
        changes = {"brief": old.brief, "edits": old.edits, "revision": row.revision + 1, "updated": time.time()}
        if old.film:
            changes["version"] = number
        await db.execute(update(projects).where(projects.c.id == project).values(**changes))
    return await shown(who, await records.owned(who, project), response)


def _line(row: Row[Any], current: int | None) -> dict[str, Any]:
    created = datetime.fromtimestamp(row.created, UTC)
    return {"number": row.number, "run": row.run, "current": row.number == current, "created": created}
