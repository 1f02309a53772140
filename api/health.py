"""Is the process alive, is the whole ready for work, and what was counted: for machines that watch over it."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from api import prefect
from infra import metrics, tables, workers
from infra.database import writing
from infra.errors import FlywheelError, ModelMissing, Unreachable
from infra.settings import settings
from infra.store import fresh_file, open_store

KEPT_S = 1.0
"""How long an answer serves: probes cost nothing, however many ask."""
WITHIN_S = 4.0
RETRY_AFTER_S = 5

router = APIRouter(include_in_schema=False)


class Check(BaseModel):
    """One thing that is needed, whether it is there, and what to do if not."""

    name: str = Field(examples=["database"])
    ok: bool
    detail: str
    remedy: str = ""


class Readiness(BaseModel):
    """Whether films can be made now."""

    ready: bool
    checks: list[Check]


class Readings:
    """The latest readiness; looked for at most once a second."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._latest = Readiness(ready=False, checks=[])
        self._until = 0.0

    async def latest(self) -> Readiness:
        """How it is, or was a moment ago."""
        async with self._lock:
            if time.monotonic() >= self._until:
                self._latest = await readiness()
                self._until = time.monotonic() + KEPT_S
        return self._latest


_readings: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Readings] = weakref.WeakKeyDictionary()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer, for as long as the process serves at all."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz() -> JSONResponse:
    """Say whether films can be made now: 200, or 503 with the remedy of each check that fails."""
    now = await _readings.setdefault(asyncio.get_running_loop(), Readings()).latest()
    if now.ready:
        return JSONResponse(now.model_dump())
    return JSONResponse(now.model_dump(), 503, {"Retry-After": str(RETRY_AFTER_S)})


@router.get("/metrics")
async def read_metrics() -> Response:
    """Tell what was counted, in all processes that share a folder for it."""
    return Response(await asyncio.to_thread(metrics.exposition), media_type=CONTENT_TYPE_LATEST)


async def readiness() -> Readiness:
    """Look at everything that a film needs, at the same time."""
    checks = await asyncio.gather(*(_checked(name, look) for name, look in LOOKS.items()))
    return Readiness(ready=all(check.ok for check in checks), checks=checks)


async def _checked(name: str, look: Callable[[], Awaitable[str]]) -> Check:
    """What *look* says of it, or why it is not there."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return Check(name=name, ok=True, detail=await look())
    except FlywheelError as error:
        return Check(name=name, ok=False, detail=error.what, remedy=error.remedy)
    except TimeoutError:
        detail = f"It did not answer within {WITHIN_S:g} s."
        return Check(name=name, ok=False, detail=detail, remedy="See the load of its machine; it may only be slow.")


async def _database() -> str:
    """Take the lock to write, and write nothing."""
    try:
        async with writing() as db:
            await db.execute(update(tables.leases).where(tables.leases.c.name == "").values(until=0))
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).split("\n")[0]
        raise Unreachable(f"The database cannot be written: {why}.", "Let this user write to it.") from error
    return "can be written"


async def _prefect() -> str:
    if not await prefect.healthy():
        raise Unreachable("Prefect does not answer.", "Start it (flywheel up), or correct PREFECT_API_URL.")
    return "answers"


async def _workers() -> str:
    """How many workers live; one of them at least must be able to make a film."""
    living = await workers.alive()
    if not living:
        raise Unreachable("No worker lives.", "Start one: flywheel up, or flywheel worker.")
    able = [worker for worker in living if not worker.offers.get("missing")]
    if not able:
        missing = sorted({name for worker in living for name in worker.offers["missing"]})
        raise ModelMissing(f"The workers lack weights: {', '.join(missing)}.", "Run: flywheel models pull")
    return f"{len(able)} can make films, {sum(worker.running for worker in living)} runs under way"


async def _store() -> str:
    await asyncio.to_thread(_written)
    return "can be written"


def _written() -> None:
    with fresh_file(settings().store) as probe:
        probe.write_bytes(b"\0")
    if settings().s3_endpoint is not None:
        open_store().sound("0" * 64)


LOOKS = {"database": _database, "prefect": _prefect, "workers": _workers, "store": _store}
