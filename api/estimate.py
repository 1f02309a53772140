"""What a film or a change of one will take, said before anything is spent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import func, select

from api import records
from api.callers import Reader
from api.changes import Rework, same_story, segments_of, work
from api.problems import declared
from infra.database import reading
from infra.pools import Pool
from infra.settings import settings
from infra.tables import timings
from tasks.schema import Brief, Edits

if TYPE_CHECKING:
    from api.edge import Who
    from api.records import Shown

router = APIRouter(prefix="/api", tags=["estimate"])

SHIPPED: dict[str, tuple[Pool, float]] = {
    "set_anchor": ("image", 0.5),
    "paint_poster": ("image", 1.1),
    "draw_frame": ("image", 1.1),
    "take_media": ("image", 0.5),
    "write_draft": ("text", 4.0),
    "write_outline": ("text", 4.0),
    "extend_outline": ("text", 4.0),
    "refine_segment": ("text", 4.5),
    "speak": ("speech", 2.0),
    "compose_bed": ("music", 1.5),
    "hear_music": ("music", 3.0),
    "loop_bed": ("music", 1.0),
    "mix_sound": ("music", 1.5),
    "shoot": ("render", 2.0),
    "join_shots": ("render", 3.0),
    "certify": ("render", 6.0),
}
"""The pool of each step, and its seconds on two cores at 1080p30, rounded from docs/figures.md."""
PIXELS_STEPS = frozenset({"shoot", "join_shots", "paint_poster", "draw_frame"})
"""Steps whose shipped seconds are for 1080 lines, and go with the picture's area."""
CONTENTION = 1.25
"""How much longer it takes when nothing runs beside anything else and the machine is shared."""


class Question(BaseModel):
    """What is to be estimated: a brief, or a project's change."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"brief": {"topic": "How honeybees find flowers"}}]}
    )

    brief: Brief | None = Field(None, description="Unset: the project's.")
    edits: Edits | None = Field(None, description="Unset: the project's, or none.")
    project: str | None = Field(None, max_length=64, description="Whose film is changed: only what differs is counted.")

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.brief is None and self.project is None:
            raise ValueError("name a brief, a project, or both")
        return self


class Seconds(BaseModel):
    """From asking to the finished film, on one worker that does nothing else."""

    low: float = Field(description="All pools work at the same time.")
    likely: float
    high: float = Field(description="One thing after the other, on a busy machine.")


class StepCost(BaseModel):
    """What one kind of step takes."""

    step: str
    pool: Pool
    times: int
    engine_seconds: float
    source: Literal["measured", "shipped"] = Field(
        description="measured: the mean of this installation's runs; shipped: a figure that came with Flywheel."
    )


class Estimate(BaseModel):
    """What it will take."""

    seconds: Seconds
    engine_seconds: float
    money: float = Field(examples=[0.0])
    segments: int = Field(examples=[5])
    compared_with: int | None = Field(description="The version whose film is changed; None: a new film.")
    spoken: list[str] = Field(description="Segments whose narration is made.")
    drawn: list[str] = Field(description="Segments whose picture is made.")
    rendered: list[str] = Field(description="Segments whose shot is made.")
    steps: list[StepCost]


@router.post("/estimate", operation_id="estimate", responses=declared(404))
async def estimate(question: Question, who: Reader) -> Estimate:
    """What a film, or a change of one, will take: time, engine seconds, money. Nothing is begun."""
    brief, edits, shown = await _asked(question, who)
    if shown is not None and same_story(shown.brief, brief):
        rework = Rework(shown.film, (shown.brief, shown.edits), (brief, edits))
        steps, told, made = rework.steps(), rework.told, (rework.spoken(), rework.drawn(), rework.shot())
    else:
        shown, steps, told = None, work(brief, edits), segments_of(brief, edits)
        made = (set(told),) * 3
    costs = priced(steps, await measured(), brief.height)
    total = sum(cost.engine_seconds for cost in costs)
    spoken, drawn, rendered = ([name for name in told if name in some] for some in made)
    return Estimate(
        seconds=elapsed(costs),
        engine_seconds=round(total, 2),
        money=round(total * settings().price_per_engine_second, 6),
        segments=len(told),
        compared_with=shown.number if shown else None,
        spoken=spoken,
        drawn=drawn,
        rendered=rendered,
        steps=costs,
    )


def priced(steps: Counter[str], means: dict[str, float], height: int) -> list[StepCost]:
    """What each step takes: by what was measured here, else by what was shipped."""
    costs = []
    for step, times in steps.items():
        pool, shipped = SHIPPED[step]
        area = (height / 1080) ** 2 if step in PIXELS_STEPS else 1
        seconds = round(times * means.get(step, shipped * area), 2)
        source: Literal["measured", "shipped"] = "measured" if step in means else "shipped"
        costs.append(StepCost(step=step, pool=pool, times=times, engine_seconds=seconds, source=source))
    return costs


def elapsed(costs: list[StepCost]) -> Seconds:
    """Text, pictures and voices are made beside each other; sound and shots follow."""
    pools: Counter[str] = Counter()
    for cost in costs:
        pools[cost.pool] += cost.engine_seconds  # type: ignore[assignment]
    after = pools["music"] + pools["render"]
    low = max(pools["text"], pools["image"], pools["speech"]) + after
    alone = sum(pools.values())
    return Seconds(low=round(low, 1), likely=round((low + alone) / 2, 1), high=round(alone * CONTENTION, 1))


async def measured() -> dict[str, float]:
    """The mean seconds of each step that this installation has run."""
    count, seconds = func.sum(timings.c.count), func.sum(timings.c.seconds)
    chosen = select(timings.c.step, seconds / count).group_by(timings.c.step).having(count > 0)
    async with reading() as db:
        return {str(step): float(mean) for step, mean in await db.execute(chosen)}


async def _asked(question: Question, who: Who) -> tuple[Brief, Edits, Shown | None]:
    """Brief and edits, and the film that they change."""
    if question.project is None:
        assert question.brief is not None  # noqa: S101  # the model wants one of the two
        return question.brief, question.edits or Edits(), None
    row = await records.owned(who, question.project)
    brief = question.brief or Brief.model_validate_json(row.brief)
    edits = question.edits or Edits.model_validate_json(row.edits)
    return brief, edits, await records.shown(row)
