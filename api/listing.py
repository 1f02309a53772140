"""Projects in a list: one query, and no more of a film than its poster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel
from sqlalchemy import and_, cast, func, select
from sqlalchemy.dialects.postgresql import JSON

from infra.database import is_sqlite, reading
from infra.tables import projects, runs, versions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from api.edge import Who
    from api.paging import Page


class ProjectLine(BaseModel):
    """A project in a list."""

    id: str
    title: str
    revision: int
    state: Literal["draft", "queued", "running", "waiting", "done", "failed", "cancelled"]
    version: int | None
    poster: str | None
    created: datetime
    updated: datetime


async def projects_page(who: Who, page: Page, q: str | None) -> list[ProjectLine]:
    """The projects of a page, and one more if there is one."""
    chosen = _lines().where(projects.c.tenant == who.tenant, projects.c.deleted.is_(None))
    if q:
        chosen = chosen.where(func.lower(projects.c.title).contains(q.lower(), autoescape=True))
    async with reading() as db:
        return [_line(row) for row in await db.execute(page.newest(chosen, projects.c.id))]


def _lines() -> Select[Any]:
    latest = (
        select(runs.c.state).where(runs.c.stream == projects.c.id).order_by(runs.c.id.desc()).limit(1).scalar_subquery()
    )
    shown = and_(versions.c.project == projects.c.id, versions.c.number == projects.c.version)
    columns = (projects.c.id, projects.c.title, projects.c.revision, projects.c.version, projects.c.created)
    return select(*columns, projects.c.updated, latest.label("state"), _poster().label("poster")).select_from(
        projects.outerjoin(versions, shown)
    )


def _poster() -> ColumnElement[Any]:
    """The poster's hash, taken out of the film by the database: a film is long."""
    if is_sqlite():
        return func.json_extract(versions.c.film, "$.poster.sha256")
    poster: ColumnElement[Any] = cast(versions.c.film, JSON)["poster"]["sha256"].astext
    return poster


def _line(row: Any) -> ProjectLine:
    return ProjectLine(
        id=row.id,
        title=row.title,
        revision=row.revision,
        state=row.state or "draft",
        version=row.version,
        poster=f"/api/assets/{row.poster}.jpg" if row.poster else None,
        created=datetime.fromtimestamp(row.created, UTC),
        updated=datetime.fromtimestamp(row.updated, UTC),
    )
