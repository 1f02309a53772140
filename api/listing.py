"""Projects in a list: one query; no more of a film than its poster, of a run than how far it is or why it failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import and_, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSON

from api.kinds import extension
from api.runs import Failure
from infra.database import is_sqlite, reading
from infra.tables import UNDER_WAY, events, projects, runs, versions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select

    from api.edge import Who
    from api.paging import Page


class ProjectLine(BaseModel):
    """A project in a list."""

    id: str
    title: str
    revision: int
    state: Literal["draft", "queued", "running", "waiting", "done", "failed", "cancelled"]
    run: str | None = Field(description="Its latest run.")
    progress: float | None = Field(description="How far a run that is under way has come, 0 to 1.")
    failure: Failure | None = Field(description="Why its latest run failed.")
    version: int | None
    poster: str | None = Field(description="The film's; before there is one, that of the film that is being made.")
    created: datetime
    updated: datetime


async def projects_page(who: Who, page: Page, q: str | None, ids: Collection[str] | None = None) -> list[ProjectLine]:
    """The projects of a page, and one more if there is one; with *ids*, only of those."""
    chosen = _lines().where(projects.c.tenant == who.tenant, projects.c.deleted.is_(None))
    if q:
        chosen = chosen.where(func.lower(projects.c.title).contains(q.lower(), autoescape=True))
    if ids is not None:
        chosen = chosen.where(projects.c.id.in_(ids))
    async with reading() as db:
        return [_line(row) for row in await db.execute(page.newest(chosen, projects.c.id))]


def told(kind: str) -> ColumnElement[Any]:
    """The data of the latest event of *kind* of the run in the query's row; the log is read from its end."""
    mine = and_(events.c.stream == runs.c.stream, events.c.run == runs.c.id, events.c.kind == kind)
    return select(events.c.data).where(mine).order_by(events.c.seq.desc()).limit(1).correlate(runs).scalar_subquery()


def progress() -> ColumnElement[Any]:
    """How far the run in the query's row has come, as its log says; only of one that is under way."""
    return case((runs.c.state.in_(UNDER_WAY), told("progress")))


def fraction(data: str | None) -> float | None:
    """What `progress` gave, as a number."""
    return json.loads(data)["fraction"] if data else None


def _lines() -> Select[Any]:
    latest = select(func.max(runs.c.id)).where(runs.c.stream == projects.c.id).correlate(projects).scalar_subquery()
    shown = and_(versions.c.project == projects.c.id, versions.c.number == projects.c.version)
    columns = (projects.c.id, projects.c.title, projects.c.revision, projects.c.version, projects.c.created)
    return select(
        *columns,
        projects.c.updated,
        runs.c.id.label("run"),
        runs.c.state,
        progress().label("progress"),
        case((runs.c.state == "failed", told("run.failed"))).label("failure"),
        _poster().label("poster"),
        case((projects.c.version.is_(None), told("poster.painted"))).label("painted"),
    ).select_from(projects.outerjoin(runs, runs.c.id == latest).outerjoin(versions, shown))


def _poster() -> ColumnElement[Any]:
    """The poster's hash, taken out of the film by the database: a film is long."""
    if is_sqlite():
        return func.json_extract(versions.c.film, "$.poster.sha256")
    poster: ColumnElement[Any] = cast(versions.c.film, JSON)["poster"]["sha256"].astext
    return poster


def _line(row: Any) -> ProjectLine:
    painted = json.loads(row.painted)["frame"]["asset"] if row.painted else None
    poster = (
        f"{row.poster}.jpg" if row.poster else painted and f"{painted['sha256']}.{extension(painted['media_type'])}"
    )
    return ProjectLine(
        id=row.id,
        title=row.title,
        revision=row.revision,
        state=row.state or ("done" if row.version else "draft"),
        run=row.run,
        progress=fraction(row.progress),
        failure=Failure.model_validate_json(row.failure) if row.failure else None,
        version=row.version,
        poster=f"/api/assets/{poster}" if poster else None,
        created=datetime.fromtimestamp(row.created, UTC),
        updated=datetime.fromtimestamp(row.updated, UTC),
    )
