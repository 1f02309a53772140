"""What tenants say otherwise in the prompt templates: every version is kept, the latest one is used."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from infra.database import reading, writing
from infra.errors import Conflict
from infra.tables import templates
from tasks.schema import Brief, Wording
from tasks.writing.languages import language_of
from tasks.writing.templates import validate

if TYPE_CHECKING:
    from sqlalchemy import Row


@dataclass(frozen=True)
class Version:
    """One version of a tenant's wording; without a *wording* it took the template back to its own words."""

    version: int
    wording: Wording | None
    created: float


async def history(tenant: str, name: str, language: str) -> tuple[Version, ...]:
    """All versions of a tenant's wording of a template, newest first."""
    mine = (templates.c.tenant == tenant) & (templates.c.name == name) & (templates.c.language == language)
    async with reading() as db:
        rows = (await db.execute(select(templates).where(mine).order_by(templates.c.version.desc()))).all()
    return tuple(_version(row) for row in rows)


async def latest(tenant: str, name: str, language: str) -> Version:
    """The version in use; version 0, without a wording, where there never was one."""
    found = await history(tenant, name, language)
    return found[0] if found else Version(0, None, 0.0)


async def overridden(tenant: str, language: str) -> frozenset[str]:
    """Names of the templates that the tenant words otherwise."""
    mine = (templates.c.tenant == tenant) & (templates.c.language == language)
    async with reading() as db:
        rows = (await db.execute(select(templates).where(mine).order_by(templates.c.version))).all()
    newest = {row.name: _version(row) for row in rows}
    return frozenset(name for name, version in newest.items() if version.wording)


async def save(tenant: str, name: str, language: str, wording: Wording | None, after: int) -> Version:
    """The version after the version *after*; no *wording*: back to the template's own words.

    Raises:
        BadInput: a prompt cannot be filled; prompt, hole and remedy are named.
        Conflict: another version was saved meanwhile.
    """
    if wording:
        validate(wording)
    version = Version(after + 1, wording, time.time())
    row = {"tenant": tenant, "name": name, "language": language, "version": version.version}
    text = json.dumps(wording and wording.model_dump(exclude_none=True), ensure_ascii=False)
    try:
        async with writing() as db:
            await db.execute(insert(templates).values(**row, wording=text, created=version.created))
    except IntegrityError as error:
        raise Conflict(f"Version {after + 1} of {name} was saved meanwhile.", "Read it and change it anew.") from error
    return version


async def worded(brief: Brief, tenant: str) -> Brief:
    """*brief* with the tenant's wording of its template; what the brief words itself stays."""
    if brief.wording is not None:
        return brief
    version = await latest(tenant, brief.template, brief.language or language_of(brief.topic))
    return brief if version.wording is None else brief.model_copy(update={"wording": version.wording})


def _version(row: Row[Any]) -> Version:
    wording = json.loads(row.wording)
    return Version(row.version, None if wording is None else Wording.model_validate(wording), row.created)
