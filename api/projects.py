"""Projects: a brief, what a human changed of it, and the films that came of them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlalchemy import delete, insert, select, update

from api import etags, records
from api.callers import Reader, Writer
from api.changes import check_edits, check_locked, same_story
from api.etags import IfMatch
from api.films import FinishedFilm, finished
from api.listing import ProjectLine, projects_page
from api.making import make_film
from api.merging import checked, merged
from api.paging import Page
from api.problems import declared
from api.records import ProjectId
from api.snapshot import Snapshot, snapshot
from api.tickets import issue
from infra.database import writing
from infra.ids import fresh
from infra.tables import projects, runs
from tasks.schema import Brief, Edits

if TYPE_CHECKING:
    from sqlalchemy import Row

    from api.edge import Who

router = APIRouter(prefix="/api/projects", tags=["projects"])

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Bees"])]
Id = Annotated[str, Field(max_length=64)]
BEES: dict[str, JsonValue] = {"topic": "How honeybees find flowers", "style": "warm documentary", "seconds": 30}


class NewProject(BaseModel):
    """What a project begins with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"brief": BEES, "make": True}]})

    brief: Brief
    title: Title | None = Field(None, description="Unset: the topic.")
    make: bool = Field(False, description="Begin its film at once.")


class Document(BaseModel):
    """What of a project may be changed."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    brief: Brief
    edits: Edits = Edits()


class Change(BaseModel):
    """A JSON Merge Patch (RFC 7396) of title, brief and edits: null takes a member back to its default."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"edits": {"captions": {"s2": "Bees dance to show the way."}}}]}
    )

    title: Title | None = None
    brief: dict[str, Any] | None = Field(None, examples=[{"seconds": 45}])
    edits: dict[str, Any] | None = None


class Project(BaseModel):
    """A project as it is now."""

    id: str = Field(examples=["p_019a1b2c3d4e5f60718293a4b5c"])
    title: str = Field(examples=["Bees"])
    revision: int = Field(description="Its ETag is this in quotes.")
    brief: Brief
    edits: Edits
    state: Literal["draft", "queued", "running", "waiting", "done", "failed", "cancelled"] = Field(
        description="That of its latest run; without one: done if it shows a film that was there, else draft."
    )
    run: str | None = Field(description="Its latest run.")
    version: int | None = Field(description="The version that is shown.")
    film: FinishedFilm | None
    snapshot: Snapshot = Field(description="What its events have come to so far.")
    last_event_id: int = Field(description="The number of the event up to which the snapshot counts.")
    events: str = Field(
        examples=["/api/projects/p_019a1b2c3d4e5f60718293a4b5c/events?after=12&ticket=local.1900000000.c2ln"],
        description="Where its events go on from there, with a ticket for an EventSource.",
    )
    created: datetime
    updated: datetime


class ProjectPage(BaseModel):
    """A page of projects, newest first."""

    projects: list[ProjectLine]
    next: str | None = Field(description="The cursor of the next page.")


@router.post("", operation_id="create_project", status_code=201, responses=declared(402, 409, 429, 503))
async def create_project(new: NewProject, who: Writer, response: Response) -> Project:
    """Begin a project; with `make`, begin its film too: where that is refused, there is no project either."""
    project = await _insert(who, new.title or new.brief.topic[:200], new.brief, Edits())
    if new.make:
        try:
            made = await make_film(who, await records.owned(who, project))
        except BaseException:
            await _remove(project)
            raise
        response.headers.update(made.headers)
    return await _created(who, project, response)


@router.get("", operation_id="list_projects")
async def list_projects(
    who: Reader,
    response: Response,
    page: Annotated[Page, Depends()],
    q: Annotated[str | None, Query(max_length=200, description="Words of the title.")] = None,
    ids: Annotated[list[Id] | None, Query(alias="id", max_length=100, description="Only these.")] = None,
) -> ProjectPage:
    """The tenant's projects, newest first."""
    rows, following = page.of(await projects_page(who, page, q, ids), "id", response)
    return ProjectPage(projects=rows, next=following)


@router.get("/{project}", operation_id="get_project", responses=declared(404))
async def get_project(project: ProjectId, who: Reader, response: Response) -> Project:
    """A project as it is now, and where its events go on."""
    return await shown(who, await records.owned(who, project), response)


@router.patch("/{project}", operation_id="change_project", responses=declared(404, 409, 412, 428))
async def change_project(
    project: ProjectId,
    change: Annotated[Change, Body()],
    who: Writer,
    response: Response,
    if_match: IfMatch = None,
) -> Project:
    """Change title, brief or edits by a JSON Merge Patch; If-Match says which revision was read.

    A shot that is locked, and stays so, is not changed: that is a conflict.
    """
    async with writing() as db:
        row = await records.locked(db, who, project)
        etags.check(if_match, row.revision)
        before = {"title": row.title, "brief": Brief.model_validate_json(row.brief), "edits": _edits(row)}
        plain = {
            name: value if isinstance(value, str) else value.model_dump(mode="json", exclude_unset=True)
            for name, value in before.items()
        }
        after = checked(Document, merged(plain, change.model_dump(exclude_unset=True)))
        check_locked(*(_with_media(one["brief"], one["edits"]) for one in (before, vars(after))))
        named = after.edits.segments
        if named and (film := await records.shown(row)) and same_story(film.brief, after.brief):
            check_edits(after.edits, film.brief, film.film)
        changed = {"title": after.title, "brief": _text(after.brief), "edits": _text(after.edits)}
        if changed != {"title": row.title, "brief": row.brief, "edits": row.edits}:
            await db.execute(_changed(row, **changed))
    return await shown(who, await records.owned(who, project), response)


@router.delete("/{project}", operation_id="delete_project", status_code=204, responses=declared(404, 412))
async def delete_project(project: ProjectId, who: Writer, if_match: IfMatch = None) -> None:
    """Put a project away; `restore` brings it back. A film that is being made is finished."""
    async with writing() as db:
        row = await records.locked(db, who, project)
        etags.check(if_match, row.revision, needed=False)
        await db.execute(_changed(row, deleted=time.time()))


@router.post("/{project}/restore", operation_id="restore_project", responses=declared(404))
async def restore_project(project: ProjectId, who: Writer, response: Response) -> Project:
    """Bring back a project that was deleted."""
    async with writing() as db:
        row = await records.locked(db, who, project, deleted=True)
        if row.deleted is not None:
            await db.execute(_changed(row, deleted=None))
    return await shown(who, await records.owned(who, project), response)


@router.post("/{project}/duplicate", operation_id="duplicate_project", status_code=201, responses=declared(404))
async def duplicate_project(project: ProjectId, who: Writer, response: Response) -> Project:
    """Begin another project with the same brief and edits."""
    row = await records.owned(who, project)
    other = await _insert(who, row.title, Brief.model_validate_json(row.brief), _edits(row))
    return await _created(who, other, response)


async def _insert(who: Who, title: str, brief: Brief, edits: Edits) -> str:
    project, now = fresh("p"), time.time()
    row = {
        "id": project, "tenant": who.tenant, "user": who.user, "title": title, "revision": 1,
        "brief": _text(brief), "edits": _text(edits), "created": now, "updated": now,
    }  # fmt: skip
    async with writing() as db:
        await db.execute(insert(projects).values(**row))
    return project


async def _remove(project: str) -> None:
    """Take back a project that has no run."""
    has_run = select(runs.c.id).where(runs.c.stream == project).exists()
    async with writing() as db:
        await db.execute(delete(projects).where(projects.c.id == project, ~has_run))


def _changed(row: Row[Any], **values: Any) -> Any:
    """The statement that makes a project's next revision."""
    changes = {"revision": row.revision + 1, "updated": time.time(), **values}
    return update(projects).where(projects.c.id == row.id).values(**changes)


async def _created(who: Who, project: str, response: Response) -> Project:
    response.headers["Location"] = f"{router.prefix}/{project}"
    return await shown(who, await records.owned(who, project), response)


async def shown(who: Who, row: Row[Any], response: Response) -> Project:
    """The project as clients see it; its ETag goes into *response*."""
    response.headers["ETag"] = etags.tag(row.revision)
    state = await snapshot(row.id)
    last = state.last_event_id
    film = await records.film_of(row.id, row.version) if row.version else None
    run = await records.latest_run(row.id)
    return Project(
        id=row.id,
        title=row.title,
        revision=row.revision,
        brief=Brief.model_validate_json(row.brief),
        edits=_edits(row),
        state=run.state if run else ("done" if row.version else "draft"),
        run=run.id if run else None,
        version=row.version,
        film=finished(row.id, row.version, film) if film else None,
        snapshot=state,
        last_event_id=last,
        events=f"{router.prefix}/{row.id}/events?after={last}&ticket={quote(issue(row.id, who.tenant), safe='')}",
        created=datetime.fromtimestamp(row.created, UTC),
        updated=datetime.fromtimestamp(row.updated, UTC),
    )


def _edits(row: Row[Any]) -> Edits:
    return Edits.model_validate_json(row.edits)


def _with_media(brief: Brief, edits: Edits) -> Edits:
    """The edits with the pictures and clips that the brief gives."""
    return edits.model_copy(update={"media": brief.media | edits.media})


def _text(value: Brief | Edits) -> str:
    """As it was given, without what was left open."""
    return value.model_dump_json(exclude_unset=True)
