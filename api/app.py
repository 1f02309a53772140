"""The HTTP API, put together: what every request passes, then the resources.

Marked ─ Faultless ─┬─ Streams    …/events: past everything else, for thousands of clients
                    └─ FastAPI ─ Faultless ─ Bodies ─ Idempotent ─ routers
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from api import (
    assets,
    catalogue,
    estimate,
    experiments,
    films,
    health,
    jobs,
    me,
    operations,
    outbox,
    prefect,
    projects,
    publications,
    relay,
    runs,
    studio,
    templates,
    uploads,
    versions,
)  # fmt: skip
from api.bodies import Bodies
from api.edge import auth
from api.idempotency import Idempotent
from api.marks import Marked
from api.observed import Observed
from api.problems import Faultless, Problem, answer_problem, declared, problem_of
from api.stream import Streams, matches
from api.studio import share
from infra import limits
from infra.database import close_database

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ROUTERS = (
    projects.router, films.router, versions.router, publications.router, runs.router, jobs.router,
    estimate.router, assets.router, uploads.router, catalogue.router, templates.router, experiments.router,
    operations.router, me.router, auth.router, health.router, share.router, studio.router,
)  # fmt: skip
TAGS = [
    {"name": "projects", "description": "A brief, what a human changed of it, and the films that came of them."},
    {"name": "films", "description": "Finished films: their files, and their shots in time."},
    {"name": "versions", "description": "Each film of a project with what it was made of."},
    {"name": "publications", "description": "A project's film on a public page, whose address stays."},
    {"name": "runs", "description": "Executions: follow, cancel, retry, approve."},
    {"name": "jobs", "description": "Parts of a film for small clients: anchor, text, pictures, audio, video."},
    {"name": "estimate", "description": "What it will take, before anything is spent."},
    {"name": "assets", "description": "Bytes by their hash, and uploads of one's own."},
    {"name": "catalogue", "description": "Voices, styles and engines there are."},
    {"name": "templates", "description": "How scripts are asked for: read, preview, word otherwise."},
    {"name": "experiments", "description": "Variants of briefs, who was shown which, and what came of it."},
    {"name": "operations", "description": "What goes on: workers, queues, runs, cost, how films ended."},
    {"name": "caller", "description": "Who calls, and what was used."},
    {"name": "session", "description": "A browser's key."},
]
EVERYWHERE = declared(400, 401, 403, 413, 415, 422, 500, 503)
"""Problems that any operation may answer with."""


def create_app() -> ASGIApp:
    """The whole API as one ASGI application; it serves between its lifespan's startup and shutdown."""
    streams = Streams(auth.allowed, lambda scope, error: problem_of(error, scope))
    served = resources(streams)

    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and matches(scope["path"]):
            await streams(scope, receive, send)
        else:
            await served(scope, receive, send)

    return Marked(Observed(Faultless(split)))


def resources(streams: Streams) -> FastAPI:
    """What FastAPI serves; *streams* live as long as it does."""
    app = FastAPI(
        title="Flywheel",
        summary="A brief becomes a finished film.",
        version=version("creation-flywheel"),
        openapi_tags=TAGS,
        responses=EVERYWHERE,
        middleware=[Middleware(Faultless), Middleware(Bodies), Middleware(Idempotent)],
        exception_handlers={HTTPException: answer_problem, RequestValidationError: answer_problem},
        redirect_slashes=False,
        redoc_url=None,
        lifespan=lambda _: _living(streams),
    )
    for router in ROUTERS:
        app.include_router(router)
    app.state.streams = streams
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _living(streams: Streams) -> AsyncIterator[None]:
    async with streams.running(), _beside(outbox.keep_telling()), _beside(relay.keep_relaying()):
        yield
    await prefect.close()
    await limits.close_limits()
    await close_database()


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do *work* while the block lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once; `Problem` is a component that every problem answer refers to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, summary=app.summary, version=app.version, tags=TAGS, routes=app.routes,
            separate_input_output_schemas=False,
        )  # fmt: skip
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
        app.openapi_schema = document
    return app.openapi_schema
