"""The modality jobs for small clients: an anchor at once; script, pictures, narration and video as jobs to follow.

Each answer is part of the next question: anchor → text → image-storyboard and audio → video. docs/jobs.md shows them.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from api import prefect, records
from api.callers import Reader, Writer
from api.edge import Ask, Modality, admit
from api.problems import NotThere, declared
from infra.database import reading
from infra.errors import BadInput, Conflict, EngineBusy, EngineFailed
from infra.eventlog import ENDS
from infra.tables import ENDED, events
from tasks.asks import AnchorAsk, AudioAsk, StoryboardAsk, TextAsk, VideoAsk
from tasks.schema import Anchor

if TYPE_CHECKING:
    from sqlalchemy import Row

    from api.edge import Admission, Who
    from api.stream import Streams
    from tasks.asks import Ask as Question

router = APIRouter(prefix="/edge", tags=["jobs"])

WITHIN_S = 10.0
"""How long a request waits for an anchor."""
SPENDING = declared(402, 409, 429, 503)
JobId = Annotated[str, Path(max_length=64, examples=["r_019a1b2c3d4e5f60718293a4b5c"])]


class Begun(BaseModel):
    """A job that was begun, or an equal one that there was."""

    id: str
    events: str = Field(description="The address of its event stream.")


class Job(BaseModel):
    """A job as it is now; *content* is what its latest phase told, and depends on the kind of job."""

    id: str
    flow: Modality
    state: Literal["queued", "running", "waiting", "done", "failed", "cancelled"] = Field(title="Job state")
    phase: str | None
    content: dict[str, Any] | None
    failure: dict[str, Any] | None = Field(description="What failed, and the remedy.")
    events: str = Field(description="The address of its event stream.")


@router.post("/anchor", operation_id="make_anchor", responses=SPENDING)
async def make_anchor(ask: AnchorAsk, who: Writer, request: Request, response: Response) -> Anchor:
    """Choose look, palette, tone, voice, mood and tempo for a topic: what every other job is given."""
    made = await _admitted(who, "anchor", ask, response)
    streams: Streams = request.app.state.streams
    ending = await _latest(made.run, ENDS) if await streams.ended(made.run, WITHIN_S) else None
    if ending is None:
        raise EngineBusy(f"The anchor is not ready after {WITHIN_S:g} s.", "Ask for the same again: it is kept.")
    kind, data = ending
    if kind != "run.done":
        raise _failure(data)
    content = await _latest(made.run, {"job.phase"})
    return Anchor.model_validate(content[1]["content"] if content else {})


@router.post("/jobs/text", operation_id="write_text", status_code=202, responses=SPENDING)
async def write_text(ask: TextAsk, who: Writer, response: Response) -> Begun:
    """Write a script: phases `draft` and `final`, each with all that is written so far."""
    return _begun(await _admitted(who, "text", ask, response))


@router.post("/jobs/image-storyboard", operation_id="draw_storyboard", status_code=202, responses=SPENDING)
async def draw_storyboard(ask: StoryboardAsk, who: Writer, response: Response) -> Begun:
    """Draw pictures of one look: phases `draft` (small ones) and `final`, each with all that are drawn so far."""
    return _begun(await _admitted(who, "image-storyboard", ask, response))


@router.post("/jobs/audio", operation_id="speak_audio", status_code=202, responses=SPENDING)
async def speak_audio(ask: AudioAsk, who: Writer, response: Response) -> Begun:
    """Speak captions: phase `clip` for each, `final` with all, in order."""
    return _begun(await _admitted(who, "audio", ask, response))


@router.post("/jobs/video", operation_id="render_video", status_code=202, responses=SPENDING)
async def render_video(ask: VideoAsk, who: Writer, response: Response) -> Begun:
    """Join pictures and clips on beats: phases `timeline`, `shot` for each, `final` with the video."""
    return _begun(await _admitted(who, "video", ask, response))


@router.get("/jobs/{job}", operation_id="get_job", responses=declared(404))
async def get_job(job: JobId, who: Reader) -> Job:
    """A job as it is now, with what its latest phase told."""
    return await _shown(await _job_of(who, job))


@router.delete("/jobs/{job}", operation_id="cancel_job", status_code=202, responses=declared(404, 409, 503))
async def cancel_job(job: JobId, who: Writer) -> Job:
    """Stop a job; what it has finished is kept."""
    row = await _job_of(who, job)
    if row.state in ENDED:
        raise Conflict(f"Job {job} is {row.state}.", "Only a job that has not ended can be cancelled.")
    await prefect.cancel(row.id)
    return await _shown(await _job_of(who, job))


async def _admitted(who: Who, modality: Modality, ask: Question, response: Response) -> Admission:
    """The run that answers *ask*."""
    parameters = ask.model_dump(mode="json", by_alias=True)
    made = await admit(Ask(who, modality, parameters))
    response.headers.update(made.headers)
    return made


def _begun(made: Admission) -> Begun:
    return Begun(id=made.run, events=_events(made.run))


async def _job_of(who: Who, job: str) -> Row[Any]:
    """The caller's job.

    Raises:
        NotThere: there is none, it is another tenant's, or it is a project's run.
    """
    row = await records.run_of(who, job)
    if row.stream != row.id:
        raise NotThere.named("job", job)
    return row


async def _shown(row: Row[Any]) -> Job:
    told, ending = await asyncio.gather(_latest(row.id, {"job.phase"}), _latest(row.id, {"run.failed"}))
    return Job(
        id=row.id,
        flow=row.flow,
        state=row.state,
        phase=told[1]["phase"] if told else None,
        content=told[1]["content"] if told else None,
        failure=ending[1] if ending else None,
        events=_events(row.id),
    )


async def _latest(run: str, kinds: set[str] | frozenset[str]) -> tuple[str, dict[str, Any]] | None:
    """Kind and data of the latest event of *kinds* in a job's own stream."""
    mine = (events.c.stream == run) & events.c.kind.in_(kinds)
    chosen = select(events.c.kind, events.c.data).where(mine).order_by(events.c.seq.desc()).limit(1)
    async with reading() as db:
        row = (await db.execute(chosen)).first()
    return (row.kind, json.loads(row.data)) if row else None


def _failure(data: dict[str, Any]) -> Exception:
    """The error that a run ended with, as the request's own."""
    if "what" not in data:
        return Conflict("The run of this anchor was cancelled.", "Ask for it again.")
    if data["error"] in {"BadInput", "UnknownName"}:
        return BadInput(data["what"], data["remedy"])
    return (EngineBusy if data["retryable"] else EngineFailed)(data["what"], data["remedy"])


def _events(run: str) -> str:
    return f"/edge/jobs/{run}/events"
