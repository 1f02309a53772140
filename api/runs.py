"""Runs: each is one execution of a flow for a project or a job; they can be followed, cancelled, retried, approved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api import prefect, records
from api.callers import Reader, Writer
from api.edge import Modality
from api.making import make_again, make_film
from api.paging import Page
from api.problems import declared
from api.records import ProjectId, RunId
from infra.database import reading
from infra.errors import Conflict
from infra.tables import ENDED, events, runs
from tasks.numbering import check_named
from tasks.schema import Edits

if TYPE_CHECKING:
    from sqlalchemy import Row

router = APIRouter(tags=["runs"])

State = Literal["queued", "running", "waiting", "done", "failed", "cancelled"]


class Failure(BaseModel):
    """Why a run failed, and what to do about it."""

    error: str
    what: str = Field(examples=["The engine ran out of memory."])
    remedy: str = Field(examples=["Free some memory and retry."])
    retryable: bool


class Run(BaseModel):
    """A run as it is now."""

    id: str = Field(examples=["r_019a1b2c3d4e5f60718293a4b5c"])
    flow: Modality
    project: str | None = Field(description="None for a job that belongs to no project.")
    version: int | None = Field(description="The version of the project that it makes.")
    state: State = Field(title="Standing")
    attempt: int = Field(description="Above 1: it was begun again after a crash.")
    created: datetime
    ended: datetime | None
    failure: Failure | None
    events: str = Field(
        description="The address of its event stream.", examples=["/api/projects/p_019a1b2c3d4e5f60718293a4b5c/events"]
    )


class RunPage(BaseModel):
    """A page of runs, newest first."""

    runs: list[Run]
    next: str | None = Field(description="The cursor of the next page.")


class Approval(BaseModel):
    """What a human says to a run that waits."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"approve": True, "edits": {"captions": {"s1": "Bees see."}}}]}
    )

    approve: bool = Field(description="False ends the run.")
    edits: Edits | None = Field(None, description="What to change before it goes on.")


@router.post(
    "/api/projects/{project}/runs",
    operation_id="make_film",
    status_code=202,
    responses=declared(402, 404, 409, 429, 503),
)
async def make_project_film(project: ProjectId, who: Writer, response: Response) -> Run:
    """Make the film of the current brief and edits; what was made before is not made again."""
    made = await make_film(who, await records.owned(who, project))
    response.headers.update(made.headers)
    return await _shown(await records.run_of(who, made.run))


@router.get("/api/runs", operation_id="list_runs", responses=declared(404))
async def list_runs(
    who: Reader,
    response: Response,
    page: Annotated[Page, Depends()],
    project: Annotated[str | None, Query(max_length=64)] = None,
    state: State | None = None,
) -> RunPage:
    """The tenant's runs, newest first; of one project, in one state."""
    chosen = select(runs).where(runs.c.tenant == who.tenant)
    if project is not None:
        chosen = chosen.where(runs.c.stream == (await records.owned(who, project)).id)
    if state is not None:
        chosen = chosen.where(runs.c.state == state)
    async with reading() as db:
        found = (await db.execute(page.newest(chosen, runs.c.id))).all()
    rows, following = page.of(found, "id", response)
    return RunPage(runs=[await _shown(row) for row in rows], next=following)


@router.get("/api/runs/{run}", operation_id="get_run", responses=declared(404))
async def get_run(run: RunId, who: Reader) -> Run:
    """A run as it is now."""
    return await _shown(await records.run_of(who, run))


@router.post("/api/runs/{run}/cancel", operation_id="cancel_run", status_code=202, responses=declared(404, 409, 503))
async def cancel_run(run: RunId, who: Writer) -> Run:
    """Stop a run; what it has finished is kept."""
    row = await records.run_of(who, run)
    if row.state in ENDED:
        raise Conflict(f"Run {run} is {row.state}.", "Only a run that has not ended can be cancelled.")
    await prefect.cancel(row.id)
    return await _shown(await records.run_of(who, run))


@router.post(
    "/api/runs/{run}/retry", operation_id="retry_run", status_code=202, responses=declared(402, 404, 409, 429, 503)
)
async def retry_run(run: RunId, who: Writer, response: Response) -> Run:
    """Make the same again in a new run; what the old one finished is not made again."""
    row = await records.run_of(who, run)
    if row.state not in {"failed", "cancelled"}:
        raise Conflict(f"Run {run} is {row.state}.", "Only a run that failed or was cancelled can be retried.")
    made = await make_again(who, row)
    response.headers.update(made.headers)
    return await _shown(await records.run_of(who, made.run))


@router.post("/api/runs/{run}/approve", operation_id="approve_run", status_code=202, responses=declared(404, 409, 503))
async def approve_run(run: RunId, approval: Approval, who: Writer) -> Run:
    """Let a run that waits for a human go on, changed or not, or end it; the project keeps what was changed."""
    row = await records.run_of(who, run)
    if row.state != "waiting":
        raise Conflict(f"Run {run} is {row.state}.", "Only a run that waits can be approved.")
    edits = approval.edits or Edits()
    check_named(edits, await records.waiting_for(row))
    await prefect.resume(row.id, approve=approval.approve, edits=edits.unlocked)
    if approval.approve:
        await records.keep_edits(row, edits)
    return await _shown(await records.run_of(who, run))


async def _shown(row: Row[Any]) -> Run:
    """The run as clients see it."""
    job = row.stream == row.id
    return Run(
        id=row.id,
        flow=row.flow,
        project=None if job else row.stream,
        version=row.version,
        state=row.state,
        attempt=row.attempt,
        created=datetime.fromtimestamp(row.created, UTC),
        ended=datetime.fromtimestamp(row.ended, UTC) if row.ended else None,
        failure=await _failure(row) if row.state == "failed" else None,
        events=f"/edge/jobs/{row.id}/events" if job else f"/api/projects/{row.stream}/events",
    )


async def _failure(row: Row[Any]) -> Failure | None:
    """What the log says of its failing."""
    chosen = (
        select(events.c.data)
        .where(events.c.stream == row.stream, events.c.run == row.id, events.c.kind == "run.failed")
        .order_by(events.c.seq.desc())
        .limit(1)
    )
    async with reading() as db:
        data = await db.scalar(chosen)
    return Failure.model_validate(json.loads(data)) if data else None
