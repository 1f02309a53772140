"""What tests of the API ask for, and what a worker would do with it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, update

from infra import tables
from infra.database import writing
from infra.ids import fresh

sys.path.append(str(Path(__file__).parents[1] / "tasks"))

from films import asset, manifest_of

__all__ = ["BEES", "asset", "created", "manifest_of", "set_run", "with_film"]

BEES = {"topic": "How honeybees find flowers", "seconds": 12, "height": 480}


async def created(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """A new project."""
    answer = await client.post("/api/projects", json={"brief": BEES, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def with_film(project: str, beats=(8, 8, 8), number=1, **film: Any) -> None:
    """Give *project* a version whose film is finished, as a worker would."""
    async with writing() as db:
        row = (await db.execute(tables.projects.select().where(tables.projects.c.id == project))).one()
        made = manifest_of(beats).film.model_copy(update=film)
        values = {"brief": row.brief, "edits": row.edits, "run": fresh("r"), "film": made.model_dump_json()}
        await db.execute(insert(tables.versions).values(project=project, number=number, created=time.time(), **values))
        await db.execute(update(tables.projects).where(tables.projects.c.id == project).values(version=number))


async def set_run(run: str, **values: Any) -> None:
    """Put a run into a state, as a worker would."""
    async with writing() as db:
        await db.execute(update(tables.runs).where(tables.runs.c.id == run).values(**values))
