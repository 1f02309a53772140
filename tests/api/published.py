"""Real films for tests of publishing: made by the flow with sketch engines, then put into a home of the test's own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, update

from infra import tables
from infra.database import writing
from infra.settings import settings
from tasks.schema import Edits, Film

BRIEF = {"topic": "How honeybees find flowers", "seconds": 6, "height": 480, "fps": 24}


FILMS = Path(os.environ["FLYWHEEL_HOME"]) / "store"
"""Where the flow keeps what it makes, outside the home of any one test."""


async def project_with(client: httpx.AsyncClient, film: Film, title: str = "Bees & flowers") -> str:
    """A project that shows *film*, whose files are in the store of this test's home."""
    shutil.copytree(FILMS, settings().store, dirs_exist_ok=True)
    answer = await client.post("/api/projects", json={"brief": BRIEF, "title": title})
    assert answer.status_code == 201, answer.text
    project = answer.json()["id"]
    await with_version(project, 1, film)
    return project


async def with_version(project: str, number: int, film: Film | None, **changed: Any) -> None:
    """Give *project* another version, as a worker would; with a film it is shown."""
    text = film.model_copy(update=changed).model_dump_json() if film else None
    edits = changed.get("edits", Edits()).model_dump_json(exclude_unset=True)
    row = {"brief": json.dumps(BRIEF), "edits": edits, "run": f"r_{number}", "film": text, "created": float(number)}
    async with writing() as db:
        await db.execute(insert(tables.versions).values(project=project, number=number, **row))
        if film:
            await db.execute(update(tables.projects).where(tables.projects.c.id == project).values(version=number))
