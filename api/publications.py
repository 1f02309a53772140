"""Publications: a project's film on a public page, under an address that newer versions keep."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import insert, select, update

from api import records
from api.callers import Reader, Writer
from api.clearance import Checks, checks_of, demand
from api.problems import NotThere, declared
from api.records import ProjectId
from api.showing import base_of, embed_code, showing_of, slug_for
from infra.database import reading, writing
from infra.errors import Conflict
from infra.tables import projects, publications

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Who
    from tasks.schema import Film

router = APIRouter(prefix="/api/projects/{project}/publications", tags=["publications"])

Slug = Annotated[str, Path(max_length=64, examples=["how-honeybees-find-flowers-k3v9q2m7x4pt"])]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class Publish(BaseModel):
    """What is published, and what others may do with it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rights": True, "download": True}]})

    version: Version | None = Field(None, description="Unset: the version that is shown.")
    rights: bool = Field(False, description="You hold the rights in your own pictures, clips and songs in the film.")
    embed: bool = Field(True, description="Pages elsewhere may show the player.")
    download: bool = Field(False, description="The page offers the MP4 for download.")


class Publication(BaseModel):
    """A published film and where it is."""

    slug: str = Field(examples=["how-honeybees-find-flowers-k3v9q2m7x4pt"])
    url: str = Field(examples=["https://films.example/s/how-honeybees-find-flowers-k3v9q2m7x4pt"])
    qr: str = Field(description="Where its QR code is, as SVG.")
    embed: str | None = Field(description="HTML that shows the player elsewhere; null where that is not allowed.")
    download: bool
    version: int = Field(description="The version that the page shows.")
    title: str
    created: datetime
    published: datetime = Field(description="When that version was.")
    withdrawn: datetime | None


class Published(Publication):
    """A publication as it was just made, with what was looked up."""

    checks: Checks


class PublicationList(BaseModel):
    """A project's publications: one, or none yet."""

    publications: list[Publication]


@router.post(
    "", operation_id="publish_film", status_code=201, response_model=Published,
    responses={200: {"model": Published, "description": "It had been published before."}, **declared(404, 409)},
)  # fmt: skip
async def publish(
    project: ProjectId, who: Writer, request: Request, response: Response, asked: Annotated[Publish, Body()]
) -> Published:
    """Publish a version on the project's public page, now or again; the page's address stays the same."""
    number, film = await _film(await records.owned(who, project), asked.version)
    checks, showing = await asyncio.to_thread(lambda: (checks_of(film, number), showing_of(film)))
    demand(checks, rights=asked.rights)
    said = {"version": number, "film": showing.model_dump_json(), **asked.model_dump(exclude={"version"})}
    async with writing() as db:
        owner = await records.locked(db, who, project)
        known = await _of(db, project)
        row = await _kept(db, who, owner, {**said, "title": owner.title}, known)
    response.status_code = 200 if known else 201
    response.headers["Location"] = f"/s/{row.slug}"
    return Published(**_shown(row, request), checks=checks)


@router.get("", operation_id="list_publications", responses=declared(404))
async def list_publications(project: ProjectId, who: Reader, request: Request) -> PublicationList:
    """Where the project's film is published, also if that was withdrawn."""
    await records.owned(who, project)
    async with reading() as db:
        row = await _of(db, project)
    return PublicationList(publications=[Publication(**_shown(row, request))] if row else [])


@router.get("/checks", operation_id="check_publication", responses=declared(404, 409))
async def check(
    project: ProjectId,
    who: Reader,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="Unset: the version that is shown.")] = None,
) -> Checks:
    """What a film has and lacks for being published; changes nothing."""
    number, film = await _film(await records.owned(who, project), version)
    return await asyncio.to_thread(checks_of, film, number)


@router.delete("/{slug}", operation_id="withdraw_publication", status_code=204, responses=declared(404))
async def withdraw(project: ProjectId, slug: Slug, who: Writer) -> None:
    """Withdraw a film: its page says so from now on. To publish again brings it back under the same address."""
    async with writing() as db:
        await records.locked(db, who, project)
        row = await _of(db, project)
        if row is None or row.slug != slug:
            raise NotThere(f"The project has no publication {slug}.", "Ask for the list of its publications.")
        if row.withdrawn is None:
            await db.execute(update(publications).where(publications.c.slug == slug).values(withdrawn=time.time()))


async def public(slug: str) -> Row[Any] | None:
    """The publication of that address, and since when its project is put away, `deleted`."""
    chosen = select(publications, projects.c.deleted).join(projects, projects.c.id == publications.c.project)
    async with reading() as db:
        return (await db.execute(chosen.where(publications.c.slug == slug))).first()


async def _film(project: Row[Any], version: int | None) -> tuple[int, Film]:
    """The version that is asked for, else the one that is shown, and its film.

    Raises:
        NotThere: there is no such version.
        Conflict: it is not finished.
    """
    number = version or project.version
    if number is None:
        raise Conflict("The project has no finished film.", f"Make one: POST /api/projects/{project.id}/runs.")
    if (film := await records.film_of(project.id, number)) is None:
        await records.version_of(project.id, number)
        raise Conflict(f"The film of version {number} is not finished.", "Wait for its run, or name another version.")
    return number, film


async def _of(db: AsyncConnection, project: str) -> Row[Any] | None:
    return (await db.execute(select(publications).where(publications.c.project == project))).first()


async def _kept(db: AsyncConnection, who: Who, project: Row[Any], said: dict[str, Any], known: Row[Any] | None) -> Any:
    """The project's one publication with what is *said* of it; the time moves when what the page shows does."""
    now = time.time()
    if known is None:
        first = {"slug": slug_for(said["title"]), "project": project.id, "created": now, "published": now}
        await db.execute(insert(publications).values(tenant=who.tenant, user=who.user, **first, **said))
    else:
        moved = known.withdrawn is not None or known.version != said["version"]
        said |= {"user": who.user, "withdrawn": None, "published": now if moved else known.published}
        await db.execute(update(publications).where(publications.c.slug == known.slug).values(**said))
    return await _of(db, project.id)


def _shown(row: Row[Any], request: Request) -> dict[str, Any]:
    url = f"{base_of(request)}/s/{row.slug}"
    return {
        "slug": row.slug, "url": url, "qr": f"{url}/qr.svg", "embed": embed_code(row, url) if row.embed else None,
        "download": row.download, "version": row.version, "title": row.title, "created": _time(row.created),
        "published": _time(row.published), "withdrawn": _time(row.withdrawn) if row.withdrawn else None,
    }  # fmt: skip


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
