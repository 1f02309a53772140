"""The API's front with a caller of one's choice: in local mode, any user; with keys, any tenant and scopes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware

from api import experiments, templates
from api.bodies import Bodies
from api.problems import Faultless, answer_problem
from infra import keys
from infra.database import close_database


@asynccontextmanager
async def front() -> AsyncIterator[httpx.AsyncClient]:
    """A client of this machine."""
    app = FastAPI(
        middleware=[Middleware(Faultless), Middleware(Bodies)],
        exception_handlers={RequestValidationError: answer_problem},
    )
    app.include_router(templates.router)
    app.include_router(experiments.router)
    transport = httpx.ASGITransport(Faultless(app), client=("127.0.0.1", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
        yield caller
    await close_database()


async def key(tenant: str, user: str, *scopes: str) -> dict[str, str]:
    """The header of a caller with a key."""
    _, secret = await keys.create(tenant, user, "test", scopes)
    return {"Authorization": f"Bearer {secret}"}
