"""The state of a project as clients are shown it; `api.snapshot` makes it of the log."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, SkipValidation

from tasks.schema import Anchor, Asset, Bed, Clip, Cues, Gate, Mood, RenderedShot, Timeline

T = TypeVar("T")
AsLogged = Annotated[SerializeAsAny[T], SkipValidation]
"""Handed on as it was logged, perhaps by an older release: it is described, and not checked again."""


class State(BaseModel):
    """A frozen part of the state."""

    model_config = ConfigDict(frozen=True)


class Picture(State):
    """The picture of a segment."""

    asset: AsLogged[Asset]
    width: int
    height: int
    draft: bool = Field(description="Drawn quickly; the final picture replaces it.")


class RunError(State):
    """Why a run failed, and what to do."""

    error: str
    what: str
    remedy: str
    retryable: bool


class StepError(RunError):
    """Why a step failed for a segment, and what to do."""

    step: str


class SegmentState(State):
    """One segment of the film, as far as it is made."""

    id: str = Field(description="s1, s2, …")
    draft: str | None = Field(None, description="Its caption as the draft has it.")
    writing: str | None = Field(None, description="Its final caption while it is being written.")
    caption: str | None = Field(None, description="Its final caption, shown and spoken.")
    visual: str | None = Field(None, description="What its picture shows, in English.")
    mood: AsLogged[Mood] | None = None
    frame: Picture | None = None
    clip: AsLogged[Clip] | None = Field(None, description="Its narration.")
    cues: AsLogged[Cues] | None = Field(None, description="The pictures of its captions, for a preview.")
    shot: AsLogged[RenderedShot] | None = Field(None, description="Its rendered shot.")
    error: AsLogged[StepError] | None = Field(None, description="What failed, until it is made or made anew.")


class DraftShot(State):
    """A shot as the draft of the film's time has it."""

    segment: str
    start_ms: float
    duration_ms: float
    beats: int
    caption: str
    asset: AsLogged[Asset] | None = None


class DraftTimeline(State):
    """The film's time before it is known how long each narration lasts."""

    bpm: float
    fps: int
    duration_ms: float
    shots: list[DraftShot]


class Progress(State):
    """How far the latest run is."""

    fraction: float = Field(description="0 to 1.")
    seconds_left: float | None = None


class Cost(State):
    """What the latest run has used."""

    engine_seconds: float
    money: float
    by_pool: dict[str, float] = Field(default_factory=dict, description="Engine seconds by pool.")


class RunState(State):
    """One run of the project."""

    id: str
    flow: str | None = Field(None, description="film, anchor, text, image-storyboard, audio or video.")
    version: int | None = Field(None, description="The project's version that it makes.")
    state: Literal["queued", "running", "waiting", "done", "failed", "cancelled"] = "queued"
    gate: AsLogged[Gate] | None = Field(None, description="What waits for approval.")
    until: float | None = Field(None, description="How long it waits, in epoch seconds.")
    error: AsLogged[RunError] | None = None


class Snapshot(State):
    """A project's state after its event `last_event_id`: follow its stream from there."""

    last_event_id: int = Field(0, description="The state is that after this event; 0: nothing has happened.")
    title: str | None = None
    anchor: AsLogged[Anchor] | None = None
    segments: tuple[SegmentState, ...] = Field((), description="In the film's order.")
    draft_timeline: AsLogged[DraftTimeline] | None = Field(None, description="There until the timeline is laid.")
    timeline: AsLogged[Timeline] | None = Field(None, description="The final one; of the film before while it is made.")
    bed: AsLogged[Bed] | None = Field(None, description="The music.")
    poster: Picture | None = None
    master: AsLogged[Asset] | None = Field(None, description="The finished film.")
    certificate: AsLogged[Asset] | None = None
    holds: bool | None = Field(None, description="Whether every check of the certificate holds.")
    progress: AsLogged[Progress] | None = None
    cost: AsLogged[Cost] | None = None
    runs: tuple[RunState, ...] = Field((), description="Oldest first.")
