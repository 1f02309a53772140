"""The API with a home folder of its own: in this process for most tests, behind a real server for some."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from services import free_port

sys.path.append(str(Path(__file__).parents[1] / "tasks"))

from films import manifest_of
from sqlalchemy import insert, update

from api import serve
from api.app import create_app
from infra import tables
from infra.database import close_database, writing
from infra.ids import fresh

BEES = {"topic": "How honeybees find flowers", "seconds": 12, "height": 480}


@pytest_asyncio.fixture
async def client(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application without a network between."""
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
        yield caller
    await close_database()


@pytest.fixture
def live(home: Path) -> Iterator[str]:
    """The address of a real server on this home."""
    server = serve.server(port=free_port())
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join(20)


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
