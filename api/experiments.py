"""Experiments: variants of a brief, who saw which, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from api import results_page
from api.callers import Admin, Reader, Writer
from api.findings import Findings, findings
from api.problems import NotThere, declared
from infra import trials
from infra.errors import Conflict, UnknownName
from infra.trials import FINISHED, Trial
from tasks.schema import Brief
from tasks.writing.templates import validate

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Metric = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
OfMetric = Annotated[Metric, Query(description="What is counted.")]
SETTABLE = frozenset({
    "template", "wording", "style", "engines", "voice", "bpm", "caption_style", "transition", "quality",
})  # fmt: skip
"""What of a brief a variant may set: how a film is made, not what it is about nor how much of it there is."""


class NewVariant(BaseModel):
    """One way of making a film."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    weight: float = Field(1, gt=0, le=1000, allow_inf_nan=False, description="Its share of users, among the weights.")
    set: dict[str, Any] = Field(default_factory=dict, description="What it sets in a brief; nothing: as it is.")


class NewExperiment(BaseModel):
    """What an experiment compares; the first variant is the control."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Bold captions",
                    "variants": [{"name": "as-it-is"}, {"name": "bold", "set": {"caption_style": "bold"}}],
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    variants: Annotated[list[NewVariant], Field(min_length=2, max_length=10)]

    @field_validator("variants")
    @classmethod
    def _distinct(cls, variants: list[NewVariant]) -> list[NewVariant]:
        if len({variant.name for variant in variants}) < len(variants):
            raise ValueError("two variants have the same name")
        if not any(variant.set for variant in variants):
            raise ValueError("no variant sets anything")
        return variants


class Experiment(BaseModel):
    """An experiment as it is now."""

    id: str
    name: str
    state: Literal["running", "stopped"]
    variants: list[NewVariant]
    metrics: list[str] = Field(description="What has been counted so far.")
    created: datetime


class Experiments(BaseModel):
    """The tenant's experiments, oldest first."""

    experiments: list[Experiment]


class Outcome(BaseModel):
    """What a user did."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"metric": "shared"}]})

    metric: Metric
    user: str | None = Field(None, min_length=1, max_length=64, description="Unset: the caller.")


class Counted(BaseModel):
    """Whether an outcome counts: the experiment runs, and the user has seen a variant."""

    counted: bool


@router.post("", operation_id="create_experiment", status_code=201, responses=declared(409))
async def create_experiment(new: NewExperiment, who: Admin, response: Response) -> Experiment:
    """Begin an experiment: from now on it varies the briefs of users who leave open what it sets."""
    variants = tuple(
        trials.Variant(variant.name, variant.weight, _sound(index, variant.set))
        for index, variant in enumerate(new.variants)
    )
    wanted = frozenset(name for variant in variants for name in variant.sets)
    for other in await trials.trials(who.tenant, state="running"):
        if both := sorted(wanted & other.fields):
            raise Conflict(f"The experiment {other.id} varies {' and '.join(both)} already.", "Stop it first.")
    trial = await trials.begin(who.tenant, new.name, variants)
    response.headers["Location"] = f"{router.prefix}/{trial.id}"
    return await _shown(trial)


@router.get("", operation_id="list_experiments")
async def list_experiments(who: Reader) -> Experiments:
    """The tenant's experiments."""
    return Experiments(experiments=[await _shown(trial) for trial in await trials.trials(who.tenant)])


@router.get("/{experiment}", operation_id="get_experiment", responses=declared(404))
async def get_experiment(experiment: str, who: Reader) -> Experiment:
    """An experiment as it is now."""
    return await _shown(await _owned(who, experiment))


@router.post("/{experiment}/stop", operation_id="stop_experiment", responses=declared(404))
async def stop_experiment(experiment: str, who: Admin) -> Experiment:
    """Vary no more briefs and count no more outcomes; the results stay."""
    await trials.stop(await _owned(who, experiment))
    return await _shown(await _owned(who, experiment))


@router.post("/{experiment}/outcomes", operation_id="count_outcome", responses=declared(404))
async def count_outcome(experiment: str, outcome: Outcome, who: Writer) -> Counted:
    """Count once that a user did something after seeing a variant."""
    trial, user = await _owned(who, experiment), outcome.user or who.user
    counts = trial.state == "running" and await trials.has_seen(trial, user)
    if counts:
        await trials.count(user, outcome.metric, (trial.id,))
    return Counted(counted=counts)


@router.get("/{experiment}/results", operation_id="get_results", responses=declared(404))
async def get_results(experiment: str, who: Reader, metric: OfMetric = FINISHED) -> Findings:
    """What it shows so far; it may be looked at as often as one likes."""
    return await _findings(await _owned(who, experiment), metric)


@router.get(
    "/{experiment}/results.html", operation_id="get_results_page", responses=declared(404), response_class=Response
)
async def get_results_page(experiment: str, who: Reader, metric: OfMetric = FINISHED) -> Response:
    """The same to look at."""
    trial = await _owned(who, experiment)
    page = results_page.page(trial, await _findings(trial, metric), await trials.metrics(trial))
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": results_page.POLICY})


async def _owned(who: Reader, experiment: str) -> Trial:
    """The caller's experiment.

    Raises:
        NotThere: there is none, or it is another tenant's.
    """
    trial = await trials.trial_of(who.tenant, experiment)
    if trial is None:
        raise NotThere.named("experiment", experiment)
    return trial


async def _findings(trial: Trial, metric: str) -> Findings:
    names, weights = [one.name for one in trial.variants], [one.weight for one in trial.variants]
    return findings(metric, names, weights, await trials.tally(trial, metric))


async def _shown(trial: Trial) -> Experiment:
    return Experiment.model_validate(
        {
            "id": trial.id,
            "name": trial.name,
            "state": trial.state,
            "variants": [{"name": one.name, "weight": one.weight, "set": one.sets} for one in trial.variants],
            "metrics": await trials.metrics(trial),
            "created": datetime.fromtimestamp(trial.created, UTC),
        }
    )


def _sound(index: int, sets: Mapping[str, Any]) -> dict[str, Any]:
    """What a variant sets, as a brief holds it.

    Raises:
        UnknownName: a brief has no such field, or it is not for experiments.
        RequestValidationError: a value is none that the field can have.
        BadInput: a prompt cannot be filled.
    """
    for name in sets:
        if name not in SETTABLE:
            raise UnknownName("field of a brief that a variant may set", name, SETTABLE)
    try:
        brief = Brief.model_validate({"topic": "any", **sets})
    except ValidationError as error:
        at = ("body", "variants", index, "set")
        found = [{**fault, "loc": (*at, *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
    if brief.wording:
        validate(brief.wording)
    return brief.model_dump(mode="json", include=set(sets))
